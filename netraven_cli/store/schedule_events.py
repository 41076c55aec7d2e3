"""What was done to schedules, and what of them was missed: who, when, what."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from netraven_cli.model import NewSchedule
from netraven_cli.store.tables import schedule_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from netraven_cli.model import Schedule

SCHEDULER = "scheduler"  # who notices what is missed


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleEvent:
    """One thing that happened to a schedule."""

    at: datetime
    kind: str  # added, edited, missed
    who: str
    why: str | None
    changes: Mapping[str, Any] | None  # of an edit: {field: [before, after]}


def added(connection: Connection, schedule: Schedule, who: str, now: datetime) -> None:
    """Note who made a schedule."""
    _record(connection, [{"schedule_id": schedule.id, "at": now, "kind": "added", "who": who}])


def edited(connection: Connection, before: Schedule, after: NewSchedule, who: str, now: datetime) -> None:
    """Note who changed what; nothing if nothing was changed."""
    values = [(field.name, getattr(before, field.name), getattr(after, field.name)) for field in fields(NewSchedule)]
    changes = {name: [_plain(old), _plain(new)] for name, old, new in values if _plain(old) != _plain(new)}
    if changes:
        row = {"schedule_id": before.id, "at": now, "kind": "edited", "who": who, "changes": changes}
        _record(connection, [row])


def missed(connection: Connection, schedule_id: int, due_times: Iterable[tuple[datetime, str]], now: datetime) -> None:
    """Note that due times were not run, and why."""
    shared = {"schedule_id": schedule_id, "at": now, "kind": "missed", "who": SCHEDULER}
    _record(connection, [{**shared, "why": f"{_plain(due_at)}: {reason}"} for due_at, reason in due_times])


def list_events(
    connection: Connection, schedule_id: int, kinds: Iterable[str], limit: int = 100
) -> list[ScheduleEvent]:
    """The latest events of a schedule, newest first."""
    columns = [schedule_event.c[field.name] for field in fields(ScheduleEvent)]
    mine = select(*columns).where(schedule_event.c.schedule_id == schedule_id, schedule_event.c.kind.in_(list(kinds)))
    return [
        ScheduleEvent(**row)
        for row in connection.execute(mine.order_by(schedule_event.c.id.desc()).limit(limit)).mappings()
    ]


def _record(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(schedule_event), rows)


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if hasattr(value, "isoformat"):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return list(value) if isinstance(value, tuple) else value
