"""The rules of calendars, and when a blackout ends.

A rule is days ("2026-12-24/2027-01-02", the last one included), times ("2026-12-24T18:00/2026-12-27T06:00") or weekly
hours. Days, hours and times without an offset are those of the clock of the schedule that is held back.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from netraven_cli.errors import DataError
from netraven_cli.schedule import hours
from netraven_cli.schedule.wallclock import UTC, to_utc, wall_of, zone_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from zoneinfo import ZoneInfo

    from netraven_cli.model import Calendar

FORM = f"2026-12-24, 2026-12-24/2027-01-02, 2026-12-24T18:00/2026-12-27T06:00 or {hours.FORM}"
ENDLESS = timedelta(days=400)  # a blackout that is longer than this counts as one without an end
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
ROUNDS = 10_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """A blackout, from an instant to another."""

    start: datetime
    end: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Busy:
    """All that holds a schedule back, on the clock of its zone."""

    zone: ZoneInfo
    stretches: Sequence[Stretch] = ()  # apart from each other, in order
    weekly: Sequence[tuple[hours.Hours, str]] = ()

    def blackout(self, instant: datetime) -> tuple[str, datetime | None] | None:
        """Why an instant is held back, and when that ends (None: it does not); None if it is not."""
        found = self._cover(instant)
        if found is None:
            return None
        why, end = found
        for _ in range(ROUNDS):
            if end - instant > ENDLESS:
                return why, None
            further = self._cover(end)
            if further is None:
                return why, end
            end = further[1]
        return why, None

    def _cover(self, instant: datetime) -> tuple[str, datetime] | None:
        place = bisect_right(self.stretches, instant, key=lambda one: one.start) - 1
        if place >= 0 and instant < self.stretches[place].end:
            return self.stretches[place].why, self.stretches[place].end
        shown = wall_of(instant, self.zone)
        for one, why in self.weekly:
            if one.cover(shown):
                return why, _closes(one, shown, instant, self.zone)
        return None


def canonical(text: str) -> str:
    """A rule in its one spelling.

    Raises:
        DataError: it is none, it ends before it begins, or it holds back for ever.
    """
    if not DATE.match(text.strip()):
        spelt = hours.canonical(text)
        if hours.read((spelt,)).whole_week:
            raise DataError(
                f"the rule {text!r} holds back for ever; to stop a schedule: netraven schedule disable NAME"
            )
        return spelt
    first, slash, last = (part.strip() for part in text.partition("/"))
    start, end = _moment(first, text), _moment(last or first, text)
    if isinstance(start, datetime) != isinstance(end, datetime) or (isinstance(start, datetime) and not slash):
        raise _wrong(text)
    _check_order(start, end, text)
    return _spelt(start) if start == end else f"{_spelt(start)}/{_spelt(end)}"


def busy(calendars: Iterable[Calendar], timezone: str) -> Busy:
    """What some calendars hold back on the clock of a zone.

    Raises:
        DataError: a rule is not understood, or this machine does not know the zone.
    """
    zone = zone_of(timezone)
    stretches, weekly = [], []
    for calendar in calendars:
        for one in calendar.rules:
            why = f"blackout {calendar.name}" + (f" ({one.summary})" if one.summary else "")
            if DATE.match(one.rule):
                stretches.append(_stretch(one.rule, why, zone))
            else:
                weekly.append((hours.read((one.rule,)), why))
    return Busy(zone, _merged(stretches), weekly)


def _stretch(rule: str, why: str, zone: ZoneInfo) -> Stretch:
    first, _, last = rule.partition("/")
    start, end = _moment(first, rule), _moment(last or first, rule)
    if not isinstance(end, datetime):
        end = end + timedelta(days=1)
    return Stretch(_instant(start, zone), _instant(end, zone), why)


def _instant(moment: date, zone: ZoneInfo) -> datetime:
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001 - what a wall clock shows
    return moment.astimezone(UTC) if moment.tzinfo else to_utc(moment, zone)


def _moment(text: str, whole: str) -> date:
    """A day, or a time with or without an offset."""
    try:
        if DATE.fullmatch(text):
            return date.fromisoformat(text)
        return datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text)).replace(microsecond=0)
    except ValueError:
        raise DataError(f"{text!r} in the rule {whole!r} is no day and no time; write {FORM}") from None


def _check_order(start: date, end: date, text: str) -> None:
    aware = [isinstance(one, datetime) and one.tzinfo is not None for one in (start, end)]
    if aware[0] != aware[1]:
        raise DataError(f"in the rule {text!r} one time has an offset and the other has none; write both alike")
    if end < start or (isinstance(start, datetime) and start == end):
        raise DataError(f"the rule {text!r} has no length: it ends {'when' if start == end else 'before'} it begins")


def _spelt(moment: date) -> str:
    if not isinstance(moment, datetime):
        return moment.isoformat()
    if moment.tzinfo:
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return moment.isoformat(timespec="minutes" if not moment.second else "seconds")


def _closes(one: hours.Hours, shown: datetime, instant: datetime, zone: ZoneInfo) -> datetime:
    closing = one.closing(shown)
    if closing is None:
        return instant + 2 * ENDLESS
    end = to_utc(closing, zone)
    return end if end > instant else instant + (closing - shown)  # the clock shows the hours a second time


def _merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    merged: list[Stretch] = []
    for one in sorted(stretches, key=lambda one: one.start):
        if merged and one.start <= merged[-1].end:
            last = merged.pop()
            merged.append(Stretch(last.start, max(last.end, one.end), last.why))
        else:
            merged.append(one)
    return merged


def _wrong(text: str) -> DataError:
    return DataError(f"the rule {text!r} is not understood; write {FORM}")
