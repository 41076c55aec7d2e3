"""How an attempt ends: settled, or put back. What is written is guarded by the token of its claim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, insert, select, update

from netraven_cli.model import Change, JobState, Outcome
from netraven_cli.store.events import record_events
from netraven_cli.store.queue import may, rank
from netraven_cli.store.tables import attempt, job

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from netraven_cli.store.claiming import Claimed


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How an attempt ended, as it is to be recorded."""

    job: Claimed
    runner_id: str
    outcome: Outcome
    error_class: str | None = None
    reason: str | None = None
    retry_at: datetime | None = None  # set exactly for Outcome.RETRY
    credential: str | None = None
    transcript: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """How an attempt ended, as it is on record."""

    outcome: Outcome
    changed: bool | None


def settle(connection: Connection, settled: Settlement, now: datetime) -> bool:
    """Record how an attempt ended; False if this runner no longer holds it: then nothing may be recorded of it."""
    after = _state_after(settled.outcome)
    values: dict[str, Any] = {
        "state": after.value,
        "runner_id": None,
        "error_class": settled.error_class,
        "reason": settled.reason,
        "finished_at": None if settled.retry_at else now,
        "interrupted_in_row": 0,
    }
    if settled.retry_at:
        values |= {"ready_at": settled.retry_at, "rank": rank(settled.job.priority, settled.retry_at)}
    if not _guarded(connection, Change.SETTLE, settled.job, settled.runner_id, values):
        if recorded(connection, settled) is None:
            refused = (settled.job.id, None, "stale", settled.runner_id, "late result refused")
            record_events(connection, [refused], now)
        return False
    why = settled.reason or settled.outcome.value
    event = (settled.job.id, "running", after.value, settled.runner_id, why)
    record_events(connection, [event], now, settled.error_class)
    return True


def recorded(connection: Connection, settled: Settlement) -> Recorded | None:
    """How this attempt stands on record already: the answer to the transaction that settled it was lost on the way."""
    mine = (attempt.c.job_id == settled.job.id, attempt.c.token == settled.job.token)
    query = select(attempt.c.outcome, attempt.c.changed).where(*mine, attempt.c.runner_id == settled.runner_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else Recorded(outcome=Outcome(row.outcome), changed=row.changed)


def add_attempt(connection: Connection, settled: Settlement, *, changed: bool | None, now: datetime) -> None:
    """Write the row of a settled attempt; `changed`: whether it brought another configuration than the last."""
    connection.execute(insert(attempt), {**_attempt_row(settled, now), "changed": changed})


def _state_after(outcome: Outcome) -> JobState:
    return JobState.SCHEDULED if outcome is Outcome.RETRY else JobState(outcome.value)


def _guarded(connection: Connection, change: Change, held: Claimed, runner_id: str, values: Mapping[str, Any]) -> bool:
    """Change a job that is still held under this token."""
    mine = (job.c.id == held.id, may(change), job.c.token == held.token, job.c.runner_id == runner_id)
    return connection.execute(update(job).where(*mine).values(**values)).rowcount == 1


def _attempt_row(settled: Settlement, now: datetime) -> dict[str, Any]:
    return {
        "job_id": settled.job.id,
        "number": settled.job.attempt,
        "token": settled.job.token,
        "runner_id": settled.runner_id,
        "outcome": settled.outcome.value,
        "error_class": settled.error_class,
        "reason": settled.reason,
        "credential": settled.credential,
        "transcript": settled.transcript,
        "started_at": settled.job.started_at,
        "finished_at": now,
    }


def put_back(connection: Connection, held: Claimed, *, runner_id: str, why: str, now: datetime) -> bool:
    """Give up a running job without counting the attempt; False if this runner no longer holds it."""
    values = {"state": "ready", "runner_id": None, "attempt": job.c.attempt - 1}
    if not _guarded(connection, Change.PUT_BACK, held, runner_id, values):
        return False
    record_events(connection, [(held.id, "running", "ready", runner_id, why)], now)
    return True
