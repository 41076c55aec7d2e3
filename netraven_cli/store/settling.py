"""How an attempt ends: settled, or put back. What is written is guarded by the token of its claim."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Update, select, update

from netraven_cli.model import Change, JobState, Outcome
from netraven_cli.store.events import chunks, record_events
from netraven_cli.store.queue import rank
from netraven_cli.store.rows import given, insert_rows, parameters
from netraven_cli.store.tables import attempt, job

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from netraven_cli.store.claiming import Claimed

GUARD = ("id", "token", "runner_id")
FINAL = ("state", "error_class", "reason", "finished_at")
RETRY = (*FINAL, "ready_at", "rank")


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
    refused: tuple[str, ...] = ()  # credentials, by name
    transcript: str | None = None
    findings: Mapping[str, Any] | None = None  # as JSON has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """How an attempt ended, as it is on record."""

    outcome: Outcome
    changed: bool | None


def settle(connection: Connection, ended: Sequence[Settlement], now: datetime) -> list[bool]:
    """Record how attempts ended; False for one that its runner no longer holds: nothing may be recorded of that."""
    holds = _holds(connection, Change.SETTLE, [(one.job, one.runner_id) for one in ended])
    settled = [one for one, held in zip(ended, holds, strict=True) if held]
    _change(connection, FINAL, [_job_row(one, now) for one in settled if not one.retry_at])
    _change(connection, RETRY, [_job_row(one, now) for one in settled if one.retry_at])
    events = [
        (_event(one, held=held), one.error_class if held else None)
        for one, held in zip(ended, holds, strict=True)
        if held or recorded(connection, one) is None
    ]
    for error_class in dict.fromkeys(each for _, each in events):
        record_events(connection, [event for event, each in events if each == error_class], now, error_class)
    return holds


def add_attempts(connection: Connection, settled: Sequence[tuple[Settlement, bool | None]], now: datetime) -> None:
    """Write the rows of settled attempts, each with whether it brought another configuration than the last."""
    insert_rows(connection, attempt, [{**_attempt_row(one, now), "changed": changed} for one, changed in settled])


def put_back(connection: Connection, held: Claimed, *, runner_id: str, why: str, now: datetime) -> bool:
    """Give up a running job without counting the attempt; False if this runner no longer holds it."""
    if _holds(connection, Change.PUT_BACK, [(held, runner_id)]) != [True]:
        return False
    back = update(job).where(job.c.id == held.id, job.c.token == held.token)
    connection.execute(back.values(state="ready", runner_id=None, attempt=job.c.attempt - 1))
    record_events(connection, [(held.id, "running", "ready", runner_id, why)], now)
    return True


def recorded(connection: Connection, settled: Settlement) -> Recorded | None:
    """How this attempt stands on record already: the answer to the transaction that settled it was lost on the way."""
    mine = (attempt.c.job_id == settled.job.id, attempt.c.token == settled.job.token)
    query = select(attempt.c.outcome, attempt.c.changed).where(*mine, attempt.c.runner_id == settled.runner_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else Recorded(outcome=Outcome(row.outcome), changed=row.changed)


def _holds(connection: Connection, change: Change, claims: Sequence[tuple[Claimed, str]]) -> list[bool]:
    """Whether each job is still held by this runner under this token; locked, so that it stays so.

    Read by the primary key alone: with a condition on the state PostgreSQL may choose the index of running jobs by
    old statistics, and read it once for each of them (see claiming.claim).
    """
    holders: dict[int, tuple[int, str]] = {}
    columns = (job.c.id, job.c.state, job.c.token, job.c.runner_id)
    for chunk in chunks([claimed.id for claimed, _ in claims]):
        for row in connection.execute(select(*columns).where(job.c.id.in_(chunk)).with_for_update()):
            if JobState(row.state) in change.before:
                holders[row.id] = (row.token, row.runner_id)
    return [holders.get(claimed.id) == (claimed.token, runner_id) for claimed, runner_id in claims]


def _change(connection: Connection, columns: tuple[str, ...], rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        dialect = connection.dialect.name
        connection.execute(_changing(dialect, columns), parameters(dialect, rows, GUARD + columns))


@cache
def _changing(dialect: str, columns: tuple[str, ...]) -> Update:
    """The update of jobs that are held: again with their tokens, so that it can do nothing else."""
    new = given(dialect, job, GUARD + columns)
    mine = [job.c[name] == new[name] for name in GUARD]
    return (
        update(job).where(*mine).values(runner_id=None, interrupted_in_row=0, **{name: new[name] for name in columns})
    )


def _job_row(one: Settlement, now: datetime) -> dict[str, Any]:
    return {
        "id": one.job.id,
        "token": one.job.token,
        "runner_id": one.runner_id,
        "state": _state_after(one.outcome).value,
        "error_class": one.error_class,
        "reason": one.reason,
        "finished_at": None if one.retry_at else now,
        "ready_at": one.retry_at,
        "rank": rank(one.job.priority, one.retry_at) if one.retry_at else None,
    }


def _state_after(outcome: Outcome) -> JobState:
    return JobState.SCHEDULED if outcome is Outcome.RETRY else JobState(outcome.value)


def _event(one: Settlement, *, held: bool) -> tuple[int, str | None, str, str, str]:
    if not held:
        return one.job.id, None, "stale", one.runner_id, "late result refused"
    return one.job.id, "running", _state_after(one.outcome).value, one.runner_id, one.reason or one.outcome.value


def _attempt_row(one: Settlement, now: datetime) -> dict[str, Any]:
    return {
        "job_id": one.job.id,
        "number": one.job.attempt,
        "token": one.job.token,
        "runner_id": one.runner_id,
        "outcome": one.outcome.value,
        "error_class": one.error_class,
        "reason": one.reason,
        "credential": one.credential,
        "refused": list(one.refused) or None,
        "transcript": one.transcript,
        "findings": one.findings,
        "started_at": one.job.started_at,
        "finished_at": now,
    }
