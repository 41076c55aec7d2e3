"""Schedules."""

from __future__ import annotations

import difflib
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from netraven_cli.errors import DataError, NotFoundError
from netraven_cli.model import NewSchedule, Priority, Schedule, Selector
from netraven_cli.store.tables import schedule

if TYPE_CHECKING:
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
    statement = insert(connection, schedule).values(values).on_conflict_do_nothing()
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
    if new.name != name and find(connection, new.name):
        raise DataError(f"there is already a schedule {new.name!r}; choose another name")
    seen_until = max(now, found.seen_until)
    values = {**_values(new), "seen_until": seen_until, "next_due_at": next_due_at if new.enabled else None}
    connection.execute(update(schedule).where(schedule.c.id == found.id).values(values))


def get(connection: Connection, name: str) -> Schedule:
    """The schedule of a name.

    Raises:
        NotFoundError: there is none; the sentence has the nearest names.
    """
    found = find(connection, name)
    if found:
        return found
    names = connection.execute(select(schedule.c.name)).scalars().all()
    near = difflib.get_close_matches(name, names, n=3)
    advice = f"did you mean {' or '.join(near)}?" if near else "see: netraven schedule list"
    raise NotFoundError(f"there is no schedule {name!r}; {advice}")


def find(connection: Connection, name: str) -> Schedule | None:
    """The schedule of a name, if there is one."""
    row = connection.execute(select(schedule).where(schedule.c.name == name)).one_or_none()
    return None if row is None else _schedule(row)


def list_all(connection: Connection) -> list[Schedule]:
    """All schedules by name."""
    return [_schedule(row) for row in connection.execute(select(schedule).order_by(schedule.c.name))]


def soonest(connection: Connection, limit: int) -> list[Schedule]:
    """The enabled schedules that are due next, and all whose window or validity leaves out due times before that."""
    narrowed = or_(schedule.c.valid_from.is_not(None), schedule.c.valid_until.is_not(None), _has_window(connection))
    by_index = select(schedule).where(CAN_BE_DUE).order_by(schedule.c.next_due_at, schedule.c.name).limit(limit)
    rows = [*connection.execute(by_index), *connection.execute(select(schedule).where(schedule.c.enabled, narrowed))]
    return list({row.id: _schedule(row) for row in rows}.values())


def enable(connection: Connection, name: str, now: datetime, next_due_at: datetime | None) -> None:
    """Let a schedule become due again from now on: what passed while it was disabled is not caught up."""
    values = {"enabled": True, "seen_until": now, "next_due_at": next_due_at}
    connection.execute(update(schedule).where(schedule.c.id == get(connection, name).id).values(values))


def disable(connection: Connection, name: str) -> None:
    """Let a schedule not become due any more; see occurrences.withdraw for what waits."""
    off = update(schedule).where(schedule.c.id == get(connection, name).id)
    connection.execute(off.values(enabled=False, next_due_at=None))


def remove(connection: Connection, name: str) -> None:
    """Delete a schedule with its occurrences and events; its jobs keep its name."""
    connection.execute(schedule.delete().where(schedule.c.id == get(connection, name).id))


def due_schedules(connection: Connection, now: datetime, name: str | None = None) -> list[Schedule]:
    """The schedules that are to be looked at, locked until the end of the transaction.

    One that another transaction has locked is left out: it is being recorded there.
    """
    due = select(schedule).where(CAN_BE_DUE, schedule.c.next_due_at <= now).order_by(schedule.c.next_due_at)
    if name is not None:
        due = due.where(schedule.c.name == name)
    return [_schedule(row) for row in connection.execute(due.with_for_update(skip_locked=True))]


def lock(connection: Connection, name: str) -> Schedule:
    """A schedule that nobody else records or changes until the transaction ends.

    Raises:
        NotFoundError: there is none of that name.
    """
    get(connection, name)
    row = connection.execute(select(schedule).where(schedule.c.name == name).with_for_update()).one()
    return _schedule(row)


def seen(connection: Connection, schedule_id: int, seen_until: datetime, next_due_at: datetime | None) -> None:
    """Note how far a schedule's due times are on record, and when to look at it next."""
    values = {"seen_until": seen_until, "next_due_at": next_due_at}
    connection.execute(update(schedule).where(schedule.c.id == schedule_id).values(values))


def held_back_by(connection: Connection, calendar: str) -> list[Schedule]:
    """The schedules that name a calendar."""
    return [one for one in list_all(connection) if calendar in one.blackouts]


def insert(connection: Connection, table: Table) -> Any:
    """INSERT with ON CONFLICT, which each dialect has of its own."""
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


def _has_window(connection: Connection) -> Any:
    """JSON is compared as text: PostgreSQL has no equality for it."""
    shown = '"window"::text' if connection.dialect.name == "postgresql" else '"window"'
    return text(f"{shown} <> '[]'")


def _values(new: NewSchedule) -> dict[str, Any]:
    values = {field.name: getattr(new, field.name) for field in fields(NewSchedule)}
    plain = {
        "selector": asdict(new.selector),
        "params": dict(new.params),
        "window": list(new.window),
        "blackouts": list(new.blackouts),
    }
    return values | plain


def _schedule(row: Row[Any]) -> Schedule:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name for a row as a mapping
    chosen = values.pop("selector")
    selector = Selector(**{**chosen, "names": tuple(chosen["names"]), "tags": tuple(chosen["tags"])})
    values |= {name: tuple(values[name]) for name in ("window", "blackouts")}
    values["priority"] = Priority(values["priority"])
    return Schedule(**values, selector=selector)
