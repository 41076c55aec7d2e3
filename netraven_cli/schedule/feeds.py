"""Rules of calendars out of iCalendar files and public holidays, written out once, when they are given.

So a due time is judged by rows alone: neither library is loaded by a run. Both come with `netraven[calendars]`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from netraven_cli.errors import DataError, SettingsError
from netraven_cli.model import CalendarRule
from netraven_cli.schedule.blackout import canonical
from netraven_cli.store.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_EVENTS = 20_000  # what a file may come to when its recurring events are written out
DAY = timedelta(days=1)
MISSING = "this needs more libraries; install them with: pip install 'netraven[calendars]'"


def from_icalendar(content: bytes, begin: date, end: date, limit: int = MOST_EVENTS) -> list[CalendarRule]:
    """The events of an iCalendar file between two days, recurring ones written out.

    Raises:
        DataError: it is no such file, or has too many events.
        SettingsError: the libraries are not installed.
    """
    events = _events(content, begin, end)
    rules: dict[str, CalendarRule] = {}
    for event in events:
        rule = _rule(event)
        if rule:
            rules.setdefault(rule, CalendarRule(rule=rule, summary=_summary(event), origin="file"))
        if len(rules) > limit:
            raise DataError(f"the file has more than {limit} events until {end}; give an earlier --until")
    return list(rules.values())


def holidays_of(place: str, begin: date, end: date) -> list[CalendarRule]:
    """The public holidays of a country (DE) or a part of it (DE-BY) between two days.

    Raises:
        DataError: the library knows no such place.
        SettingsError: the library is not installed.
    """
    try:
        import holidays
    except ImportError:
        raise SettingsError(MISSING) from None
    country, _, part = place.upper().partition("-")
    known = holidays.list_supported_countries(include_aliases=True)
    if country not in known:
        raise DataError(f"there are no holidays of {country!r} (ISO 3166); {did_you_mean(country, known, 'as in DE')}")
    if part and part not in known[country]:
        parts = known[country]
        raise DataError(
            f"there are no holidays of {part!r} in {country}; {did_you_mean(part, parts, 'see ISO 3166-2')}"
        )
    found = holidays.country_holidays(country, subdiv=part or None, years=range(begin.year, end.year + 1))
    days = sorted((day, name) for day, name in found.items() if begin <= day <= end)
    return [CalendarRule(rule=day.isoformat(), summary=_line(name), origin="holidays") for day, name in days]


def _events(content: bytes, begin: date, end: date) -> Iterator[Any]:
    try:
        import icalendar
        import recurring_ical_events
    except ImportError:
        raise SettingsError(MISSING) from None
    try:
        calendar = icalendar.Calendar.from_ical(content)
        yield from recurring_ical_events.of(calendar).between(begin, end)
    except (ValueError, KeyError, IndexError, AttributeError, TypeError) as error:
        raise DataError(f"this is no iCalendar file that can be read: {' '.join(str(error).split())[:200]}") from None


def _rule(event: Any) -> str | None:
    """An event as a rule; nothing for one that is cancelled, does not block the time, or has no length."""
    if str(event.get("STATUS", "")).upper() == "CANCELLED" or str(event.get("TRANSP", "")).upper() == "TRANSPARENT":
        return None
    start = event["DTSTART"].dt
    end = event["DTEND"].dt if "DTEND" in event else start + event["DURATION"].dt if "DURATION" in event else None
    if not isinstance(start, datetime):
        last = (end or start + DAY) - DAY  # DTEND is the day after: RFC 5545, 3.6.1
        return canonical(f"{start.isoformat()}/{max(start, last).isoformat()}")
    if end is None or end <= start:
        return None
    return canonical(f"{_time(start)}/{_time(end)}")


def _time(moment: datetime) -> str:
    if moment.tzinfo is None:
        return moment.isoformat(timespec="seconds")
    return moment.astimezone(timezone.utc).isoformat(timespec="seconds")


def _summary(event: Any) -> str | None:
    return _line(str(event.get("SUMMARY", ""))) or None


def _line(text: str) -> str:
    return "".join(char for char in text if char.isprintable())[:200]
