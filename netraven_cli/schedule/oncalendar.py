"""A pattern as OnCalendar= lines (man 7 systemd.time)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netraven_cli.schedule import cron
from netraven_cli.schedule.beside_jumps import left_out, shown_again
from netraven_cli.schedule.wake import apart, by_hours, interval_minutes, runs, step_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from netraven_cli.schedule.cron import Cron

DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
EVERY_DAY = "*-*-*"
EVERY_MINUTE = f"{EVERY_DAY} *:*:00 UTC"


def calendars(pattern: str, timezone: str, now: datetime) -> list[str]:
    """The calendar expressions that between them wake for each due time of a pattern, this year and the next.

    They wake at the due times alone where systemd can say them, and also at others where it cannot. What systemd
    leaves out and loses on days on which a clock jumps is said by lines of its own.
    """
    kind, _, text = pattern.partition(" ")
    if kind == "at":
        return [text.replace("T", " ").replace("Z", " UTC")]
    if kind == "every":
        return [f"{EVERY_DAY} {time} UTC" for time in _times(interval_minutes(int(text)))]
    rule = cron.read(text)
    if rule.every_hour and rule.every_date:
        return [f"{EVERY_DAY} *:{_spelt(_utc_minutes(rule, timezone, now), 59)}:00 UTC"]
    # Without steps: in a zone whose clock jumps, systemd 252 finds no next time for 00/7 ("Resource deadlock avoided").
    time = f"{_listed(rule.hours, 23)}:{_listed(rule.minutes, 59)}:00"
    beside = {*left_out(rule, timezone, now), *shown_again(rule, timezone, now)}
    return [f"{date} {time} {timezone}" for date in _dates(rule)] + _once(beside)


def _once(instants: Iterable[datetime]) -> list[str]:
    """Lines for single instants, those of one day together."""
    minutes: dict[str, set[int]] = {}
    for instant in sorted(instants):
        minutes.setdefault(f"{instant:%Y-%m-%d}", set()).add(instant.hour * 60 + instant.minute)
    return [f"{date} {time} UTC" for date, found in minutes.items() for time in _times(found)]


def _utc_minutes(rule: Cron, timezone: str, now: datetime) -> set[int]:
    """The minutes of any hour in UTC: zones are half and quarter hours apart too."""
    return {(minute + ahead) % 60 for minute in rule.minutes for ahead in apart(timezone, "UTC", now.year)}


def _times(minutes: Iterable[int]) -> list[str]:
    return [f"{_spelt(hours, 23)}:{_spelt(found, 59)}:00" for hours, found in by_hours(minutes)]


def _spelt(numbers: Iterable[int], high: int) -> str:
    """Numbers of a field: *, 00/15, 08..17 or a list."""
    chosen = set(numbers)
    step = step_of(chosen, high)
    return f"{min(chosen):02}/{step}" if step else _listed(chosen, high)


def _listed(numbers: Iterable[int], high: int, low: int = 0) -> str:
    """Numbers of a field: *, 08..17 or a list."""
    chosen = set(numbers)
    if chosen == set(range(low, high + 1)):
        return "*"
    return ",".join(_run(first, last) for first, last in runs(chosen))


def _run(first: int, last: int) -> str:
    if first == last:
        return f"{first:02}"
    return f"{first:02},{last:02}" if last == first + 1 else f"{first:02}..{last:02}"


def _dates(rule: Cron) -> list[str]:
    """Weekdays and dates. Both day fields at once mean either in cron, and both in systemd: two lines for one."""
    months = _listed(rule.months, 12, 1)
    if rule.every_day:
        parts = [("", "-*")]
    elif rule.either_day:
        parts = _month_days(rule) + _weekdays(rule)
    elif rule.every_weekday:
        parts = _month_days(rule)
    elif rule.every_month_day:
        parts = _weekdays(rule)
    else:
        parts = _both(rule)
    return [f"{names} *-{months}{days}".strip() for names, days in parts]


def _both(rule: Cron) -> list[tuple[str, str]]:
    """Day of month and day of week; where systemd cannot say both, the one that is said wakes too often."""
    from_the_end = rule.last_day or rule.last_working_day
    days = "*" if from_the_end else _days(rule.days)
    return [(names, part if part != "-*" else f"-{days}") for names, part in _weekdays(rule)]


def _days(days: Iterable[int]) -> str:
    """Days of the month, spelt out: after 31 December, systemd 252 goes on in a step (01/4) at its second day."""
    chosen = set(days)
    return "*" if len(chosen) == 31 else ",".join(_run(first, last) for first, last in runs(chosen))


def _month_days(rule: Cron) -> list[tuple[str, str]]:
    parts = [("", f"-{_days(rule.days)}")] if rule.days else []
    parts += [("", "~01")] if rule.last_day else []
    parts += [("Mon..Fri", "~03/1")] if rule.last_working_day else []  # the last three days, of which it is one
    return parts


def _weekdays(rule: Cron) -> list[tuple[str, str]]:
    parts = [(_names(rule.weekdays), "-*")] if rule.weekdays else []
    for nth in range(1, 6):
        days = {day for day, number in rule.nth_weekdays if number == nth}
        parts += [(_names(days), f"-{nth * 7 - 6:02}..{min(nth * 7, 31):02}")] if days else []
    parts += [(_names(rule.last_weekdays), "~07/1")] if rule.last_weekdays else []
    return parts


def _names(days: Iterable[int]) -> str:
    return ",".join(DAYS[day] for day in sorted(days))
