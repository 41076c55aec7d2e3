"""Schedules as a crontab, for supercronic (in UTC) or for the cron of the system (in its time zone).

Lines wake NetRaven at a superset of what is due, whatever the offset of a schedule's zone on that day; the database
drops what is not due. They use only what all crons agree on: numbers, ranges and steps in five fields.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Literal

from netraven_cli.errors import DataError
from netraven_cli.schedule import cron
from netraven_cli.schedule.beside_jumps import left_out
from netraven_cli.schedule.template import fill
from netraven_cli.schedule.wake import DAY_MINUTES, apart, by_hours, interval_minutes, runs, step_of
from netraven_cli.schedule.wallclock import zone_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from netraven_cli.model import Schedule
    from netraven_cli.schedule.cron import Cron
    from netraven_cli.schedule.systemd import Installation

Target = Literal["supercronic", "crond"]
EVERY_DATE = "* * *"


def render(
    schedules: Iterable[Schedule], installation: Installation, now: datetime, target: Target, timezone: str = "UTC"
) -> str:
    """The crontab of all enabled schedules.

    Args:
        schedules: one-time ones get no line: supercronic spins on a line that never comes again
            (https://github.com/aptible/supercronic/issues/96).
        installation: what the lines call.
        now: offsets of zones are looked up for 400 days from here.
        target: supercronic knows CRON_TZ and no user column; a file of /etc/cron.d has the column, and Debian's cron
            ignores CRON_TZ.
        timezone: in which cron reads the lines: the system's for crond.

    Raises:
        DataError: a schedule has a name that no line can have.
    """
    lines = [
        f"{fields} {_command(installation, target, ['run', schedule.type, '--schedule', schedule.name])}"
        for schedule in schedules
        if schedule.enabled
        for fields in wake_fields(schedule.pattern, schedule.timezone, now, timezone)
    ]
    due = f"* * * * * {_command(installation, target, ['run', '--due'])}"
    head = "CRON_TZ=UTC" if target == "supercronic" else f"# The times are those of this machine's zone, {timezone}."
    return fill("crontab", {"target": target, "head": head, "due": due, "lines": "\n".join(lines)})


def wake_fields(pattern: str, timezone: str, now: datetime, cron_timezone: str = "UTC") -> list[str]:
    """The five fields of each line that a pattern needs: none for a single time."""
    kind, _, text = pattern.partition(" ")
    if kind == "at":
        return []
    if kind == "every":
        minutes = interval_minutes(int(text))
        ahead = apart("UTC", cron_timezone, now.year)
        return _lines({(minute + shift) % DAY_MINUTES for minute in minutes for shift in ahead}, EVERY_DATE)
    rule = cron.read(text)
    same_day, any_day = _minutes(rule, apart(timezone, cron_timezone, now.year))
    dates = _dates(rule)
    if dates == EVERY_DATE:
        lines = _lines(same_day | any_day, EVERY_DATE)
    else:
        lines = _lines(same_day - any_day, dates) + _lines(any_day, EVERY_DATE)
    # What a clock that jumps forward leaves out is due at the jump; as cron knows no years, that day of each year.
    made_up = [instant.astimezone(zone_of(cron_timezone)) for instant in left_out(rule, timezone, now)]
    return lines + [f"{shown.minute} {shown.hour} {shown.day} {shown.month} *" for shown in made_up]


def _minutes(rule: Cron, ahead: Iterable[int]) -> tuple[set[int], set[int]]:
    """A rule's minutes of the day on cron's clock: those of the same day, and those moved to another one."""
    same_day: set[int] = set()
    any_day: set[int] = set()
    for minute in {hour * 60 + minute for hour in rule.hours for minute in rule.minutes}:
        for shift in ahead:
            days, moved = divmod(minute + shift, DAY_MINUTES)
            (any_day if days else same_day).add(moved)
    return same_day, any_day


def _dates(rule: Cron) -> str:
    """Day of month, month and day of week, so that no day of the rule is left out."""
    months = _spelt(rule.months, 1, 12)
    days = set(rule.days)
    days |= set(range(28, 32)) if rule.last_day else set()
    days |= set(range(26, 32)) if rule.last_working_day else set()
    weekdays = rule.weekdays | rule.last_weekdays | {day for day, _ in rule.nth_weekdays}
    if rule.every_day:
        return f"* {months} *"
    if rule.either_day:
        return f"{_listed(days)} {months} {_listed(weekdays)}"  # with a star in front, both would have to match
    if rule.every_month_day:
        return f"* {months} {_spelt(weekdays, 0, 6)}"
    return f"{_spelt(days, 1, 31)} {months} *"  # crons differ in what both fields mean when one begins with a star


def _lines(minutes: Iterable[int], dates: str) -> list[str]:
    return [f"{_spelt(found, 0, 59)} {_spelt(hours, 0, 23)} {dates}" for hours, found in by_hours(minutes)]


def _spelt(numbers: Iterable[int], low: int, high: int) -> str:
    """Numbers of a field: *, */15, 3-59/7, 8-17 or a list."""
    chosen = set(numbers)
    if chosen == set(range(low, high + 1)):
        return "*"
    step = step_of(chosen, high)
    if step:
        return f"*/{step}" if min(chosen) == low else f"{min(chosen)}-{high}/{step}"
    return _listed(chosen)


def _listed(numbers: Iterable[int]) -> str:
    """Numbers of a field: 8-17 or a list."""
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs(numbers))


def _command(installation: Installation, target: Target, arguments: Iterable[str]) -> str:
    """A shell line. The settings file is named by the environment: `run --due` has its short way with no option."""
    words = [*installation.command, *arguments]
    config = str(installation.config or "")
    wrong = next((word for word in [config, *words] if not (word.isprintable() or word == "")), None)
    if wrong is not None:
        raise DataError(f"{wrong!r} cannot stand in a crontab: it does not fit on one line; give it another name")
    quote = shlex.quote if target == "supercronic" else _quote_for_cron
    line = " ".join(quote(word) for word in words)
    named = f"NETRAVEN_CONFIG={quote(config)} {line}" if config else line
    return named if target == "supercronic" else f"{installation.user} {named}"


def _quote_for_cron(word: str) -> str:
    r"""A word for a shell that cron starts: cron ends a command at % and takes \% for one (man 5 crontab).

    Whether it sees the backslash depends on those before it, so that each \% stands in quotes of its own.
    """
    return '"\\%"'.join(shlex.quote(part) if part else "" for part in word.split("%")) or "''"
