"""Put schedules and what became due of them on record, in the caller's transaction."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from netraven_cli.errors import DataError, NotFoundError
from netraven_cli.schedule.blackout import Busy, busy
from netraven_cli.schedule.due import Due, due
from netraven_cli.schedule.judge import first
from netraven_cli.schedule.rules import check
from netraven_cli.schedule.wallclock import zone_of
from netraven_cli.store import calendars, schedule_events, schedules
from netraven_cli.store import occurrences as records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from netraven_cli.model import NewSchedule, Occurrence, Schedule

log = logging.getLogger("netraven.schedule")


def record_due(connection: Connection, now: datetime, name: str | None = None) -> list[Occurrence]:
    """Record what became due of all enabled schedules, or of one; returns what is to be enqueued.

    That is what is due now, and what was recorded earlier by a process that was killed before it enqueued.
    Whoever enqueues asks `store.occurrences.mark_enqueued` first: it lets one through.
    """
    found = schedules.due_schedules(connection, now, name)
    if found:
        look = _Look(connection, now)
        for schedule in found:
            look.at(schedule)
    return records.open_occurrences(connection, name)


class _Look:
    """One look at schedules, with the blackouts that they share."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection, self.now = connection, now
        self.deferred = records.deferred(connection)
        self.blackouts = held_back(connection)

    def at(self, schedule: Schedule) -> None:
        """Record what became due of one; a bad schedule must not keep the others from running."""
        try:
            found = due(schedule, self.now, self.blackouts(schedule), self.deferred.get(schedule.id))
        except (DataError, NotFoundError) as error:
            left = [(schedule.next_due_at or self.now, "missed", str(error))]
            found = Due(run=[], left=left, seen_until=self.now, next_due_at=None)
        for due_at, state, reason in found.left:
            if state == "missed":
                log.warning("occurrence_missed schedule=%s due_at=%s reason=%s", schedule.name, due_at, reason)
        rows: list[tuple[datetime, str, str | None]] = [*found.left, *((at, "due", None) for at in found.run)]
        records.record_occurrences(self.connection, schedule, rows, found.seen_until, found.next_due_at)


def held_back(connection: Connection) -> Callable[[NewSchedule], Busy]:
    """What tells a schedule's blackouts, each set of calendars read once."""
    known: dict[tuple[tuple[str, ...], str], Busy] = {}

    def of(schedule: NewSchedule) -> Busy:
        key = schedule.blackouts, schedule.timezone
        if not schedule.blackouts:
            return Busy(zone_of(schedule.timezone))
        if key not in known:
            known[key] = busy(calendars.named(connection, schedule.blackouts), schedule.timezone)
        return known[key]

    return of


def add(connection: Connection, new: NewSchedule, now: datetime, who: str = "operator") -> Schedule:
    """Enter a new schedule.

    Raises:
        DataError: its name cannot be one, is taken, its values contradict each other, or it is never due.
        NotFoundError: it names a calendar that is not there.
    """
    made = schedules.add(connection, new, now, _first(connection, new, now))
    schedule_events.added(connection, made, who, now)
    return made


def edit(connection: Connection, name: str, new: NewSchedule, now: datetime, who: str = "operator") -> Schedule:
    """Give a schedule new values; what became due under the old ones is on record before.

    Raises:
        NotFoundError: there is none of that name, or it names a calendar that is not there.
        DataError: its new name cannot be one, is taken, its values contradict each other, or it is never due.
    """
    before = schedules.lock(connection, name)
    upcoming = _first(connection, new, now)
    _look_if_due(connection, before, now)
    schedules.replace(connection, name, new, now, upcoming)
    schedule_events.edited(connection, before, new, who, now)
    after = schedules.get(connection, new.name)
    _judge_again(connection, [after], now)
    return schedules.get(connection, new.name)


def enable(connection: Connection, name: str, now: datetime, who: str = "operator") -> Schedule:
    """Let a schedule become due from now on; one that is enabled already stays as it is.

    Raises:
        NotFoundError: there is none of that name.
        DataError: it is never due again.
    """
    found = schedules.lock(connection, name)
    if not found.enabled:
        wanted = replace(found, enabled=True)
        schedules.enable(connection, name, now, _first(connection, wanted, now))
        schedule_events.edited(connection, found, wanted, who, now)
    return schedules.get(connection, name)


def disable(connection: Connection, name: str, now: datetime, who: str = "operator") -> Schedule:
    """Let a schedule not become due any more; what became due before is on record, as missed if it was not run.

    Raises:
        NotFoundError: there is none of that name.
    """
    found = schedules.lock(connection, name)
    if found.enabled:
        _look_if_due(connection, found, now)
        schedules.disable(connection, name)
        records.withdraw(connection, found.id, "the schedule was disabled before it ran", now)
        schedule_events.edited(connection, found, replace(found, enabled=False), who, now)
    return schedules.get(connection, name)


def calendar_changed(connection: Connection, calendar: str, now: datetime) -> None:
    """Judge again what waits for the end of a blackout of a calendar."""
    _judge_again(connection, schedules.held_back_by(connection, calendar), now)


def _look_if_due(connection: Connection, found: Schedule, now: datetime) -> None:
    if found.enabled and found.next_due_at and found.next_due_at <= now:
        _Look(connection, now).at(found)


def _judge_again(connection: Connection, chosen: Iterable[Schedule], now: datetime) -> None:
    look = _Look(connection, now)
    for schedule in chosen:
        if schedule.enabled and schedule.id in look.deferred:
            look.at(schedule)


def _first(connection: Connection, new: NewSchedule, now: datetime) -> datetime | None:
    check(new)
    calendars.named(connection, new.blackouts)
    found = first(new, now)
    if found is None and new.enabled:
        raise DataError(f"the schedule {new.name!r} would never be due: {_why_never(new, now)}")
    return found


def _why_never(new: NewSchedule, now: datetime) -> str:
    if new.pattern.startswith("at ") and first(replace(new, window=(), valid_from=None, valid_until=None), now) is None:
        return f"{new.pattern.removeprefix('at ')} has passed"
    if new.valid_until and new.valid_until <= now:
        return f"it is valid until {new.valid_until:%Y-%m-%dT%H:%M:%SZ}, which has passed"
    if first(replace(new, window=()), now) is None:
        return "no due time lies within its validity"
    return f"no due time lies within its window {', '.join(new.window)}"
