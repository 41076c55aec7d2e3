"""The job type `maintenance`: one job a chore; what a chore did and found is its result, and on record by its name."""

from __future__ import annotations

import logging
import socket
import time
from dataclasses import asdict, dataclass
from datetime import timedelta
from threading import Event
from typing import TYPE_CHECKING, Any, Literal

from netraven_cli.errors import DataError, TryLaterError, UnavailableError
from netraven_cli.handlers import archive_care, database_care, files_care, health, pruning
from netraven_cli.handlers.chore import Report, Work
from netraven_cli.model import Health
from netraven_cli.plugin import AttemptError, Context, ErrorClass, Job, NewJob, Parameters, Result, Selector
from netraven_cli.settings.upkeep import age
from netraven_cli.store import chores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from netraven_cli.model import Finding

log = logging.getLogger("netraven.maintenance")
EARLY = timedelta(minutes=5)
IN_TIME = 0.9  # of the limit of an attempt: what is left then is left to the next


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """One thing that maintenance does."""

    do: Callable[[Work], Report]
    about: str
    local: bool = False  # for each host that shares the database


CHORES: dict[str, Chore] = {
    "database-backup": Chore(do=database_care.back_up, about="write a backup, open it, let old ones go"),
    "archive": Chore(do=archive_care.care, about="look for damage, repair, pack", local=True),
    "archive-bundle": Chore(do=archive_care.bundle, about="copy the archive to maintenance.bundle_dir", local=True),
    "prune": Chore(do=pruning.prune, about="let old jobs, events and captures go"),
    "database": Chore(do=database_care.care, about="integrity, statistics, free space"),
    "files": Chore(do=files_care.care, about="compress and remove logs, transcripts, leftovers", local=True),
    "health": Chore(do=health.look, about="disks, memory, clock, key, runners, backups", local=True),
}  # in the order in which they are done: nothing is let go before it is backed up
Name = Literal["database-backup", "archive", "archive-bundle", "prune", "database", "files", "health", "all"]


class MaintenanceParameters(Parameters):
    """Which chore; without it, those that are due."""

    chore: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A chore as it stands on this host: when it was done, when it is due, what it found."""

    chore: str
    about: str
    last_at: datetime | None
    next_at: datetime | None  # None: never by itself
    seconds: float | None
    did: Mapping[str, Any]
    found: list[Mapping[str, Any]]


class MaintenanceHandler:
    """Plans the chores that are due, or that were asked for."""

    parameters = MaintenanceParameters

    def plan(self, context: Context, selector: Selector, params: Mapping[str, Any]) -> Iterable[NewJob]:
        """A job for each chore that is due on this host, or for the one that is named.

        Raises:
            DataError: devices were selected; this has nothing to do with them.
        """
        if not selector.is_open:
            raise DataError("maintenance is not done device by device; leave the selector away")
        wanted = params.get("chore")
        names = _due(context) if wanted is None else [*CHORES] if wanted == "all" else [wanted]
        limit = context.settings.maintenance.chore_timeout_seconds
        return [
            NewJob(
                type="maintenance", subject=name, params={"chore": name}, timeout_seconds=limit,
                dedupe_key=f"maintenance:{name}:{_host(name)}", exclusive_key="maintenance",
            )
            for name in names
        ]  # fmt: skip

    def run(self, context: Context, job: Job) -> Result:
        """Do a chore, and note what it did and found.

        Raises:
            AttemptError: it cannot be done now.
        """
        if job.subject not in CHORES:
            raise AttemptError(ErrorClass.SETTINGS, f"there is no chore {job.subject}; see: netraven maintenance list")
        stop = Event()
        job.on_abort(stop.set)
        try:
            report = _do(context, job, stop)
        except (TryLaterError, UnavailableError) as error:
            raise AttemptError(ErrorClass.RESOURCE, str(error)) from None
        for one in report.found:
            log.warning("maintenance_found chore=%s check=%s health=%s detail=%s fix=%s", job.subject, one.check,
                        one.health.value, one.detail, one.fix)  # fmt: skip
        return Result(summary=_summary(report), findings={"did": report.did, "found": _plain(report.found)})


def standing(context: Context) -> list[Standing]:
    """How all chores stand on this host."""
    host = socket.gethostname()
    with context.database.read() as connection:
        done = {one.name: one for one in chores.last(connection, host)}
    return [_standing(context, name, done.get(name)) for name in CHORES]


def _standing(context: Context, name: str, done: chores.Done | None) -> Standing:
    every = age(getattr(context.settings.maintenance.every, name.replace("-", "_")))
    first = done.done_at if done else context.now()
    found = list(done.found) if done else []
    return Standing(
        chore=name, about=CHORES[name].about, last_at=done.done_at if done else None,
        next_at=None if every is None else first + every if done else first,
        seconds=done.seconds if done else None, did=done.did if done else {}, found=found,
    )  # fmt: skip


def _due(context: Context) -> list[str]:
    """By the clock that wrote when they were done; a little early counts, for timers that are not to the second."""
    with context.database.read() as connection:
        now = context.clock(connection)
    return [one.chore for one in standing(context) if one.next_at and one.next_at - EARLY <= now]


def _host(name: str) -> str:
    return socket.gethostname() if CHORES[name].local else chores.SHARED


def _do(context: Context, job: Job, stop: Event) -> Report:
    """Do a chore, and note it in the same breath: one that was killed in between is done again."""
    with context.database.read() as connection:
        now = context.clock(connection)
    limit = context.settings.maintenance.chore_timeout_seconds
    work = Work(context=context, now=now, seconds=limit * IN_TIME, stop=stop)
    report = CHORES[job.subject].do(work)
    _record(context, job, work, report)
    return report


def _record(context: Context, job: Job, work: Work, report: Report) -> None:
    done = chores.Done(
        name=job.subject, host=_host(job.subject), done_at=work.now,
        seconds=round(time.monotonic() - work.began, 3), job_id=job.id, did=report.did, found=_plain(report.found),
    )  # fmt: skip
    with context.database.write() as connection:
        chores.record(connection, done)


def _plain(found: list[Finding]) -> list[dict[str, Any]]:
    return [{**asdict(one), "health": one.health.value} for one in found]


def _summary(report: Report) -> str:
    """What is wrong, the worst first; else the figures."""
    worst = sorted(report.found, key=lambda one: one.health is not Health.FAIL)
    if worst:
        return "; ".join(f"{one.health.value} {one.check}: {one.detail}" for one in worst)
    return ", ".join(f"{name} {value}" for name, value in report.did.items() if value) or "nothing to do"
