"""Weekly hours on a wall clock: "Mon-Fri 22:00-06:00", "22:00-06:00" (each day), "Sat,Sun" (whole days)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from netraven_cli.errors import DataError
from netraven_cli.schedule.pattern import DAYS, weekdays

if TYPE_CHECKING:
    from collections.abc import Iterable

FORM = "Mon-Fri 22:00-06:00, 22:00-06:00 or Sat,Sun"
DAY, WEEK = 24 * 60, 7 * 24 * 60  # minutes
TIMES = re.compile(r"([0-9]{1,2}:[0-9]{2}) ?- ?([0-9]{1,2}:[0-9]{2})")
CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])|24:00")


@dataclass(frozen=True, slots=True)
class Hours:
    """Stretches of the week in minutes from Sunday 00:00, apart from each other and in order."""

    stretches: tuple[tuple[int, int], ...]

    @property
    def whole_week(self) -> bool:
        """Whether no minute is left out."""
        return self.stretches == ((0, WEEK),)

    def cover(self, shown: datetime) -> bool:
        """Whether the clock shows one of the hours."""
        return self._within(_minute(shown)) is not None

    def closing(self, shown: datetime) -> datetime | None:
        """What the clock will show at the end of the hours that it is in; None if they never end."""
        if self.whole_week:
            return None
        minute = _minute(shown)
        end = self._within(minute) or minute
        if end == WEEK and self.stretches[0][0] == 0:  # they go on over the end of the week
            end += self.stretches[0][1]
        return _midnight_of_sunday(shown) + timedelta(minutes=end)

    def opening(self, shown: datetime) -> datetime:
        """What the clock will show when the next hours begin."""
        minute = _minute(shown)
        begins = [start + week for week in (0, WEEK) for start, _ in self.stretches]
        return _midnight_of_sunday(shown) + timedelta(minutes=next(start for start in begins if start > minute))

    def _within(self, minute: int) -> int | None:
        return next((end for start, end in self.stretches if start <= minute < end), None)


def canonical(text: str) -> str:
    """Weekly hours in their one spelling: "Mon,Tue 22:00-06:00".

    Raises:
        DataError: they are none, or have no length.
    """
    days, start, end = _parts(text)
    names = "" if len(days) == len(DAYS) else ",".join(DAYS[day] for day in days)
    times = "" if (start, end) == (0, DAY) and names else f"{_clock(start)}-{_clock(end)}"
    return " ".join(part for part in (names, times) if part)


@lru_cache(maxsize=1024)
def read(texts: tuple[str, ...]) -> Hours:
    """Several weekly hours together.

    Raises:
        DataError: one is none.
    """
    found = []
    for text in texts:
        days, start, end = _parts(text)
        length = (end - start) % DAY or DAY
        found += [(day * DAY + start, day * DAY + start + length) for day in days]
    return Hours(_merged(_within_the_week(found)))


def _parts(text: str) -> tuple[list[int], int, int]:
    """The days, and the minutes of the day from which and to which."""
    compact = " ".join(text.split())
    match = TIMES.search(compact)
    named = compact[: match.start()].strip() if match else compact
    if not compact or (match and compact[match.end() :]):
        raise DataError(f"{text!r} are no weekly hours; write {FORM}")
    numbers = [day for part in named.split(",") for day in weekdays(part, text, FORM)] if named else range(7)
    days = sorted(set(numbers))
    if match is None:
        return days, 0, DAY
    start, end = (_minutes(one, text) for one in match.groups())
    if start % DAY == end % DAY and (start, end) != (0, DAY):
        raise DataError(f"the hours {text!r} have no length: they end when they begin; for whole days write Sat,Sun")
    return days, start % DAY, end or DAY


def _minutes(clock: str, text: str) -> int:
    match = CLOCK.fullmatch(clock)
    if not match:
        raise DataError(f"{clock!r} in {text!r} is no time of day from 00:00 to 24:00; write {FORM}")
    return int(match[1]) * 60 + int(match[2]) if match[1] else DAY


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _minute(shown: datetime) -> int:
    return shown.isoweekday() % 7 * DAY + shown.hour * 60 + shown.minute


def _midnight_of_sunday(shown: datetime) -> datetime:
    return datetime(shown.year, shown.month, shown.day) - timedelta(days=shown.isoweekday() % 7)  # noqa: DTZ001 - a wall clock


def _within_the_week(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches cut at the end of the week, and gone on with at its beginning."""
    cut = []
    for start, end in stretches:
        cut += [(start, min(end, WEEK))] + ([(0, end - WEEK)] if end > WEEK else [])
    return cut


def _merged(stretches: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return tuple(merged)
