"""Runners: who is alive, and what becomes of the jobs of those that are not."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Interval, Row, delete, exists, insert, literal, select, update

from netraven_cli.errors import ErrorClass, UsageError
from netraven_cli.model import Change
from netraven_cli.store.alone import IN_ROW, last_rank
from netraven_cli.store.events import record_events
from netraven_cli.store.queue import IS_RUNNING, may
from netraven_cli.store.tables import job, runner
from netraven_cli.store.times import clock_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How a runner is, as it says itself; None is not known."""

    workers: int | None = None
    left_behind: int = 0  # workers that did not come back from an attempt
    memory_bytes: int | None = None
    descriptors: int | None = None
    short_of: str | None = None  # why it claims less than it could


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner(Figures):
    """A process that claims and settles."""

    id: str
    host: str
    pid: int
    started_at: datetime
    lease_until: datetime
    stop_requested_by: str | None = None  # who wants it to end
    workers_wanted: int | None = None
    heartbeat_at: datetime | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldJob:
    """A job that a runner does at the moment."""

    id: int
    type: str
    subject: str
    attempt: int
    started_at: datetime


def register(connection: Connection, new: Runner) -> None:
    """Make a runner known, with its first lease."""
    connection.execute(insert(runner).values(**_values(new)))


def heartbeat(connection: Connection, runner_id: str, *, now: datetime, lease: timedelta, figures: Figures) -> bool:
    """Renew a lease; False if others took this runner for dead: then it holds no job any more. One statement."""
    moment = clock_of(connection, now)
    until = moment + literal(lease, Interval) if isinstance(moment, ColumnElement) else moment + lease
    renewed = update(runner).where(runner.c.id == runner_id)
    return connection.execute(renewed.values(heartbeat_at=moment, lease_until=until, **_values(figures))).rowcount == 1


def _values(given: Figures) -> dict[str, Any]:
    return {field.name: getattr(given, field.name) for field in fields(given)}


def unregister(connection: Connection, runner_id: str) -> bool:
    """Forget a runner that ended in order; False if it could not put a job back: it stays, to be rescued from."""
    held = exists().where(IS_RUNNING, job.c.runner_id == runner_id)
    connection.execute(delete(runner).where(runner.c.id == runner_id, ~held))
    return connection.execute(select(runner.c.id).where(runner.c.id == runner_id)).first() is None


def is_registered(connection: Connection, runner_id: str) -> bool:
    """Whether a runner is on record; if so, nobody takes it for dead until the transaction ends.

    Rescues lock the rows of runners before they look at their jobs, so they see what this transaction claims.
    """
    mine = select(runner.c.id).where(runner.c.id == runner_id).with_for_update(read=True, key_share=True)
    return connection.execute(mine).scalar() is not None


def list_runners(connection: Connection, *, lock: bool = False) -> list[Runner]:
    """All runners on record, dead ones that nobody noticed yet included.

    Args:
        connection: of the caller's transaction.
        lock: let none of them renew its lease until the end of it (PostgreSQL; SQLite has one writer at a time).
    """
    query = select(runner).order_by(runner.c.started_at, runner.c.id)
    rows = connection.execute(query.with_for_update() if lock else query).mappings()
    return [Runner(**row) for row in rows]


def held_jobs(connection: Connection) -> dict[str, list[HeldJob]]:
    """What each runner does at the moment, the longest first, by the runner's id."""
    columns = (job.c.id, job.c.type, job.c.subject, job.c.attempt, job.c.started_at, job.c.runner_id)
    found: dict[str, list[HeldJob]] = {}
    for row in connection.execute(select(*columns).where(IS_RUNNING).order_by(job.c.started_at, job.c.id)).mappings():
        values = dict(row)
        found.setdefault(values.pop("runner_id"), []).append(HeldJob(**values))
    return found


def find(connection: Connection, prefix: str) -> Runner | None:
    """The runner whose id begins so; None if there is none (any more).

    Raises:
        UsageError: there are several.
    """
    found = [one for one in list_runners(connection) if one.id.startswith(prefix.lower())]
    if len(found) > 1:
        raise UsageError(f"several runners begin with {prefix}: {', '.join(one.id for one in found)}")
    return found[0] if found else None


def rescue(connection: Connection, dead: Sequence[str], *, interruptions: int, now: datetime, who: str) -> int:
    """Put the jobs of dead runners back, and forget the runners; returns how many jobs.

    Being killed costs no attempt; a job that outlived its runner `interruptions` times is dead: it may be what
    kills them.
    """
    if not dead:
        return 0
    held = select(job).where(may(Change.RESCUE), job.c.runner_id.in_(dead)).with_for_update(of=job)
    rows = connection.execute(held).all()
    last = last_rank(connection, rows)
    for row in rows:
        after, why = _after_rescue(row, interruptions)
        error_class = ErrorClass.CANCELLED.value if after == "cancelled" else ErrorClass.INTERRUPTED.value
        values = _rescued(row, last) | {"state": after, "error_class": error_class, "reason": why}
        connection.execute(
            update(job)
            .where(job.c.id == row.id, may(Change.RESCUE), job.c.token == row.token)
            .values(**values, finished_at=None if after == "ready" else now)
        )
        record_events(connection, [(row.id, "running", after, who, why)], now, ErrorClass.INTERRUPTED.value)
    connection.execute(delete(runner).where(runner.c.id.in_(dead)))
    return len(rows)


def _rescued(row: Row[Any], last: int) -> dict[str, Any]:
    """What the end of its runner makes of a job; one that is to run alone lets all that wait already go first."""
    in_row = row.interrupted_in_row + 1
    return {
        "runner_id": None,
        "attempt": row.attempt - 1,
        "interruptions": row.interruptions + 1,
        "interrupted_in_row": in_row,
        "rank": last + 1 if in_row >= IN_ROW else row.rank,
    }


def _after_rescue(row: Row[Any], limit: int) -> tuple[str, str]:
    if row.cancel_requested:
        return "cancelled", "cancelled while its runner died"
    if row.interruptions + 1 >= limit:
        alone = row.interrupted_in_row + 1 - IN_ROW
        more = f", the last {alone} times with nothing else to do" if alone > 0 else ""
        return "dead", f"its runner died {row.interruptions + 1} times while doing it{more}"
    return "ready", f"rescued: runner {row.runner_id} is dead"
