"""What a schedule says of its jobs: when each may start, how often it is tried, and how long."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from netraven_cli.model import place_in_spread
from netraven_cli.model.schedule import ON_TIME

if TYPE_CHECKING:
    from datetime import datetime

    from netraven_cli.model import NewJob
    from netraven_cli.runner.run import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLimits:
    """The part of a schedule that its jobs carry."""

    due_at: datetime | None = None
    spread_seconds: int = 0
    max_attempts: int | None = None
    timeout_seconds: float | None = None
    max_runtime_seconds: int | None = None


def scheduled(job: NewJob, plan: Plan, now: datetime) -> NewJob:
    """A job of a handler's plan as its schedule wants it."""
    limits = plan.limits
    begin = _begin(limits, now)
    offset = place_in_spread(plan.schedule or "", job.subject, limits.spread_seconds)
    expires_at = job.expires_at
    if limits.max_runtime_seconds:
        expires_at = begin + timedelta(seconds=limits.max_runtime_seconds)
    return replace(
        job,
        schedule=plan.schedule,
        occurrence_id=plan.occurrence_id,
        priority=job.priority if plan.priority is None else plan.priority,
        ready_at=begin + offset if offset else job.ready_at,
        expires_at=expires_at,
        max_attempts=limits.max_attempts,
        timeout_seconds=limits.timeout_seconds,
    )


def _begin(limits: JobLimits, now: datetime) -> datetime:
    """The due time, so that each device keeps its minute; of what runs late, now: else all would start at once."""
    on_time = limits.due_at is not None and now - limits.due_at <= ON_TIME
    return limits.due_at if limits.due_at and on_time else now
