"""Schedules and their occurrences."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from netraven_cli.model.priority import NORMAL

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from netraven_cli.model.device import Selector


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSchedule:
    """When jobs of a type are to be due."""

    name: str
    type: str
    pattern: str  # canonical: "cron 30 2 * * *", "every 900", "at 2026-12-24T18:00:00Z"
    timezone: str  # an IANA name
    selector: Selector
    params: Mapping[str, Any] = field(default_factory=dict)
    priority: int = NORMAL
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(NewSchedule):
    """When jobs of a type are due."""

    id: int
    created_at: datetime
    seen_until: datetime  # occurrences up to here are on record
    next_due_at: datetime | None  # None: never again, or not enabled


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One due time of a schedule."""

    id: int
    schedule: str
    due_at: datetime
    state: str  # due, enqueued, missed
    run_id: str | None = None  # the run that enqueued it, and
    jobs: int | None = None  # how many jobs it enqueued
    reason: str | None = None
