"""What an operator should know of a schedule before it surprises him."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from netraven_cli.errors import DataError
from netraven_cli.schedule import cron, wallclock
from netraven_cli.schedule.occurrences import leaves_out, next_occurrence, shows_again

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from datetime import datetime

    from netraven_cli.model import Schedule

AHEAD = 400 * wallclock.DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to know; a problem asks for something to be done, a note does not."""

    schedule: str
    severity: str  # problem, note
    finding: str


def findings(schedule: Schedule, types: Container[str], now: datetime) -> list[Finding]:
    """All there is to know of a schedule; `types` are the job types that there are."""
    try:
        found = [("problem", text) for text in _problems(schedule, types, now)]
        found += [("note", text) for text in _notes(schedule, now)]
    except DataError as error:
        found = [("problem", str(error))]
    return [Finding(schedule=schedule.name, severity=severity, finding=text) for severity, text in found]


def _problems(schedule: Schedule, types: Container[str], now: datetime) -> Iterator[str]:
    if schedule.type not in types:
        yield f"there is no job type {schedule.type}; is its package installed? See: netraven handler list"
    if schedule.enabled and next_occurrence(schedule.pattern, schedule.timezone, now) is None:
        yield f"it is never due again; remove it with: netraven schedule remove {schedule.name}"


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
