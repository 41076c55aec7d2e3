"""How late heartbeats are, and what they cost: python -m benchmarks.heartbeats.

Late: behind the second in which the thread is to look; with an idle interpreter, with 100 threads that only compute,
and with a coordinator that holds SQLite's one write lock. Cost: the look of a runner that holds 1,000 jobs.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from contextlib import contextmanager, nullcontext
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netraven_cli.model import NewJob
from netraven_cli.plugin import Context
from netraven_cli.runner.heartbeat import LOOK_SECONDS, Heartbeat
from netraven_cli.runner.presence import Presence
from netraven_cli.settings.keys import Settings
from netraven_cli.settings.sections import RunnerSettings
from netraven_cli.store import claiming, queue
from netraven_cli.store.database import Database
from netraven_cli.store.migrate import migrate
from netraven_cli.store.runners import Figures
from tests.postgres import PostgresServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

SECONDS = 30
THREADS = 100


class Watched(Presence):
    """A presence that notes when it was looked at and renewed."""

    def __init__(self, context: Context, runner_id: str) -> None:
        super().__init__(context, runner_id)
        self.looks: list[float] = [time.monotonic()]
        self.took: list[float] = []

    def look(self, connection: Connection) -> None:
        began = time.monotonic()
        super().look(connection)
        self.looks.append(time.monotonic())
        self.took.append(self.looks[-1] - began)


@contextmanager
def computing() -> Iterator[None]:
    """A hundred threads that never wait for anything but the interpreter."""
    over = threading.Event()

    def compute() -> None:
        while not over.is_set():
            sum(range(1000))

    threads = [threading.Thread(target=compute) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    yield
    over.set()
    for thread in threads:
        thread.join()


@contextmanager
def holding(database: Database) -> Iterator[None]:
    """A coordinator in a transaction that takes its time: two seconds of each three."""
    over = threading.Event()

    def hold() -> None:
        while not over.wait(1):
            with database.write():
                time.sleep(2)

    thread = threading.Thread(target=hold)
    thread.start()
    yield
    over.set()
    thread.join()


def measure(context: Context, what: str, around: Any) -> None:
    """One line."""
    presence = Watched(context, what)
    presence.register()
    heard = threading.Event()
    with Heartbeat(presence, context.database, Figures, lambda: None):
        while len(presence.looks) < 2:
            heard.wait(0.01)
        with around:
            time.sleep(SECONDS)
    late = [later - earlier - LOOK_SECONDS for earlier, later in zip(presence.looks, presence.looks[1:], strict=False)]
    assert presence.holds
    worst, took = max(late) * 1000, statistics.median(presence.took) * 1000
    print(f"{what:34} {statistics.median(late) * 1000:9.0f} {worst:9.0f} {took:9.1f}   ({len(late)} looks)")
    presence.unregister()


def hold_jobs(context: Context, count: int) -> Watched:
    """A runner that holds so many jobs."""
    presence = Watched(context, "busy")
    presence.register()
    with context.database.write() as connection:
        now = context.clock(connection)
        queue.enqueue(
            connection, [NewJob(type="x", subject=str(n)) for n in range(count)], now=now, run_id=None, who="x"
        )
        claiming.claim(connection, runner_id="busy", types=["x"], limit=count, now=now)
    return presence


def of(name: str, url: str, folder: Path) -> None:
    """All lines of one database."""
    database = Database(url)
    with database.write() as connection:
        migrate(connection)
    settings = Settings(data_dir=folder, runner=RunnerSettings(lease_seconds=60))
    context = Context(settings=settings, database=database, now=lambda: datetime.now(timezone.utc), handlers={})
    measure(context, f"{name}, idle", nullcontext())
    measure(context, f"{name}, {THREADS} computing threads", computing())
    measure(context, f"{name}, coordinator holds a lock", holding(database))
    presence = hold_jobs(context, 1000)
    with database.direct() as connection:
        for _ in range(50):
            presence.look(connection)
        began = time.monotonic()
        for _ in range(50):
            presence.renew(connection, Figures())
        renewed = (time.monotonic() - began) * 20
    looked = statistics.median(presence.took) * 1000
    print(f"{name}: with 1,000 running jobs a look takes {looked:.1f} ms, a heartbeat {renewed:.1f} ms")
    database.close()


def main() -> None:
    """Measure and print."""
    print(f"{'ms':34} {'late, p50':>9} {'worst':>9} {'a look':>9}   (lease 60 s: a heartbeat every 10 s)")
    with tempfile.TemporaryDirectory() as name:
        of("SQLite", f"sqlite:///{name}/netraven.db", Path(name))
        server = PostgresServer()
        try:
            of("PostgreSQL", server.url(server.create()), Path(name))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
