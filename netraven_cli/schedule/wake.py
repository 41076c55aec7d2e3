"""When something outside must wake NetRaven, as minutes of a day: what calendars and crontabs are made of."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from math import gcd
from typing import TYPE_CHECKING

from netraven_cli.schedule.wallclock import DAY, UTC, zone_of

if TYPE_CHECKING:
    from collections.abc import Iterable

DAY_MINUTES = 24 * 60
YEARS = 2  # this one and the next: what is written holds until the year is over


@lru_cache(maxsize=1024)
def apart(zone: str, clock: str, year: int) -> frozenset[int]:
    """By how many minutes a clock of one zone is ahead of that of another, at any time of a year and the next.

    They are kept: thousands of schedules share a few zones.
    """
    ours, theirs, begin = zone_of(zone), zone_of(clock), datetime(year, 1, 1, tzinfo=UTC)
    instants = [begin + DAY * day for day in range(YEARS * 366)]
    found = {
        instant.astimezone(theirs).replace(tzinfo=None) - instant.astimezone(ours).replace(tzinfo=None)
        for instant in instants
    }
    return frozenset(int(distance.total_seconds() // 60) for distance in found)


def interval_minutes(seconds: int) -> set[int]:
    """The minutes of each UTC day that have all multiples of an interval since 1970 among them.

    An interval that does not go into a day evenly moves from day to day; its divisor in common with a day does not.
    """
    return set(range(0, DAY_MINUTES, gcd(seconds // 60, DAY_MINUTES)))


def by_hours(minutes: Iterable[int]) -> list[tuple[set[int], set[int]]]:
    """Minutes of a day as pairs of hours and minutes that mean each minute in each of the hours."""
    hours_of: dict[int, set[int]] = {}
    for minute in sorted(minutes):
        hours_of.setdefault(minute % 60, set()).add(minute // 60)
    minutes_of: dict[frozenset[int], set[int]] = {}
    for minute, hours in hours_of.items():
        minutes_of.setdefault(frozenset(hours), set()).add(minute)
    return [(set(hours), found) for hours, found in minutes_of.items()]


def runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Numbers as first and last of each run of neighbours."""
    found: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def step_of(numbers: Iterable[int], high: int) -> int:
    """The step of numbers that go on evenly as far as `high`; 0 if they do not."""
    ordered = sorted(numbers)
    if len(ordered) < 3:
        return 0
    step = ordered[1] - ordered[0]
    even = ordered == list(range(ordered[0], ordered[-1] + 1, step))
    return step if even and step > 1 and ordered[-1] + step > high else 0
