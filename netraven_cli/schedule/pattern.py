"""What an operator types becomes one canonical pattern, and is read back to him.

Canonical: "cron M H D M W" in the schedule's time zone, "every SECONDS" in real time, "at 2026-12-24T18:00:00Z".
"""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from netraven_cli.errors import DataError, UsageError
from netraven_cli.model.duration import UNITS, duration_text
from netraven_cli.schedule import cron
from netraven_cli.schedule.wallclock import UTC, check_zone, to_utc

DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
NTH = {"1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5}
LONGEST_SECONDS = 366 * 86400
OPTIONS = "--daily, --weekly, --monthly, --every, --cron or --at"
TIME = re.compile(r"(?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])")
INTERVAL = re.compile(r"(?:[0-9]{1,8}[smhdw])+")


def parse(
    *,
    timezone: str,
    daily: str | None = None,
    weekly: str | None = None,
    monthly: str | None = None,
    every: str | None = None,
    cron: str | None = None,
    at: str | None = None,
) -> str:
    """The canonical pattern of the one option that was given.

    Raises:
        UsageError: none was given, or more than one.
        DataError: it is not valid; the sentence says what would be.
    """
    check_zone(timezone)
    given = {"daily": daily, "weekly": weekly, "monthly": monthly, "every": every, "cron": cron, "at": at}
    chosen = [(name, text) for name, text in given.items() if text is not None]
    if len(chosen) != 1:
        raise UsageError(f"say when: exactly one of {OPTIONS}, not {len(chosen)}")
    name, text = chosen[0]
    if name == "at":
        return _at(text, ZoneInfo(timezone))
    return _PARSERS[name](text)


def instant(text: str, zone: ZoneInfo, option: str) -> datetime:
    """A time with an offset, or on the clock of a zone.

    Raises:
        DataError: it is none; the sentence names the option.
    """
    # Python 3.10 reads no Z, and neither version reads spaces around.
    spelt = re.sub(r"[zZ]$", "+00:00", text.strip())
    try:
        moment = datetime.fromisoformat(spelt)
        found = moment.astimezone(UTC) if moment.tzinfo else to_utc(moment, zone)
    except (ValueError, OverflowError):
        form = f"{option} 2026-12-24T18:00 (in the schedule's time zone) or 2026-12-24T18:00:00Z"
        raise _wrong(text, form) from None
    return found.replace(microsecond=0)


def given(pattern: str) -> tuple[str, str]:
    """The option that says a canonical pattern, and what it is given: ("every", "15m")."""
    kind, _, text = pattern.partition(" ")
    return kind, duration_text(int(text)) if kind == "every" else text


def describe(pattern: str) -> str:
    """A pattern as an operator would say it: "weekly on Mon,Wed at 02:30"."""
    kind, _, text = pattern.partition(" ")
    if kind == "at":
        return f"once at {text}"
    if kind == "every":
        return f"every {duration_text(int(text))}"
    return _describe_cron(text)


def _daily(text: str) -> str:
    return f"cron {_time(text, text, '--daily HH:MM')} * * *"


def _weekly(text: str) -> str:
    form = "--weekly DAY@HH:MM, as in Sun@02:30, Mon,Wed@02:30 or Mon-Fri@02:30"
    days, time = _halves(text, form)
    numbers = [number for part in days.split(",") for number in weekdays(part, text, form)]
    return f"cron {_time(time, text, form)} * * {','.join(map(str, sorted(set(numbers))))}"


def _monthly(text: str) -> str:
    form = "--monthly DAY@HH:MM, as in 1@02:30, last@02:30, 2nd-Tue@02:30 or last-Fri@02:30"
    days, time = _halves(text, form)
    month_days, weekdays = [], []
    for part in days.split(","):
        day, weekday = _month_day(part.strip(), text, form)
        month_days += [day] if day else []
        weekdays += [weekday] if weekday else []
    fields = f"{','.join(month_days) or '*'} * {','.join(weekdays) or '*'}"
    return "cron " + cron.canonical(f"{_time(time, text, form)} {fields}")


def _every(text: str) -> str:
    form = "--every 15m, 2h, 1d or 1h30m"
    compact = text.strip().lower()
    if not INTERVAL.fullmatch(compact):
        raise _wrong(text, form)
    seconds = sum(int(number) * UNITS[unit] for number, unit in re.findall(r"([0-9]+)([smhdw])", compact))
    if seconds % 60 or not 60 <= seconds <= LONGEST_SECONDS:
        raise DataError(f"the interval {text!r} must be whole minutes, from 1m to 366d")
    return f"every {seconds}"


def _cron(text: str) -> str:
    return "cron " + cron.canonical(text)


def _at(text: str, zone: ZoneInfo) -> str:
    return f"at {instant(text, zone, '--at'):%Y-%m-%dT%H:%M:%SZ}"


_PARSERS = {"daily": _daily, "weekly": _weekly, "monthly": _monthly, "every": _every, "cron": _cron}


def _halves(text: str, form: str) -> tuple[str, str]:
    days, at, time = text.rpartition("@")
    if not at:
        raise _wrong(text, form)
    return days, time


def _time(text: str, whole: str, form: str) -> str:
    """HH:MM as the first two fields of a cron expression."""
    match = TIME.fullmatch(text.strip())
    if not match:
        raise DataError(f"{text.strip()!r} in {whole!r} is no time of day from 00:00 to 23:59; write {form}")
    return f"{int(match['minute'])} {int(match['hour'])}"


def weekdays(part: str, whole: str, form: str) -> list[int]:
    """The days of Mon or Fri-Mon, Sunday is 0; a range may go over the weekend.

    Raises:
        DataError: they are none of the week.
    """
    first, dash, last = part.partition("-")
    start = _weekday(first, whole, form)
    length = (_weekday(last, whole, form) - start) % 7 if dash else 0
    return [(start + day) % 7 for day in range(length + 1)]


def _weekday(text: str, whole: str, form: str) -> int:
    """The number of Sun, sunday or SUN."""
    name = text.strip().lower()
    for number, day in enumerate(("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")):
        if name in (day, day[:3]):
            return number
    raise DataError(f"{text.strip()!r} in {whole!r} is no day of the week; write {form}")


def _month_day(part: str, whole: str, form: str) -> tuple[str, str]:
    """A day of a month as terms of the fields day of month and day of week, one of which is empty."""
    name = part.lower()
    if name == "last":
        return "L", ""
    which, dash, weekday = name.partition("-")
    if dash and which == "last":
        return "", f"{_weekday(weekday, whole, form)}L"
    if dash and which in NTH:
        return "", f"{_weekday(weekday, whole, form)}#{NTH[which]}"
    if re.fullmatch(r"0?[1-9]|[12][0-9]|3[01]", name):
        return str(int(name)), ""
    raise DataError(f"{part!r} in {whole!r} is no day of a month; write {form}")


def _wrong(text: str, form: str) -> DataError:
    return DataError(f"{text!r} is not understood; write {form}")


def _describe_cron(text: str) -> str:
    fields = text.split()
    if len(fields) != 5:
        return text  # none of ours: shown as it is
    minute, hour, day, month, weekday = fields
    if not (minute.isdecimal() and hour.isdecimal() and month == "*"):
        return f"cron {text}"
    time = f"{int(hour):02}:{int(minute):02}"
    if day == weekday == "*":
        return f"daily at {time}"
    if day == "*" and re.fullmatch(r"[0-6](,[0-6])*", weekday):
        return f"weekly on {','.join(DAYS[int(number)] for number in weekday.split(','))} at {time}"
    names = [_day_text(term) for term in day.split(",") if day != "*"]
    names += [_nth_text(term) for term in weekday.split(",") if weekday != "*"]
    return f"monthly on {','.join(names)} at {time}" if all(names) else f"cron {text}"


def _day_text(term: str) -> str:
    """31 or last; nothing for what `--monthly` cannot say."""
    return "last" if term == "L" else term if term.isdecimal() else ""


def _nth_text(term: str) -> str:
    """2nd-Tue or last-Fri; nothing for what `--monthly` cannot say."""
    nth = {str(number): name for name, number in NTH.items()} | {"L": "last"}
    match = re.fullmatch(r"([0-7])(?:#([1-5])|(L))", term)
    return f"{nth[match[2] or match[3]]}-{DAYS[int(match[1]) % 7]}" if match else ""
