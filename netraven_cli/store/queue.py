"""The queue: enqueue, claim, settle, put back. Every change of state is one guarded statement with its event row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, literal_column, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from netraven_cli.model import Change, JobState, NewJob, Outcome
from netraven_cli.store import capacity
from netraven_cli.store.deadlines import expire
from netraven_cli.store.events import chunks, record_events
from netraven_cli.store.pauses import unpaused
from netraven_cli.store.tables import attempt, job
from netraven_cli.store.times import microseconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from netraven_cli.settings.keys import QueueSettings

HEAD_START = timedelta(minutes=1)  # what one point of priority is worth: so low ones age and are never starved
CLAIM_LOCK = 0x6E657472_6176  # any number that is ours: one claimer at a time (PostgreSQL)


def may(change: Change) -> ColumnElement[bool]:
    """The guard of a change. Literals: SQLite takes a partial index only for a condition that it can see."""
    return literal_column("(" + " OR ".join(f"job.state = '{state.value}'" for state in change.before) + ")")


IS_READY = may(Change.CLAIM)
IS_SCHEDULED = may(Change.PROMOTE)
IS_RUNNING = may(Change.SETTLE)
IS_LIVE: ColumnElement[bool] = literal_column("job.state IN ('scheduled', 'ready', 'running')")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A job that this runner holds; the token guards what it writes about this attempt."""

    id: int
    type: str
    subject: str
    params: Mapping[str, Any]
    priority: int
    attempt: int
    token: int
    schedule: str | None
    started_at: datetime


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


def rank(priority: int, ready_at: datetime) -> int:
    """The order of ready jobs, smaller is sooner: a point of priority counts as much as a minute of waiting."""
    return microseconds(ready_at - priority * HEAD_START)


def enqueue(
    connection: Connection,
    jobs: Sequence[NewJob],
    *,
    now: datetime,
    run_id: str | None,
    who: str,
    limits: QueueSettings | None = None,
) -> list[int]:
    """Queue jobs in one batch; returns the id of each, or of the live job that has its dedupe key already.

    Raises:
        QueueFullError: they do not fit in; the caller's transaction must be rolled back.
    """
    if not jobs:
        return []
    if limits:
        capacity.lock(connection, limits)
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(job).on_conflict_do_nothing().returning(job.c.id, job.c.state, job.c.dedupe_key)
    made = connection.execute(statement, [_row(new, now, run_id) for new in jobs]).all()
    record_events(connection, ((row.id, None, row.state, who, "submitted") for row in made), now)
    if limits and made:
        capacity.check(connection, limits, {new.type for new in jobs})
    known = {row.dedupe_key for row in made}
    wanted = [new.dedupe_key for new in jobs if new.dedupe_key and new.dedupe_key not in known]
    return [row.id for row in made] + _live(connection, wanted)


def _row(new: NewJob, now: datetime, run_id: str | None) -> dict[str, Any]:
    ready_at = max(new.ready_at or now, now)
    return {
        "type": new.type,
        "subject": new.subject,
        "params": dict(new.params),
        "state": (JobState.SCHEDULED if ready_at > now else JobState.READY).value,
        "priority": new.priority,
        "rank": rank(new.priority, ready_at),
        "dedupe_key": new.dedupe_key,
        "exclusive_key": new.exclusive_key,
        "schedule": new.schedule,
        "attempt": 0,
        "interruptions": 0,
        "token": 0,
        "run_id": run_id,
        "cancel_requested": False,
        "created_at": now,
        "ready_at": ready_at,
        "expires_at": new.expires_at,
    }


def _live(connection: Connection, dedupe_keys: Sequence[str]) -> list[int]:
    found: list[int] = []
    for chunk in chunks(dedupe_keys):
        query = select(job.c.id).where(job.c.dedupe_key.in_(chunk), IS_LIVE)
        found += connection.execute(query).scalars()
    return found


def promote(connection: Connection, now: datetime) -> int:
    """Make delayed jobs ready whose time has come; returns how many."""
    due = select(job.c.id).where(IS_SCHEDULED, job.c.ready_at <= now).order_by(job.c.ready_at).limit(1000)
    # Locked, since an operator may cancel one or put it off now; PostgreSQL looks at the condition again then.
    ids = connection.execute(due.with_for_update(skip_locked=True)).scalars().all()
    for chunk in chunks(ids):
        connection.execute(update(job).where(job.c.id.in_(chunk), may(Change.PROMOTE)).values(state="ready"))
    record_events(connection, ((id_, "scheduled", "ready", "queue", "its time has come") for id_ in ids), now)
    return len(ids)


def claim(connection: Connection, *, runner_id: str, types: Sequence[str], limit: int, now: datetime) -> list[Claimed]:
    """Take up to `limit` ready jobs, the most urgent first and never two of one exclusive key.

    Candidates are read first and then updated by their primary key: on PostgreSQL a condition on the state in
    the update makes the planner scan the index once per id when its statistics are old (measured: 22 times slower).
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(CLAIM_LOCK)))
    expire(connection, now)
    promote(connection, now)
    chosen = _candidates(connection, unpaused(connection, types), limit, now)
    if not chosen:
        return []
    changes = {"state": "running", "runner_id": runner_id, "started_at": now}
    counters = {"attempt": job.c.attempt + 1, "token": job.c.token + 1}
    for chunk in chunks([row.id for row in chosen]):
        connection.execute(update(job).where(job.c.id.in_(chunk)).values(**changes, **counters))
    record_events(connection, ((row.id, "ready", "running", runner_id, "claimed") for row in chosen), now)
    return [
        Claimed(
            id=row.id, type=row.type, subject=row.subject, params=row.params, schedule=row.schedule,
            priority=row.priority,
            attempt=row.attempt + 1, token=row.token + 1, started_at=now,
        )
        for row in chosen
    ]  # fmt: skip


def _candidates(connection: Connection, types: Sequence[str], limit: int, now: datetime) -> list[Row[Any]]:
    running = job.alias("running")
    busy = select(running.c.exclusive_key).where(
        literal_column("running.state = 'running'"), running.c.exclusive_key.is_not(None)
    )
    query = (
        select(job)
        .where(IS_READY, job.c.type.in_(types), or_(job.c.exclusive_key.is_(None), job.c.exclusive_key.not_in(busy)))
        .where(or_(job.c.expires_at.is_(None), job.c.expires_at > now))
        .order_by(job.c.rank, job.c.id)
        .limit(2 * limit)
        .with_for_update(skip_locked=True, of=job)
    )
    chosen: dict[str, Row[Any]] = {}
    for row in connection.execute(query):
        chosen.setdefault(row.exclusive_key or f"job {row.id}", row)
    return list(chosen.values())[:limit]


def settle(connection: Connection, settled: Settlement, now: datetime) -> bool:
    """Record how an attempt ended; False if this runner no longer holds it: then nothing may be recorded of it."""
    after = _state_after(settled.outcome)
    values: dict[str, Any] = {
        "state": after.value,
        "runner_id": None,
        "error_class": settled.error_class,
        "reason": settled.reason,
        "finished_at": None if settled.retry_at else now,
    }
    if settled.retry_at:
        values |= {"ready_at": settled.retry_at, "rank": rank(settled.job.priority, settled.retry_at)}
    if not _guarded(connection, Change.SETTLE, settled.job, settled.runner_id, values):
        record_events(connection, [(settled.job.id, None, "stale", settled.runner_id, "late result refused")], now)
        return False
    why = settled.reason or settled.outcome.value
    record_events(connection, [(settled.job.id, "running", after.value, settled.runner_id, why)], now)
    return True


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
