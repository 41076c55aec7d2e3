"""The due times to come of schedules, with what becomes of each."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from netraven_cli.model import place_in_spread
from netraven_cli.schedule.judge import judge
from netraven_cli.schedule.occurrences import occurrences
from netraven_cli.schedule.wallclock import zone_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from netraven_cli.model import Schedule
    from netraven_cli.schedule.blackout import Busy


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcoming:
    """A due time, on both clocks."""

    schedule: str
    due_at: datetime
    local: str  # on the clock of the schedule's zone, with its offset
    offset: str
    timezone: str
    starts_at: datetime | None  # its first job; None: it is skipped
    starts_until: datetime | None  # where the spread ends
    why: str | None = None  # what skips or defers it
    device: str | None = None  # whose place in the spread `starts_at` is


def upcoming(
    schedules: Iterable[Schedule], held_back: Callable[[Schedule], Busy], after: datetime
) -> Iterator[Upcoming]:
    """The due times of schedules after an instant, in order."""
    streams = [_of(schedule, held_back(schedule), after) for schedule in schedules]
    return heapq.merge(*streams, key=lambda one: (one.due_at, one.schedule))


def of_devices(one: Upcoming, devices: Iterable[str], spread_seconds: int) -> list[Upcoming]:
    """When each device starts, in order; what is skipped stays one row."""
    begin = one.starts_at
    if begin is None:
        return [one]
    starts = sorted((begin + place_in_spread(one.schedule, name, spread_seconds), name) for name in devices)
    return [replace(one, device=name, starts_at=at) for at, name in starts]


def _of(schedule: Schedule, held_back: Busy, after: datetime) -> Iterator[Upcoming]:
    zone = zone_of(schedule.timezone)
    spread = timedelta(seconds=schedule.spread_seconds)
    for due_at in occurrences(schedule.pattern, schedule.timezone, after):
        verdict = judge(schedule, held_back, due_at)
        local = due_at.astimezone(zone)
        yield Upcoming(
            schedule=schedule.name,
            due_at=due_at,
            local=local.isoformat(timespec="seconds"),
            offset=local.strftime("%z"),
            timezone=schedule.timezone,
            starts_at=verdict.at,
            starts_until=verdict.at + spread if verdict.at and spread else None,
            why=verdict.why,
        )
