"""An independent reading of patterns: the clock of a zone, walked minute by minute, and fields matched by hand.

It knows nothing of cronsim, of spans of a clock, or of how the product finds a due time.
"""

from __future__ import annotations

import calendar
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tests.schedule.zones import UTC

MINUTE = timedelta(minutes=1)
LOW_HIGH = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


class Minute(NamedTuple):
    """One minute of real time, and what the clock shows in it."""

    instant: datetime
    shown: datetime
    again: bool  # the clock showed this before
    left_out: list[datetime]  # what it jumped over to get here


@lru_cache(maxsize=24)
def walk(zone: str, begin: datetime, days: int) -> list[Minute]:
    """Each minute of some days; what came a day before is looked at too, for what is shown again."""
    info = ZoneInfo(zone)
    found: list[Minute] = []
    latest: datetime | None = None
    for number in range(-1440, days * 1440):
        instant = begin + number * MINUTE
        shown = instant.astimezone(info).replace(tzinfo=None)
        skipped = _between(latest, shown) if latest and shown > latest + MINUTE else []
        if number >= 0:
            found.append(Minute(instant, shown, latest is not None and shown <= latest, skipped))
        latest = max(latest or shown, shown)
    return found


def _between(latest: datetime, shown: datetime) -> list[datetime]:
    return [latest + number * MINUTE for number in range(1, (shown - latest) // MINUTE)]


def due_times(pattern: str, zone: str, begin: datetime, days: int) -> list[datetime]:
    """When a pattern is due, by the rules of decision 11."""
    kind, _, text = pattern.partition(" ")
    minutes = walk(zone, begin, days)
    if kind == "every":
        offset, step = int(begin.timestamp()), int(text)
        return [one.instant for number, one in enumerate(minutes) if (offset + 60 * number) % step == 0]
    fields = text.split()
    hours, minutes_of_hour = numbers(fields[1], 1), numbers(fields[0], 0)
    every_hour = len(hours) == 24
    interval = every_hour or len(minutes_of_hour) > 1
    found = []
    for one in minutes:
        shown = one.shown
        in_time = shown.minute in minutes_of_hour and shown.hour in hours
        on_the_clock = in_time and (interval or not one.again) and matches(fields, shown)
        made_up = bool(one.left_out) and not every_hour and any(matches(fields, each) for each in one.left_out)
        if on_the_clock or made_up:
            found.append(one.instant)
    return found


def matches(fields: list[str], shown: datetime) -> bool:
    """Whether a wall-clock minute is one of a pattern."""
    if shown.minute not in numbers(fields[0], 0) or shown.hour not in numbers(fields[1], 1):
        return False
    if shown.month not in numbers(fields[3], 3):
        return False
    day, weekday = _day(fields[2], shown), _weekday(fields[4], shown)
    either = not (fields[2].startswith("*") or fields[4].startswith("*"))
    return (day or weekday) if either else (day and weekday)


@lru_cache(maxsize=4096)
def numbers(field: str, index: int) -> frozenset[int]:
    """The plain numbers of a field."""
    low, high = LOW_HIGH[index]
    found: set[int] = set()
    for term in field.split(","):
        body, _, step = term.partition("/")
        if any(char.isalpha() or char == "#" for char in body):
            continue
        first, dash, last = body.partition("-")
        begin = low if body == "*" else int(first)
        end = high if body == "*" or (step and not dash) else int(last or first)
        found.update(range(begin, end + 1, int(step or 1)))
    return frozenset(found)


def _day(field: str, shown: datetime) -> bool:
    last = calendar.monthrange(shown.year, shown.month)[1]
    working = next(day for day in range(last, 0, -1) if shown.replace(day=day).weekday() < 5)
    special = {"L": last, "LW": working}
    return shown.day in numbers(field, 2) or any(special.get(term) == shown.day for term in field.split(","))


def _weekday(field: str, shown: datetime) -> bool:
    today = shown.isoweekday() % 7
    if today in {number % 7 for number in numbers(field, 4)}:
        return True
    last = calendar.monthrange(shown.year, shown.month)[1]
    for term in field.split(","):
        if term.endswith("L") and int(term[:-1]) % 7 == today and shown.day + 7 > last:
            return True
        if "#" in term:
            day, nth = map(int, term.split("#"))
            if day % 7 == today and (shown.day - 1) // 7 + 1 == nth:
                return True
    return False


def edges(zone: str, first_year: int, years: int) -> list[datetime]:
    """The days (midnight in UTC) on which a zone's clock jumps; some day of each year if it never does."""
    info, found = ZoneInfo(zone), []
    for number in range(years * 366):
        day = datetime(first_year, 1, 1, tzinfo=UTC) + timedelta(days=number)
        if day.astimezone(info).utcoffset() != (day + timedelta(days=1)).astimezone(info).utcoffset():
            found.append(day)
    return found or [datetime(first_year + year, 3, 28, tzinfo=UTC) for year in range(years)]
