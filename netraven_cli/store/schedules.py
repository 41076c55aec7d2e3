"""Schedules and their occurrences."""

from __future__ import annotations

import difflib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, Select, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from netraven_cli.errors import DataError, NotFoundError
from netraven_cli.model import NewSchedule, Occurrence, Priority, Schedule, Selector
from netraven_cli.store.tables import occurrence, schedule

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection, Table

# Spelt as the partial index on next_due_at spells it: SQLite would not see the index behind "enabled = 1".
CAN_BE_DUE = text("enabled AND next_due_at IS NOT NULL")


def add(connection: Connection, new: NewSchedule, now: datetime, next_due_at: datetime | None) -> Schedule:
    """Enter a schedule; what was due before now does not count.

    Raises:
        DataError: there is one of that name.
    """
    values = {**_values(new), "created_at": now, "seen_until": now, "next_due_at": next_due_at if new.enabled else None}
    statement = _insert(connection, schedule).values(values).on_conflict_do_nothing()
    if connection.execute(statement.returning(schedule.c.id)).scalar() is None:
        raise DataError(f"there is already a schedule {new.name!r}; choose another name, or remove that one first")
    return get(connection, new.name)


def replace(connection: Connection, name: str, new: NewSchedule, now: datetime, next_due_at: datetime | None) -> None:
    """Give a schedule new values, its name too; its occurrences stay.

    Raises:
        NotFoundError: there is none of that name.
        DataError: there is already another one of the new name.
    """
    found = get(connection, name)
    if new.name != name and _find(connection, new.name):
        raise DataError(f"there is already a schedule {new.name!r}; choose another name")
    values = {**_values(new), "seen_until": now, "next_due_at": next_due_at if new.enabled else None}
    connection.execute(update(schedule).where(schedule.c.id == found.id).values(values))


def get(connection: Connection, name: str) -> Schedule:
    """The schedule of a name.

    Raises:
        NotFoundError: there is none; the sentence has the nearest names.
    """
    found = _find(connection, name)
    if found:
        return found
    names = connection.execute(select(schedule.c.name)).scalars().all()
    near = difflib.get_close_matches(name, names, n=3)
    advice = f"did you mean {' or '.join(near)}?" if near else "see: netraven schedule list"
    raise NotFoundError(f"there is no schedule {name!r}; {advice}")


def list_all(connection: Connection) -> list[Schedule]:
    """All schedules by name."""
    return [_schedule(row) for row in connection.execute(select(schedule).order_by(schedule.c.name))]


def enable(connection: Connection, name: str, now: datetime, next_due_at: datetime | None) -> None:
    """Let a schedule become due again from now on: what passed while it was disabled is not caught up."""
    values = {"enabled": True, "seen_until": now, "next_due_at": next_due_at}
    connection.execute(update(schedule).where(schedule.c.id == get(connection, name).id).values(values))


def disable(connection: Connection, name: str) -> None:
    """Let a schedule not become due any more; what is due and not enqueued yet counts as missed."""
    found = get(connection, name)
    connection.execute(update(schedule).where(schedule.c.id == found.id).values(enabled=False, next_due_at=None))
    waiting = update(occurrence).where(occurrence.c.schedule_id == found.id, occurrence.c.state == "due")
    connection.execute(waiting.values(state="missed", reason="the schedule was disabled before it ran"))


def remove(connection: Connection, name: str) -> None:
    """Delete a schedule with its occurrences; its jobs keep its name."""
    connection.execute(schedule.delete().where(schedule.c.id == get(connection, name).id))


def due_schedules(connection: Connection, now: datetime, name: str | None = None) -> list[Schedule]:
    """The schedules that have become due, locked until the end of the transaction.

    One that another transaction has locked is left out: it is being recorded there.
    """
    due = select(schedule).where(CAN_BE_DUE, schedule.c.next_due_at <= now).order_by(schedule.c.next_due_at)
    if name is not None:
        due = due.where(schedule.c.name == name)
    return [_schedule(row) for row in connection.execute(due.with_for_update(skip_locked=True))]


def record_occurrences(
    connection: Connection,
    recorded: Schedule,
    rows: Iterable[tuple[datetime, str, str | None]],
    seen_until: datetime,
    next_due_at: datetime | None,
) -> int:
    """Put due times (with their state and reason) on record, once each; returns how many were new."""
    values = [
        {"schedule_id": recorded.id, "due_at": due_at, "state": state, "reason": reason}
        for due_at, state, reason in rows
    ]
    new = 0
    if values:
        statement = _insert(connection, occurrence).on_conflict_do_nothing(index_elements=["schedule_id", "due_at"])
        new = connection.execute(statement.values(values)).rowcount
    seen = {"seen_until": seen_until, "next_due_at": next_due_at}
    connection.execute(update(schedule).where(schedule.c.id == recorded.id).values(seen))
    return new


def open_occurrences(connection: Connection, name: str | None = None) -> list[Occurrence]:
    """What is due and not enqueued yet, oldest first; also what a killed process left so."""
    waiting = _occurrences().where(text("occurrence.state = 'due'")).order_by(occurrence.c.due_at, occurrence.c.id)
    if name is not None:
        waiting = waiting.where(schedule.c.name == name)
    return [_occurrence(row) for row in connection.execute(waiting)]


def mark_enqueued(connection: Connection, occurrence_id: int, run_id: str, jobs: int) -> bool:
    """Note that an occurrence's jobs are in the queue; False if another run was first, or it was withdrawn.

    Call it in the transaction that enqueues, before that: who gets True enqueues, and nobody else does.
    """
    waiting = update(occurrence).where(occurrence.c.id == occurrence_id, occurrence.c.state == "due")
    return connection.execute(waiting.values(state="enqueued", run_id=run_id, jobs=jobs)).rowcount == 1


def mark_missed(connection: Connection, occurrence_id: int, reason: str) -> bool:
    """Note why an occurrence that was due is not run; False if it was settled before."""
    waiting = update(occurrence).where(occurrence.c.id == occurrence_id, occurrence.c.state == "due")
    return connection.execute(waiting.values(state="missed", reason=reason)).rowcount == 1


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


def _find(connection: Connection, name: str) -> Schedule | None:
    row = connection.execute(select(schedule).where(schedule.c.name == name)).one_or_none()
    return None if row is None else _schedule(row)


def _values(new: NewSchedule) -> dict[str, Any]:
    return {
        "name": new.name,
        "type": new.type,
        "pattern": new.pattern,
        "timezone": new.timezone,
        "selector": asdict(new.selector),
        "params": dict(new.params),
        "priority": new.priority,
        "enabled": new.enabled,
    }


def _schedule(row: Row[Any]) -> Schedule:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name for a row as a mapping
    chosen = values.pop("selector")
    selector = Selector(**{**chosen, "names": tuple(chosen["names"]), "tags": tuple(chosen["tags"])})
    values["priority"] = Priority(values["priority"])
    return Schedule(**values, selector=selector)


def _occurrences() -> Select[Any]:
    columns = [column for column in occurrence.c if column.name != "schedule_id"]
    return select(*columns, schedule.c.name.label("schedule")).join_from(occurrence, schedule)


def _occurrence(row: Row[Any]) -> Occurrence:
    return Occurrence(**row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name for a row as a mapping


def _insert(connection: Connection, table: Table) -> Any:
    """INSERT with ON CONFLICT, which each dialect has of its own."""
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
