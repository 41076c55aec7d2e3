"""Whether a due time runs: at once, at the end of a blackout, or not, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from netraven_cli.schedule import hours
from netraven_cli.schedule.occurrences import occurrences
from netraven_cli.schedule.wallclock import MICROSECOND, to_utc, wall_of, zone_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from netraven_cli.model import NewSchedule
    from netraven_cli.schedule.blackout import Busy

ROUNDS = 50  # from one blackout into the next, and past a closed window
LONGEST_SEARCH = 20_000  # due times: intervals meet weekly hours within 10,080, their common multiple with a week


@dataclass(frozen=True, slots=True)
class Verdict:
    """When a due time runs; `why` says what skips or defers it."""

    at: datetime | None
    why: str | None = None


def judge(schedule: NewSchedule, held_back: Busy, due_at: datetime) -> Verdict:
    """What becomes of a due time."""
    if not in_window(schedule, due_at):
        return Verdict(None, f"outside its window {', '.join(schedule.window)}")
    at, why = due_at, None
    for _ in range(ROUNDS):
        narrowed = _narrowed(schedule, at)
        if narrowed:
            return Verdict(None, narrowed)
        blackout = held_back.blackout(at)
        if blackout is None:
            return Verdict(at, why)
        why, end = blackout
        why += f" until {shown(end)}" if end else " without an end"
        if schedule.on_blackout == "skip" or end is None:
            return Verdict(None, why)
        at = _opening(schedule, end)
    return Verdict(None, f"{why}, and no time that is free after it")


def coming(schedule: NewSchedule, after: datetime) -> Iterator[datetime]:
    """The due times after an instant that window and validity leave, without end; it may find no more of them."""
    if schedule.valid_from:
        after = max(after, schedule.valid_from - MICROSECOND)
    closed = 0
    for due_at in occurrences(schedule.pattern, schedule.timezone, after, schedule.valid_until):
        if in_window(schedule, due_at):
            closed = 0
            yield due_at
        elif closed == LONGEST_SEARCH:
            return
        else:
            closed += 1


def first(schedule: NewSchedule, after: datetime) -> datetime | None:
    """The first of the coming due times; None if there is none."""
    return next(coming(schedule, after), None)


def in_window(schedule: NewSchedule, instant: datetime) -> bool:
    """Whether the window is open at an instant; it is half open, and always open if there is none."""
    if not schedule.window:
        return True
    return hours.read(schedule.window).cover(wall_of(instant, zone_of(schedule.timezone)))


def shown(instant: datetime) -> str:
    """An instant in a sentence."""
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def _narrowed(schedule: NewSchedule, at: datetime) -> str | None:
    if schedule.valid_from and at < schedule.valid_from:
        return f"not valid before {shown(schedule.valid_from)}"
    if schedule.valid_until and at > schedule.valid_until:
        return f"not valid after {shown(schedule.valid_until)}"
    if schedule.paused_until and at < schedule.paused_until:
        reason = f": {schedule.pause_reason}" if schedule.pause_reason else ""
        return f"paused until {shown(schedule.paused_until)}{reason}"
    return None


def _opening(schedule: NewSchedule, instant: datetime) -> datetime:
    """The first instant from one on at which the window is open."""
    if in_window(schedule, instant):
        return instant
    zone = zone_of(schedule.timezone)
    wall = wall_of(instant, zone)
    opens = hours.read(schedule.window).opening(wall)
    found = to_utc(opens, zone)
    return found if found > instant else instant + (opens - wall)  # the clock shows the hours a second time
