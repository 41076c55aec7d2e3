"""The due times of schedules on record, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, Select, case, func, select, text, update

from netraven_cli.model import Occurrence
from netraven_cli.store import schedule_events
from netraven_cli.store.queue import IS_LIVE
from netraven_cli.store.schedules import get, insert, seen
from netraven_cli.store.tables import job, occurrence, schedule

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from netraven_cli.model import Schedule

LOOKED_BACK = 100  # so many occurrences may still have jobs that live


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """An occurrence with what became of its jobs."""

    occurrence: Occurrence
    started_at: datetime | None = None  # of the first job
    finished_at: datetime | None = None  # of the last one; None while one lives
    succeeded: int = 0
    dead: int = 0
    cancelled: int = 0
    live: int = 0


def record_occurrences(
    connection: Connection,
    recorded: Schedule,
    rows: Iterable[tuple[datetime, str, str | None]],
    seen_until: datetime,
    next_due_at: datetime | None,
) -> None:
    """Put due times (with their state and reason) on record, once each; one that was deferred gets its new state."""
    found = list(rows)
    values = [
        {"schedule_id": recorded.id, "due_at": due_at, "state": state, "reason": reason}
        for due_at, state, reason in found
    ]
    if values:
        statement = insert(connection, occurrence)
        deferred = text("occurrence.state = 'deferred'")
        fresh = {"state": statement.excluded.state, "reason": statement.excluded.reason}
        key = ["schedule_id", "due_at"]
        connection.execute(statement.on_conflict_do_update(index_elements=key, set_=fresh, where=deferred), values)
    missed = [(due_at, reason or "") for due_at, state, reason in found if state == "missed"]
    schedule_events.missed(connection, recorded.id, missed, seen_until)
    seen(connection, recorded.id, seen_until, next_due_at)


def deferred(connection: Connection) -> dict[int, datetime]:
    """The due time that waits for the end of a blackout, by the id of its schedule."""
    waiting = select(occurrence.c.schedule_id, occurrence.c.due_at).where(text("occurrence.state = 'deferred'"))
    return {row.schedule_id: row.due_at for row in connection.execute(waiting)}


def open_occurrences(connection: Connection, name: str | None = None) -> list[Occurrence]:
    """What is due and not enqueued yet, oldest first; also what a killed process left so."""
    waiting = _occurrences().where(text("occurrence.state = 'due'")).order_by(occurrence.c.due_at, occurrence.c.id)
    if name is not None:
        waiting = waiting.where(schedule.c.name == name)
    return [_occurrence(row) for row in connection.execute(waiting)]


def mark_enqueued(connection: Connection, occurrence_id: int, run_id: str) -> bool:
    """Note that a run enqueues an occurrence's jobs; False if it may not, which is on record then.

    Another run was first, it was withdrawn, or jobs of an earlier occurrence live and the schedule lets none overlap.
    Call it in the transaction that enqueues, before that: who gets True enqueues, and nobody else does.
    """
    row = _locked(connection, occurrence_id)
    if row is None or (row.overlap != "allow" and _waits(connection, row)):
        return False
    return _settle(connection, occurrence_id, state="enqueued", run_id=run_id)


def count_jobs(connection: Connection, occurrence_id: int, planned: int) -> None:
    """Note how many of the planned jobs are new; the others were coalesced with jobs that live already."""
    mine = select(func.count()).select_from(job).where(job.c.occurrence_id == occurrence_id)
    new = connection.execute(mine).scalar_one()
    counted = update(occurrence).where(occurrence.c.id == occurrence_id)
    connection.execute(counted.values(jobs=new, coalesced=max(planned - new, 0)))


def mark_missed(connection: Connection, occurrence_id: int, reason: str, now: datetime) -> bool:
    """Note why an occurrence that was due is not run; False if it was settled before."""
    if not _settle(connection, occurrence_id, state="missed", reason=reason):
        return False
    row = connection.execute(select(occurrence).where(occurrence.c.id == occurrence_id)).one()
    schedule_events.missed(connection, row.schedule_id, [(row.due_at, reason)], now)
    return True


def withdraw(connection: Connection, schedule_id: int, reason: str, now: datetime) -> None:
    """Count as missed what is due or deferred of a schedule, and not enqueued yet."""
    mine = (occurrence.c.schedule_id == schedule_id, occurrence.c.state.in_(("due", "deferred")))
    waiting = update(occurrence).where(*mine).values(state="missed", reason=reason).returning(occurrence.c.due_at)
    due_times = sorted(connection.execute(waiting).scalars())
    schedule_events.missed(connection, schedule_id, [(due_at, reason) for due_at in due_times], now)


def last_occurrences(connection: Connection) -> dict[str, Occurrence]:
    """The latest occurrence of each schedule that has one, by its name."""
    latest = (
        select(func.max(occurrence.c.due_at))
        .where(occurrence.c.schedule_id == schedule.c.id)
        .correlate(schedule)
        .scalar_subquery()
    )
    found = connection.execute(_occurrences().where(occurrence.c.due_at == latest))
    return {row.schedule: _occurrence(row) for row in found}


def history(connection: Connection, name: str, limit: int = 20) -> list[Occurrence]:
    """The latest occurrences of a schedule, newest first."""
    newest = _occurrences().where(occurrence.c.schedule_id == get(connection, name).id)
    return [_occurrence(row) for row in connection.execute(newest.order_by(occurrence.c.due_at.desc()).limit(limit))]


def outcomes(connection: Connection, name: str, limit: int = 20) -> list[Past]:
    """The latest occurrences of a schedule with what became of their jobs, newest first."""
    past = history(connection, name, limit)
    live = func.sum(case((IS_LIVE, 1), else_=0)).label("live")
    ended = [
        func.sum(case((job.c.state == state, 1), else_=0)).label(state) for state in ("succeeded", "dead", "cancelled")
    ]
    times = (func.min(job.c.started_at).label("started_at"), func.max(job.c.finished_at).label("finished_at"))
    query = select(job.c.occurrence_id, *times, live, *ended).group_by(job.c.occurrence_id)
    rows = connection.execute(query.where(job.c.occurrence_id.in_([one.id for one in past]))).mappings()
    found = {row["occurrence_id"]: dict(row) for row in rows}
    return [_past(one, found.get(one.id, {})) for one in past]


def _past(one: Occurrence, row: dict[str, Any]) -> Past:
    values = {name: value for name, value in row.items() if name != "occurrence_id"}
    if values.get("live"):
        values["finished_at"] = None
    return Past(occurrence=one, **values)


def _locked(connection: Connection, occurrence_id: int) -> Any:
    """An occurrence that is due, with its schedule: locked where overlaps are judged, so that they are one by one."""
    columns = (occurrence.c.id, occurrence.c.schedule_id, occurrence.c.due_at, schedule.c.overlap)
    due = select(*columns).join_from(occurrence, schedule)
    due = due.where(occurrence.c.id == occurrence_id, occurrence.c.state == "due")
    return connection.execute(due.with_for_update()).one_or_none()


def _waits(connection: Connection, row: Row[Any]) -> bool:
    """Whether an occurrence may not begin yet, or not at all, since jobs of an earlier one live."""
    earlier = occurrence.alias("earlier")
    mine = select(earlier.c.id).where(earlier.c.schedule_id == row.schedule_id, earlier.c.state == "enqueued")
    latest = mine.order_by(earlier.c.due_at.desc()).limit(LOOKED_BACK).scalar_subquery()
    live = select(func.count()).select_from(job).where(job.c.occurrence_id.in_(latest), IS_LIVE)
    count = connection.execute(live).scalar_one()
    if not count:
        return False
    later = select(occurrence.c.id).where(
        occurrence.c.schedule_id == row.schedule_id, occurrence.c.state == "due", occurrence.c.due_at > row.due_at
    )
    if row.overlap == "skip":
        _settle(connection, row.id, state="skipped", reason=f"{count} jobs of an earlier due time were not done yet")
    elif connection.execute(later.limit(1)).first():
        _settle(connection, row.id, state="skipped", reason="a later due time waits in its place")
    return True


def _settle(connection: Connection, occurrence_id: int, **values: Any) -> bool:
    waiting = update(occurrence).where(occurrence.c.id == occurrence_id, occurrence.c.state == "due")
    return connection.execute(waiting.values(**values)).rowcount == 1


def _occurrences() -> Select[Any]:
    columns = [column for column in occurrence.c if column.name != "schedule_id"]
    return select(*columns, schedule.c.name.label("schedule")).join_from(occurrence, schedule)


def _occurrence(row: Row[Any]) -> Occurrence:
    return Occurrence(**row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name for a row as a mapping
