"""Schedules, their occurrences, and the calendars that hold them back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from netraven_cli.model.priority import NORMAL

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from netraven_cli.model.device import Selector

ON_TIME = timedelta(minutes=5)  # the timers wake each minute: what is noticed so soon was not missed


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSchedule:
    """When jobs of a type are to be due, when not, and how they are to be done."""

    name: str
    type: str
    pattern: str  # canonical: "cron 30 2 * * *", "every 900", "at 2026-12-24T18:00:00Z"
    timezone: str  # an IANA name
    selector: Selector
    params: Mapping[str, Any] = field(default_factory=dict)
    priority: int = NORMAL
    enabled: bool = True
    window: tuple[str, ...] = ()  # weekly hours in which it may be due: "Mon,Tue 22:00-06:00"; none: always
    blackouts: tuple[str, ...] = ()  # names of calendars that hold it back
    on_blackout: str = "skip"  # or defer: to the end of the blackout
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    misfire: int = 1  # after downtime at most so many missed due times are run, the latest; 0: none that is late
    grace_seconds: int | None = (
        None  # what is noticed later than this is not run; None: no limit, ON_TIME for misfire 0
    )
    overlap: str = "allow"  # while jobs of an earlier occurrence live: allow, queue (one waits), skip
    spread_seconds: int = 0  # each device starts at a place of its own within so long after the due time
    attempts: int | None = None  # per job; None: as the settings say
    timeout_seconds: int | None = None  # of an attempt; None: as the settings say
    max_runtime_seconds: int | None = None  # no attempt begins so long after the due time
    paused_until: datetime | None = None
    pause_reason: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(NewSchedule):
    """When jobs of a type are due."""

    id: int
    created_at: datetime
    seen_until: datetime  # occurrences up to here are on record
    next_due_at: datetime | None  # when to look at it next; None: never again, or not enabled


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One due time of a schedule."""

    id: int
    schedule: str
    due_at: datetime
    state: str  # due, enqueued; deferred (to the end of a blackout); skipped (as it was told to); missed
    run_id: str | None = None  # the run that enqueued it, and
    jobs: int | None = None  # how many jobs it enqueued,
    coalesced: int | None = None  # and how many it did not, since their devices had a live job of the type
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRule:
    """A stretch of time in a calendar."""

    rule: str  # canonical: "2026-12-24/2027-01-02", "2026-12-24T18:00/2026-12-27T06:00", "Sun 08:00-18:00"
    summary: str | None = None
    origin: str = "operator"  # or file, holidays: what is given anew as a whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Named stretches of time in which schedules are held back."""

    name: str
    note: str | None = None
    covers_until: datetime | None = None  # how far a file or the holidays were written out; None: there are none
    rules: tuple[CalendarRule, ...] = ()


def place_in_spread(schedule: str, subject: str, spread_seconds: int) -> timedelta:
    """How long after the due time a subject starts: the same at each occurrence, on any host."""
    if not spread_seconds:
        return timedelta()
    digest = sha256(f"{schedule}\0{subject}".encode()).digest()
    return timedelta(seconds=int.from_bytes(digest[:8], "big") % spread_seconds)
