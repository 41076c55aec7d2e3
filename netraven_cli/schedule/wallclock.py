"""Time zones: which ones there are, and where their clocks jump."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import MAXYEAR, datetime, timedelta, timezone
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from netraven_cli.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

UTC = timezone.utc
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(
    microseconds=1
)  # the shortest there is: what comes after an instant without it may be that instant
DAY = timedelta(days=1)  # no clock of the zone database jumps twice within a day
LOOK_BACK = timedelta(hours=36)  # longer than any jump: Samoa left out a whole day in 2011
HORIZON_YEARS = 60  # 29 February on a given weekday comes every 28 years, after 40 around 2100


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of real time during which a zone's clock runs without a jump."""

    start: datetime
    end: datetime
    offset: timedelta  # of the zone's clock from UTC
    before: timedelta  # the offset of the span before it; the same: no jump at its start

    @property
    def opens(self) -> datetime:
        """What the wall clock shows at the start (a naive time)."""
        return wall(self.start, self.offset)

    @property
    def closes(self) -> datetime:
        """What the wall clock would show at the end, had it not jumped."""
        return wall(self.end, self.offset)

    @property
    def expected(self) -> datetime:
        """What the wall clock would have shown at the start, had it not jumped."""
        return wall(self.start, self.before)


def check_zone(name: str) -> str:
    """The name of a time zone, if there is one of that name.

    Raises:
        DataError: there is none; the sentence has the names nearest to it.
    """
    known = _zones()
    if name in known:
        return name
    if not known:
        raise DataError("this machine has no time zone database; install the package tzdata")
    spelt = {zone.lower(): zone for zone in known} | {zone.rpartition("/")[2].lower(): zone for zone in sorted(known)}
    near = [spelt[zone] for zone in difflib.get_close_matches(name.lower(), spelt, n=3, cutoff=0.7)]
    advice = f"did you mean {' or '.join(dict.fromkeys(near))}?" if near else "write one like Europe/Berlin or UTC"
    raise DataError(f"there is no time zone {name!r}; {advice}")


def zone_of(name: str) -> ZoneInfo:
    """The clock of a zone that was checked when it was entered.

    Raises:
        DataError: this machine does not know it (any more).
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise DataError(
            f"this machine knows no time zone {name!r}; bring its package tzdata up to date, or edit the schedule"
        ) from None


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())  # reads some 600 files: only when a name is to be checked


def spans(zone: ZoneInfo, after: datetime) -> Iterator[Span]:
    """The spans of a zone's clock from the year of an instant on, in order and without holes."""
    first = (after - LOOK_BACK).year
    for year in range(first, min(first + HORIZON_YEARS, MAXYEAR - 1)):
        yield from _year(zone, year)


def wall(instant: datetime, offset: timedelta) -> datetime:
    """What a clock at an offset from UTC shows at an instant: a naive time."""
    return instant.replace(tzinfo=None) + offset


def wall_of(instant: datetime, zone: ZoneInfo) -> datetime:
    """What a zone's clock shows at an instant: a naive time."""
    return instant.astimezone(zone).replace(tzinfo=None)


def to_utc(shown: datetime, zone: ZoneInfo) -> datetime:
    """The first instant at which a zone's clock shows a naive time, or has passed it by a jump."""
    for span in spans(zone, shown.replace(tzinfo=UTC) - DAY):
        if shown < span.closes:
            return max(span.start, (shown - span.offset).replace(tzinfo=UTC))
    raise DataError(f"{shown} is too far away")


@lru_cache(maxsize=4096)
def _year(zone: ZoneInfo, year: int) -> tuple[Span, ...]:
    """The spans of one year in UTC: kept, since thousands of schedules share a few zones."""
    start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    before, found = _offset(zone, start - SECOND), []
    while start < end:
        offset = _offset(zone, start)
        jump = _next_jump(zone, start, end, offset)
        found.append(Span(start, jump, offset, before))
        start, before = jump, offset
    return tuple(found)


def _next_jump(zone: ZoneInfo, start: datetime, end: datetime, offset: timedelta) -> datetime:
    """The first instant at which the offset is another one, but not later than `end`."""
    while start < end:
        probe = min(start + DAY, end)
        if _offset(zone, probe) != offset:
            return _bisect(zone, start, probe, offset)
        start = probe
    return end


def _bisect(zone: ZoneInfo, same: datetime, other: datetime, offset: timedelta) -> datetime:
    """The instant of the jump between two whole seconds."""
    while other - same > SECOND:
        middle = same + (other - same) // SECOND // 2 * SECOND
        if _offset(zone, middle) == offset:
            same = middle
        else:
            other = middle
    return other


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()
