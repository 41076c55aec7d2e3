"""Due times beside a jump of a zone's clock, at which neither systemd nor cron wakes by its own rules.

systemd leaves out a time of day that the clock leaves out, and all that the clock shows a second time (systemd issues
5595 and 8647).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from netraven_cli.schedule import wallclock
from netraven_cli.schedule.occurrences import leaves_out, occurrences
from netraven_cli.schedule.wake import YEARS
from netraven_cli.schedule.wallclock import SECOND, Span

if TYPE_CHECKING:
    from datetime import datetime

    from netraven_cli.schedule.cron import Cron


def left_out(rule: Cron, timezone: str, now: datetime) -> list[datetime]:
    """The instants at which a rule is due because the clock went over its time."""
    jumps = _jumps(timezone, now.year)
    return [jump.start for jump in jumps if jump.offset > jump.before and leaves_out(rule, jump)]


def shown_again(rule: Cron, timezone: str, now: datetime) -> list[datetime]:
    """The instants at which a rule is due while the clock shows an hour for the second time."""
    return [
        instant
        for jump in _jumps(timezone, now.year)
        if jump.offset < jump.before and rule.repeats and _may_be_due(rule, jump)
        for instant in occurrences(f"cron {rule.text}", timezone, jump.start - SECOND, _end(jump) - SECOND)
    ]


def _may_be_due(rule: Cron, jump: Span) -> bool:
    """Whether one of a rule's hours is shown again: most are not, and asking for due times takes longer."""
    first, last = jump.opens, jump.expected - SECOND
    return any((first.hour + number) % 24 in rule.hours for number in range((last.hour - first.hour) % 24 + 1))


def _end(jump: Span) -> datetime:
    """When the clock has caught up with what it had shown before a jump back."""
    return jump.start + (jump.before - jump.offset)


@lru_cache(maxsize=1024)
def _jumps(timezone: str, year: int) -> tuple[Span, ...]:
    """The spans that begin with a jump, from the start of a year on: many schedules share a few zones."""
    begin = wallclock.EPOCH.replace(year=year)
    found = []
    for span in wallclock.spans(wallclock.zone_of(timezone), begin):
        if span.start.year >= year + YEARS:
            break
        if span.offset != span.before and span.start.year >= year:
            found.append(span)
    return tuple(found)
