"""The product's own store functions, in the turns that its drain makes."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from netraven_cli.model import NewJob, Outcome
from netraven_cli.plugin import Result
from netraven_cli.runner.pool import Pool, Slot
from netraven_cli.store import claiming, queue, settling
from netraven_cli.store.database import Database
from netraven_cli.store.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

TYPE = "bench"
DEVICES = 500  # of which each has one job at a time
RUNNER = "11111111-1111-1111-1111-111111111111"


def now() -> datetime:
    return datetime.now(timezone.utc)


def nothing() -> Result:
    """What every job of a benchmark does."""
    return Result(summary="done")


class NetRaven:
    """A queue of this product; the jobs do nothing, in the pool's threads."""

    def __init__(self, url: str, workers: int, devices: int = DEVICES) -> None:
        self.database, self.workers, self.devices = Database(url), workers, devices
        with self.database.write() as connection:
            migrate(connection)

    def enqueue(self, jobs: int, batch: int) -> None:
        for start in range(0, jobs, batch):
            subjects = [f"device-{number % self.devices}" for number in range(start, min(start + batch, jobs))]
            new = [NewJob(type=TYPE, subject=name, exclusive_key=f"device:{name}") for name in subjects]
            with self.database.write() as connection:
                queue.enqueue(connection, new, now=now(), run_id=None, who="bench")

    def drain(self) -> int:
        """Settle what ended and claim what fits, each time in one transaction, until nothing is left."""
        pool, ended, done = Pool(self.workers), list[Slot](), 0
        while True:
            with self.database.write() as connection:
                settle(connection, [slot.held for slot in ended])
                held = claim(connection, RUNNER, pool.free)
            done += len(ended)
            for one in held:
                pool.start(Slot(one), nothing)
            if not pool.running:
                pool.close()
                return done
            ended = pool.wait(60)

    def close(self) -> None:
        self.database.close()


def claim(connection: Connection, runner_id: str, limit: int) -> list[claiming.Claimed]:
    return claiming.claim(connection, runner_id=runner_id, types=[TYPE], limit=limit, now=now())


def settle(connection: Connection, held: Sequence[claiming.Claimed], runner_id: str = RUNNER) -> None:
    ended = [
        settling.Settlement(job=one, runner_id=runner_id, outcome=Outcome.SUCCEEDED, reason="done") for one in held
    ]
    assert all(settling.settle(connection, ended, now()))
    settling.add_attempts(connection, [(one, None) for one in ended], now())
