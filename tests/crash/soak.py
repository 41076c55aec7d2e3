"""Many runners on one queue, killed at random and replaced at once, on devices that keep a log of their own.

python -m tests.crash.soak SOAK, a JSON object with the fields of Soak: a process of its own, since it forks.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import traceback
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg  # noqa: F401 - imported once, before the first fork
import sqlalchemy.dialects.postgresql.psycopg
import sqlalchemy.dialects.sqlite.pysqlite  # noqa: F401 - the same
from sqlalchemy import select

from netraven_cli.model import NewJob, Selector
from netraven_cli.plugin import Context, Job, Result
from netraven_cli.runner.run import Options, run
from netraven_cli.settings.keys import Settings
from netraven_cli.settings.sections import DatabaseSettings, RetrySettings, RunnerSettings
from netraven_cli.store import queue, tables
from netraven_cli.store.database import Database
from tests.crash.journal import Journal
from tests.postgres import die_with_parent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TYPE = "touch"
LONGEST_LIFE_SECONDS = 1500
LONGEST_SESSION_SECONDS = 0.004


@dataclass(frozen=True, kw_only=True)
class Soak:
    """How many jobs on how many devices, by how many runners, of which so many are killed."""

    seed: int
    folder: str
    url: str
    jobs: int
    devices: int
    runners: int
    kills: int

    @property
    def settings(self) -> Settings:
        return Settings(
            data_dir=Path(self.folder),
            database=DatabaseSettings(url=self.url),
            runner=RunnerSettings(workers=4),
            retry=RetrySettings(interruptions=1000),
        )

    @property
    def journal_path(self) -> Path:
        return Path(self.folder) / "journal"

    def enqueue(self, database: Database) -> None:
        subjects = [f"device-{number % self.devices}" for number in range(self.jobs)]
        new = [NewJob(type=TYPE, subject=name, exclusive_key=f"device:{name}") for name in subjects]
        with database.write() as connection:
            queue.enqueue(connection, new, now=_now(), run_id=None, who="anna")

    def argument(self) -> str:
        return json.dumps(asdict(self))


@dataclass(frozen=True, kw_only=True)
class Devices:
    """The handler: a session on a simulated device, which notes when it begins and when it ends."""

    journal: Journal
    counter: int  # the pipe that counts sessions

    def plan(self, context: Context, selector: Selector, params: Mapping[str, Any]) -> Iterable[NewJob]:
        return ()

    def run(self, context: Context, job: Job) -> Result:
        about = {"device": job.subject, "job": job.id, "attempt": job.attempt}
        self.journal.note("login", **about, at=time.monotonic())  # of one clock for all processes of the machine
        os.write(self.counter, b".")
        time.sleep(random.uniform(0, LONGEST_SESSION_SECONDS))  # how long the simulated device takes to answer
        self.journal.note("logout", **about, at=time.monotonic())
        return Result(summary="touched")


def _now() -> datetime:
    return datetime.now(timezone.utc)


def live(soak: Soak, counter: int) -> None:
    """Be a runner: wake up again and again until nothing is left to do."""
    signal.alarm(LONGEST_LIFE_SECONDS)
    journal = Journal.open(soak.journal_path)
    try:
        database = Database(soak.url)
        devices = Devices(journal=journal, counter=counter)
        context = Context(settings=soak.settings, database=database, now=_now, handlers={TYPE: devices})
        while _left(database):
            run(context, [], [TYPE], Options(), lambda _event: None)
        database.close()
    except BaseException:
        journal.note("failed", trace=traceback.format_exc())


def _left(database: Database) -> bool:
    with database.read() as connection:
        return connection.execute(select(tables.job.c.id).where(queue.IS_LIVE).limit(1)).first() is not None


def _main(soak: Soak) -> None:
    chance = random.Random(soak.seed)
    journal = Journal.open(soak.journal_path)
    count, counter = os.pipe()  # of 64 KiB: what nobody counts any more after the last kill fits in
    alive = [_fork(soak, counter) for _ in range(soak.runners)]
    sessions = 0
    for until in sorted(chance.sample(range(1, soak.jobs), soak.kills)):
        while sessions < until:
            sessions += len(os.read(count, 4096))
        victim = alive.pop(chance.randrange(len(alive)))
        journal.note("doomed", victim=victim)
        os.kill(victim, signal.SIGKILL)
        alive.append(_fork(soak, counter))
        os.waitpid(victim, 0)
    for child in alive:
        os.waitpid(child, 0)


def _fork(soak: Soak, counter: int) -> int:
    child = os.fork()
    if child == 0:
        die_with_parent(signal.SIGKILL)  # a test that was ended leaves no runners behind
        try:
            live(soak, counter)
        finally:
            os._exit(0)  # what failed is in the journal
    return child


if __name__ == "__main__":
    _main(Soak(**json.loads(sys.argv[1])))
