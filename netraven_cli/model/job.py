"""Jobs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from netraven_cli.model.priority import NORMAL, Priority

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class JobState(str, Enum):
    """Where a job stands; the last three are final."""

    SCHEDULED = "scheduled"
    READY = "ready"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    DEAD = "dead"
    CANCELLED = "cancelled"


class Change(Enum):
    """All that can happen to a job's state: from which states, to which. What is not here does not happen."""

    SUBMIT = (), (JobState.SCHEDULED, JobState.READY)
    PROMOTE = (JobState.SCHEDULED,), (JobState.READY,)
    CLAIM = (JobState.READY,), (JobState.RUNNING,)
    SETTLE = (JobState.RUNNING,), (JobState.SUCCEEDED, JobState.SCHEDULED, JobState.DEAD, JobState.CANCELLED)
    PUT_BACK = (JobState.RUNNING,), (JobState.READY,)
    RESCUE = (JobState.RUNNING,), (JobState.READY, JobState.DEAD, JobState.CANCELLED)
    CANCEL = (JobState.SCHEDULED, JobState.READY), (JobState.CANCELLED,)  # by an operator, or as expired
    RETRY = (JobState.DEAD, JobState.CANCELLED), (JobState.READY,)
    DROP = (JobState.DEAD,), (JobState.CANCELLED,)
    RESCHEDULE = (JobState.SCHEDULED, JobState.READY), (JobState.SCHEDULED, JobState.READY)

    def __init__(self, before: tuple[JobState, ...], after: tuple[JobState, ...]) -> None:
        self.before, self.after = before, after


class Outcome(str, Enum):
    """How an attempt ended."""

    SUCCEEDED = "succeeded"
    RETRY = "retry"
    DEAD = "dead"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job to be queued."""

    type: str
    subject: str
    params: Mapping[str, Any] = field(default_factory=dict)
    priority: int = NORMAL
    ready_at: datetime | None = None  # None: now
    expires_at: datetime | None = None  # no attempt begins from then on
    dedupe_key: str | None = None  # at most one live job has it
    replaces: bool = False  # a waiting job of that key is cancelled for this one; else that one is kept
    exclusive_key: str | None = None  # at most one running job has it (one session per device)
    schedule: str | None = None
    occurrence_id: int | None = None  # the due time of the schedule
    max_attempts: int | None = None  # None: as the settings say
    timeout_seconds: float | None = None  # of an attempt; None: as the settings say
    zone: str | None = None  # zones and schedules take turns within one priority


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """A job as the database has it."""

    id: int
    type: str
    subject: str
    params: Mapping[str, Any]
    state: JobState
    priority: Priority
    attempt: int
    interruptions: int
    schedule: str | None
    zone: str | None
    batch_id: int | None
    runner_id: str | None
    error_class: str | None
    reason: str | None
    created_at: datetime
    ready_at: datetime
    expires_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
