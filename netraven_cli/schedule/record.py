"""Put schedules and what became due of them on record, in the caller's transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from netraven_cli.errors import DataError
from netraven_cli.schedule.occurrences import due, next_occurrence
from netraven_cli.store import schedules

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from netraven_cli.model import NewSchedule, Occurrence, Schedule
    from netraven_cli.schedule.occurrences import Due

LONGEST_NAME = 255


def record_due(connection: Connection, now: datetime, name: str | None = None) -> list[Occurrence]:
    """Record what became due of all enabled schedules, or of one; returns what is to be enqueued.

    That is what is due now, and what was recorded earlier by a process that was killed before it enqueued.
    Whoever enqueues asks `store.schedules.mark_enqueued` first: it lets one through.
    """
    for schedule in schedules.due_schedules(connection, now, name):
        try:
            _record(connection, schedule, due(schedule, now))
        except DataError as error:  # one bad schedule must not keep the others from running
            missed = [(schedule.next_due_at or now, "missed", str(error))]
            schedules.record_occurrences(connection, schedule, missed, now, None)
    return schedules.open_occurrences(connection, name)


def _record(connection: Connection, schedule: Schedule, found: Due) -> None:
    rows: list[tuple[datetime, str, str | None]] = [(at, "missed", reason) for at, reason in found.missed]
    if found.run:
        rows.append((found.run, "due", None))
    schedules.record_occurrences(connection, schedule, rows, found.seen_until, found.next_due_at)


def add(connection: Connection, new: NewSchedule, now: datetime) -> Schedule:
    """Enter a new schedule.

    Raises:
        DataError: its name cannot be one, is taken, or it is never due.
    """
    return schedules.add(connection, new, now, _first(new, now))


def edit(connection: Connection, name: str, new: NewSchedule, now: datetime) -> Schedule:
    """Give a schedule new values.

    Raises:
        NotFoundError: there is none of that name.
        DataError: its new name cannot be one, is taken, or it is never due.
    """
    schedules.replace(connection, name, new, now, _first(new, now))
    return schedules.get(connection, new.name)


def enable(connection: Connection, name: str, now: datetime) -> Schedule:
    """Let a schedule become due from now on; one that is enabled already stays as it is.

    Raises:
        NotFoundError: there is none of that name.
        DataError: it is never due again.
    """
    found = schedules.get(connection, name)
    if not found.enabled:
        schedules.enable(connection, name, now, _first(replace(found, enabled=True), now))
    return schedules.get(connection, name)


def check_name(name: str) -> str:
    """A name that stands on one line.

    Raises:
        DataError: it does not, or is empty or too long.
    """
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise DataError(f"{name[:80]!r} cannot be a schedule's name: write 1 to {LONGEST_NAME} printable characters")
    return name


def _first(new: NewSchedule, now: datetime) -> datetime | None:
    check_name(new.name)
    first = next_occurrence(new.pattern, new.timezone, now)
    if first is None and new.enabled:
        raise DataError(f"the schedule {new.name!r} would never be due: {new.pattern.removeprefix('at ')} has passed")
    return first
