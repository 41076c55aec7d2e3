"""A small world for the whole line: simulated devices and a clock; git, the database and the product are the real ones.

What a device shows is a function of the seed and of the number of the generation that asks.
"""

from __future__ import annotations

import logging
import random
import signal
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from sqlalchemy import select

from netraven_cli.cli import run as run_command
from netraven_cli.device.platforms import load_platforms
from netraven_cli.errors import UsageError
from netraven_cli.handlers.backup import BackupHandler
from netraven_cli.model import JobRecord, JobState, NewDevice, NewJob, NewSchedule, Selector
from netraven_cli.plugin import AttemptError, Context, ErrorClass, Job, Result
from netraven_cli.runner.run import Options, Plan, run
from netraven_cli.schedule import record
from netraven_cli.settings.keys import Settings
from netraven_cli.settings.sections import (
    ArchiveSettings,
    BreakerSettings,
    DatabaseSettings,
    RetrySettings,
    RunnerSettings,
)
from netraven_cli.snapshot.judge import make_capture
from netraven_cli.store import inventory, jobs, queue
from netraven_cli.store.database import Database
from netraven_cli.store.events import FINAL
from netraven_cli.store.tables import occurrence
from tests.crash.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from tests.crash.doom import Doom

DEVICES = ("core-1", "core-2", "edge/3", "fw 4")
BEGIN = datetime(2025, 3, 1, tzinfo=timezone.utc)
BUSY_DAYS = 2
DAYS = BUSY_DAYS + 1  # on the last day no device fails, so that all that waits can succeed
LONGEST_LIFE_SECONDS = 120
PLATFORM = load_platforms()["cisco_ios"]
FAULTS = {
    "network": ErrorClass.NETWORK,  # tried again
    "cut": ErrorClass.INCOMPLETE,  # quarantined and tried again
    "password": ErrorClass.AUTHENTICATION,  # dead at once
    "bug": ErrorClass.INTERNAL,
}


@dataclass(frozen=True, kw_only=True)
class World:
    """One seed's folder and database."""

    seed: int
    folder: Path
    url: str

    @property
    def settings(self) -> Settings:
        chance = random.Random(f"{self.seed} settings")
        return Settings(
            data_dir=self.folder,
            database=DatabaseSettings(url=self.url),
            # Of two processes at once one may be a day ahead: the locks of the dead tell who they are, not the leases.
            runner=RunnerSettings(workers=chance.choice((1, 2, 4)), retry_wait_seconds=0, lease_seconds=864_000),
            retry=RetrySettings(first_backoff_seconds=0.05, interruptions=1000),
            # PostgreSQL's clock does not jump from day to day: a device that is left alone is tried again soon.
            breaker=BreakerSettings(device_failures=2, cool_down_seconds=0.05, cool_down_cap_seconds=0.2),
            archive=ArchiveSettings(
                commit=chance.choice(("device", "run")), path=chance.choice(("{device}.cfg", "{zone}/{device}.cfg"))
            ),
        )

    @property
    def journal_path(self) -> Path:
        return self.folder / "journal"

    def text(self, device: str, generation: int) -> str:
        """What a device shows to a generation of processes: often something new, sometimes what it showed before."""
        chance = random.Random(f"{self.seed} {device}")
        version = 0
        for _ in range(generation):
            version = chance.choice((version, version + 1, version + 1, max(version - 1, 0)))
        vlans = "".join(f"interface Vlan{n}\n description {device} {self.seed} {version}\n!\n" for n in range(8))
        return f"!\nversion 15.2\nhostname device\n!\n{vlans}end\n"

    def fault(self, job: Job, day: int) -> str | None:
        """What goes wrong in an attempt, if anything does."""
        if day > BUSY_DAYS:
            return None
        chance = random.Random(f"{self.seed} {job.subject} {day} {job.attempt}")
        return chance.choices((None, *FAULTS), weights=(70, 10, 10, 5, 5))[0]


def populate(database: Database) -> None:
    """What every world begins with: the devices, and a schedule for every night."""
    with database.write() as connection:
        devices = [NewDevice(name=name, address="192.0.2.1", platform="cisco_ios") for name in DEVICES]
        inventory.add_devices(connection, devices, BEGIN)
        nightly = NewSchedule(
            name="nightly", type="backup", pattern="cron 30 2 * * *", timezone="UTC", selector=Selector()
        )
        record.add(connection, nightly, BEGIN)


@dataclass(frozen=True, kw_only=True)
class SimulatedSessions(BackupHandler):
    """The backup without its session: the device says what the world gives it to say, and the journal hears it."""

    world: World
    journal: Journal
    generation: int
    day: int

    def run(self, context: Context, job: Job) -> Result:
        self.journal.note("login", device=job.subject)
        shown, fault = self.world.text(job.subject, self.generation), self.world.fault(job, self.day)
        about = {"device": job.subject, "job": job.id, "attempt": job.attempt, "fault": fault, "text": shown}
        self.journal.note("logout", **about)
        if fault == "bug":
            raise ZeroDivisionError
        if fault in ("network", "password"):
            raise AttemptError(FAULTS[fault], "as the world wants it")
        capture = make_capture(
            shown, platform=PLATFORM, ended="session lost" if fault else None, prompt_seen=not fault, known=job.known
        )
        return Result(summary="read", capture=capture, host_key="ssh-ed25519 AAAA")


def live(world: World, generation: int, doom: Doom | None) -> None:
    """Be a process of a world: go on where the journal ends, to the last day, or to the doom."""
    logging.getLogger("netraven").addHandler(logging.NullHandler())
    signal.alarm(LONGEST_LIFE_SECONDS)
    journal = Journal.open(world.journal_path)
    settings = world.settings
    try:
        # The last day is never over: another process may have been killed since this was said.
        today = min(DAYS, 1 + len({line["day"] for line in journal.all("day over")}))
        if doom:
            doom.arm(journal)
        database = Database(settings.database_url, settings.database.busy_timeout_seconds)
        for day in range(today, DAYS + 1):
            sessions = SimulatedSessions(world=world, journal=journal, generation=generation, day=day)
            clock = Clock(BEGIN + timedelta(days=day - 1, hours=3, minutes=generation))
            context = WorldContext(settings=settings, database=database, now=clock, handlers={"backup": sessions})
            _work(context, journal, world.seed, day)
            journal.note("day over", day=day)
        database.close()
    except BaseException:
        journal.note("failed", trace=traceback.format_exc())


@dataclass(frozen=True)
class Clock:
    """The time of day of a process: later than that of the generation before."""

    began_at: datetime
    began: float = field(default_factory=time.monotonic)

    def __call__(self) -> datetime:
        return self.began_at + timedelta(seconds=time.monotonic() - self.began)


class WorldContext(Context):
    """The clock of the world rules in every database: its days pass in a moment."""

    def clock(self, connection: Connection) -> datetime:
        return self.now()


def _work(context: Context, journal: Journal, seed: int, day: int) -> None:
    if day <= BUSY_DAYS:
        _operate(context, journal, random.Random(f"{seed} operator {day}"))
        _wake(context, random.Random(f"{seed} plan {day}"))
        while _is_due(context):  # put on record by another process, which was killed: the timer wakes us again
            _wake(context, random.Random(0))
        return
    _wake(context, random.Random(0))
    while _waiting(context):
        _wake(context, random.Random(0))


def _waiting(context: Context) -> list[JobRecord]:
    with context.database.read() as connection:
        live = [jobs.list_jobs(connection, state=state, limit=10) for state in JobState if state.value not in FINAL]
    return [job for found in live for job in found]


def _is_due(context: Context) -> bool:
    with context.database.read() as connection:
        return connection.execute(select(occurrence.c.id).where(occurrence.c.state == "due")).first() is not None


def _operate(context: Context, journal: Journal, chance: random.Random) -> None:
    """What an operator does before the timer wakes the runner: submit, now or for later, cancel, put off."""
    for name in chance.sample(DEVICES, chance.randrange(3)):
        at = context.now() + timedelta(hours=chance.choice((0, 20)))
        key = chance.choice((None, f"anna:{name}"))
        new = [
            NewJob(
                type="backup", subject=each, ready_at=at, exclusive_key=f"device:{each}",
                dedupe_key=key if each == name else None, replaces=key is not None,
            )
            for each in {name, *chance.sample(DEVICES, chance.randrange(2))}
        ]  # fmt: skip
        with context.database.write() as connection:
            ids = queue.enqueue(connection, new, now=context.now(), run_id=None, who="anna")
        journal.note("accepted", ids=ids)
    waiting = [job for job in _waiting(context) if job.state is JobState.SCHEDULED]
    for job in chance.sample(waiting, min(len(waiting), chance.randrange(3))):
        with suppress(UsageError):  # another process was quicker
            _change(context, journal, job.id, cancel=chance.random() < 0.5)


def _change(context: Context, journal: Journal, job_id: int, *, cancel: bool) -> None:
    now = context.now()
    with context.database.write() as connection:
        if cancel:
            state = jobs.cancel(connection, job_id, who="anna", now=now)
        else:
            jobs.reschedule(connection, job_id, now + timedelta(hours=1), who="anna", now=now)
    if cancel and state is JobState.CANCELLED:
        journal.note("cancelled", id=job_id)


def _wake(context: Context, chance: random.Random) -> None:
    """What `netraven run --due` does, or somebody's `netraven run backup NAME`."""
    plans = run_command._due(context, None, None, record=True)  # noqa: SLF001 - how the command plans
    if chance.random() < 0.3:
        plans.append(Plan(type="backup", selector=Selector(names=tuple(chance.sample(DEVICES, 2)))))
    summary = run(context, plans, ["backup"], Options(), lambda _event: None)
    if summary.failure:
        raise summary.failure
