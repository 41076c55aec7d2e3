"""What is to be done about a schedule when it is looked at: pure functions of it, its blackouts and the clock."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import TYPE_CHECKING

from netraven_cli.model.duration import in_words
from netraven_cli.model.schedule import ON_TIME
from netraven_cli.schedule.judge import first, judge, shown
from netraven_cli.schedule.occurrences import occurrences
from netraven_cli.schedule.wallclock import DAY

if TYPE_CHECKING:
    from netraven_cli.model import Schedule
    from netraven_cli.schedule.blackout import Busy

MOST_LOOKED_AT = 2000  # due times since the last look: more than a day of minutes
LISTED = 100  # due times that do not run are listed one by one, so many of them, the newest

Row = tuple[datetime, str, str]  # due at, state, reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What became due of a schedule since it was last looked at."""

    run: list[datetime]
    left: list[Row]  # those that do not run now, oldest first: deferred, skipped or missed, and why
    seen_until: datetime
    next_due_at: datetime | None  # when to look again; None: never


@dataclass(slots=True)
class _Found:
    """Due times by what becomes of them; of each kind no more than are listed."""

    keep: int
    ripe: deque[tuple[datetime, datetime]]  # due at, and since when it may run
    left: deque[Row]
    count: int = 0  # of all that were left or are ripe

    def leave(self, due_at: datetime, state: str, reason: str) -> None:
        """Note what does not run now."""
        self.left.append((due_at, state, reason))
        self.count += 1

    def ripen(self, due_at: datetime, at: datetime) -> None:
        """Note what may run; of those that one blackout deferred, the latest stands for all."""
        if self.ripe and self.ripe[-1][1] == at:
            before, _ = self.ripe.pop()
            self.leave(before, "skipped", _together(due_at))
        else:
            self.count += 1
        self.ripe.append((due_at, at))


def due(
    schedule: Schedule, now: datetime, held_back: Busy, deferred: datetime | None = None, limit: int = LISTED
) -> Due:
    """What is to be done about a schedule now.

    Args:
        schedule: as the database has it.
        now: the clock; if it went back, nothing is due until it has caught up.
        held_back: its blackouts.
        deferred: the due time that waited for the end of a blackout when it was last looked at.
        limit: how many due times that do not run are listed one by one, the newest ones.
    """
    seen_until = max(now, schedule.seen_until)
    keep = max(schedule.misfire, 1)
    found = _Found(keep, deque(maxlen=keep + limit), deque(maxlen=limit))
    waiting: Row | None = None
    waits_until = None
    after = _look_from(schedule, seen_until)
    fresh = occurrences(schedule.pattern, schedule.timezone, after, seen_until)
    for due_at in chain([deferred] if deferred else [], fresh):
        verdict = judge(schedule, held_back, due_at)
        if verdict.at is None:
            found.leave(due_at, "skipped", str(verdict.why))
        elif verdict.at <= seen_until:
            found.ripen(due_at, verdict.at)
        else:
            if waiting:
                found.leave(waiting[0], "skipped", _together(due_at))
            waiting, waits_until = (due_at, "deferred", str(verdict.why)), verdict.at
    run, missed = _choose(schedule, found, seen_until)
    left = sorted([*found.left, *missed])[-limit:]
    unlisted = found.count - len(run) - len(left)
    upcoming = [at for at in (first(schedule, seen_until), waits_until) if at]
    return Due(
        run=run,
        left=_counted(left, unlisted, exact=after == schedule.seen_until) + ([waiting] if waiting else []),
        seen_until=seen_until,
        next_due_at=min(upcoming, default=None),
    )


def _look_from(schedule: Schedule, until: datetime) -> datetime:
    """From where on due times are looked at: all since the last look, but of very many the newest alone."""
    back = DAY
    while until - back > schedule.seen_until:
        ahead = occurrences(schedule.pattern, schedule.timezone, until - back, until)
        if next(islice(ahead, MOST_LOOKED_AT, None), None):
            return until - back
        back *= 2
    return schedule.seen_until


def _choose(schedule: Schedule, found: _Found, now: datetime) -> tuple[list[datetime], list[Row]]:
    """The latest that are not too late; the others were missed."""
    grace = _grace(schedule)
    run = [due_at for due_at, at in found.ripe if grace is None or now - at <= grace][-found.keep :]
    missed = []
    for due_at, at in found.ripe:
        if grace is not None and now - at > grace:
            lateness = in_words((now - at).total_seconds())
            reason = f"noticed {lateness} late, after its grace of {in_words(grace.total_seconds())}"
            missed.append((due_at, "missed", reason))
        elif due_at not in run:
            missed.append((due_at, "missed", f"not run in time; {shown(run[-1])} is run in its place"))
    return run, missed


def _together(due_at: datetime) -> str:
    return f"deferred together with {shown(due_at)}"


def _grace(schedule: Schedule) -> timedelta | None:
    if schedule.grace_seconds is not None:
        return timedelta(seconds=schedule.grace_seconds)
    return None if schedule.misfire else ON_TIME


def _counted(left: list[Row], unlisted: int, *, exact: bool) -> list[Row]:
    """With the number of those that are not listed in the reason of the last one that is."""
    if not (unlisted and left):
        return left
    last, state, reason = left[-1]
    number = str(unlisted) if exact else f"at least {unlisted}"
    return [*left[:-1], (last, state, f"{reason}; {number} more before {shown(left[0][0])} are not listed")]
