"""What an operator should know of a schedule before it surprises him."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from netraven_cli.errors import DataError
from netraven_cli.schedule import cron, wallclock
from netraven_cli.schedule.blackout import busy
from netraven_cli.schedule.judge import coming, first, shown
from netraven_cli.schedule.occurrences import leaves_out, shows_again

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence
    from datetime import datetime

    from netraven_cli.model import Calendar, Schedule
    from netraven_cli.schedule.blackout import Busy

AHEAD = 400 * wallclock.DAY
BLACKOUTS_AHEAD = timedelta(days=30)
MOST_DUE_TIMES = 5000  # every quarter of an hour for 30 days, and more
SOON = timedelta(days=60)  # a calendar that ends within it is to be written out anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to know; a problem asks for something to be done, a note does not."""

    schedule: str
    severity: str  # problem, note
    finding: str
    also: tuple[str, ...] = ()  # other schedules that have a part in it


def findings(
    schedule: Schedule, types: Container[str], now: datetime, calendars: Sequence[Calendar] = ()
) -> list[Finding]:
    """All there is to know of a schedule; `types` are the job types that there are, `calendars` hold it back."""
    try:
        found = [("problem", text) for text in _problems(schedule, types, now)]
        found += [("problem", text) for text in _ending_calendars(calendars, now)]
        found += [("note", text) for text in _notes(schedule, now)]
        found += [("note", text) for text in _blackouts(schedule, busy(calendars, schedule.timezone), now)]
    except DataError as error:
        found = [("problem", str(error))]
    return [Finding(schedule=schedule.name, severity=severity, finding=text) for severity, text in found]


def _problems(schedule: Schedule, types: Container[str], now: datetime) -> Iterator[str]:
    if schedule.type not in types:
        yield f"there is no job type {schedule.type}; is its package installed? See: netraven handler list"
    if schedule.enabled and first(schedule, now) is None:
        yield f"it is never due again; remove it with: netraven schedule remove {schedule.name}"


def _ending_calendars(calendars: Sequence[Calendar], now: datetime) -> Iterator[str]:
    for one in calendars:
        if one.covers_until and one.covers_until < now + SOON:
            again = "bring it up to date with: netraven calendar import, or calendar edit --holidays"
            yield f"the calendar {one.name} is written out until {one.covers_until:%Y-%m-%d} alone; {again}"


def _blackouts(schedule: Schedule, held_back: Busy, now: datetime) -> Iterator[str]:
    """The first due time in a blackout, and how many there are in the days ahead."""
    if not schedule.blackouts:
        return
    until = now + BLACKOUTS_AHEAD
    ahead = list(takewhile(lambda due_at: due_at < until, islice(coming(schedule, now), MOST_DUE_TIMES)))
    held = [(due_at, found) for due_at in ahead if (found := held_back.blackout(due_at))]
    if held:
        due_at, (why, end) = held[0]
        ends = f" until {shown(end)}" if end else ""
        fate = "deferred" if schedule.on_blackout == "defer" and end else "skipped"
        yield f"{len(held)} of {len(ahead)} due times ahead lie in a blackout: {shown(due_at)} is {fate}, {why}{ends}"


def _notes(schedule: Schedule, now: datetime) -> Iterator[str]:
    if schedule.pattern.startswith("cron "):
        rule = cron.read(schedule.pattern.removeprefix("cron "))
        yield from _short_months(rule)
        yield from _jumps(rule, schedule.timezone, now)


def _short_months(rule: cron.Cron) -> Iterator[str]:
    lacking = min(rule.days, default=0) > 28 and not (rule.last_day or rule.last_working_day or rule.either_day)
    if lacking:
        yield f"it is not due in months without a day {min(rule.days)}; for the last day of each: --monthly last@HH:MM"


def _jumps(rule: cron.Cron, timezone: str, now: datetime) -> Iterator[str]:
    """The days ahead on which the zone's clock jumps over a due time or shows it twice."""
    ahead = takewhile(lambda span: span.start < now + AHEAD, wallclock.spans(wallclock.zone_of(timezone), now))
    for span in ahead:
        if span.start <= now:
            continue
        moment = f"{span.start:%Y-%m-%dT%H:%M:%SZ}"
        if leaves_out(rule, span):
            yield f"the clock of {timezone} leaves out its time on {span.expected:%Y-%m-%d}: it is due at {moment}"
        if shows_again(rule, span):
            yield f"the clock of {timezone} shows its time twice on {span.opens:%Y-%m-%d}: it is due the first time"
