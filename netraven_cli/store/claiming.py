"""The claim: take ready jobs under a lease."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Result, Row, and_, bindparam, literal_column, or_, select, update

from netraven_cli.model import Change
from netraven_cli.store.alone import may_join, together
from netraven_cli.store.deadlines import expire
from netraven_cli.store.events import chunks, record_events
from netraven_cli.store.pauses import unpaused
from netraven_cli.store.queue import IS_READY, IS_RUNNING, IS_SCHEDULED, may
from netraven_cli.store.tables import job
from netraven_cli.store.versions import lock_claims

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from netraven_cli.store.admission import Gate

COLUMNS: list[ColumnElement[Any]] = [  # of a candidate: no more than is needed, twice as many are read as are taken
    job.c.id, job.c.type, job.c.subject, job.c.params, job.c.priority, job.c.rank, job.c.attempt, job.c.token,
    job.c.schedule, job.c.exclusive_key, job.c.interrupted_in_row, job.c.max_attempts, job.c.timeout_seconds,
]  # fmt: skip


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
    max_attempts: int | None = None  # None: as the settings say
    timeout_seconds: float | None = None  # of an attempt; None: as the settings say


def promote(connection: Connection, now: datetime) -> int:
    """Make delayed jobs ready whose time has come; returns how many."""
    due = select(job.c.id).where(IS_SCHEDULED, job.c.ready_at <= now).order_by(job.c.ready_at).limit(1000)
    # Locked, since an operator may cancel one or put it off now; PostgreSQL looks at the condition again then.
    ids = connection.execute(due.with_for_update(skip_locked=True)).scalars().all()
    for chunk in chunks(ids):
        connection.execute(update(job).where(job.c.id.in_(chunk), may(Change.PROMOTE)).values(state="ready"))
    record_events(connection, ((id_, "scheduled", "ready", "queue", "its time has come") for id_ in ids), now)
    return len(ids)


def claim(
    connection: Connection,
    *,
    runner_id: str,
    types: Sequence[str],
    limit: int,
    now: datetime,
    make_gate: Callable[[], Gate | None] = lambda: None,
) -> list[Claimed]:
    """Take up to `limit` ready jobs, the most urgent first and never two of one exclusive key.

    Candidates are read first and then updated by their primary key: on PostgreSQL a condition on the state in
    the update makes the planner scan the index once per id when its statistics are old (measured: 22 times slower).

    Args:
        connection: a transaction.
        runner_id: who takes them.
        types: of which job types.
        limit: at most so many.
        now: the time of the queue.
        make_gate: called under the lock of the claims: what says which may start, or None if nothing holds any.
    """
    lock_claims(connection)
    expire(connection, now)
    promote(connection, now)
    gate, wanted = make_gate(), unpaused(connection, types)
    claimed: list[Claimed] = []
    while len(claimed) < limit:
        fitting = may_join(connection, runner_id)
        if fitting is None:
            break
        candidates, hidden = _candidates(connection, wanted, fitting, limit - len(claimed), now, gate)
        found = together(candidates)
        admitted = gate.admit(found) if gate else found
        claimed += _take(connection, admitted, runner_id, now)
        if not found or (len(admitted) == len(found) and not hidden):
            break  # else a limit is full now, or a device is busy: others may start in the place of those held by it
    if gate:
        gate.write(connection)
    return claimed


def _take(connection: Connection, chosen: Sequence[Row[Any]], runner_id: str, now: datetime) -> list[Claimed]:
    changes = {"state": "running", "runner_id": runner_id, "started_at": now}
    counters = {"attempt": job.c.attempt + 1, "token": job.c.token + 1}
    for chunk in chunks([row.id for row in chosen]):
        connection.execute(update(job).where(job.c.id.in_(chunk)).values(**changes, **counters))
    record_events(connection, ((row.id, "ready", "running", runner_id, "claimed") for row in chosen), now)
    return [_claimed(row, claims=1, started_at=now) for row in chosen]


def held_by(connection: Connection, runner_id: str) -> list[Claimed]:
    """What a runner holds."""
    rows: Result[Any] = connection.execute(
        select(*COLUMNS, job.c.started_at).where(IS_RUNNING, job.c.runner_id == runner_id)
    )
    return [_claimed(row, claims=0, started_at=row.started_at) for row in rows]


def _claimed(row: Row[Any], *, claims: int, started_at: datetime) -> Claimed:
    return Claimed(
        id=row.id, type=row.type, subject=row.subject, params=row.params, schedule=row.schedule, priority=row.priority,
        attempt=row.attempt + claims, token=row.token + claims, started_at=started_at, max_attempts=row.max_attempts,
        timeout_seconds=row.timeout_seconds,
    )  # fmt: skip


def _candidates(
    connection: Connection,
    types: Sequence[str],
    fitting: ColumnElement[bool],
    limit: int,
    now: datetime,
    gate: Gate | None,
) -> tuple[list[Row[Any]], bool]:
    """Jobs that may be taken, and whether others may be hidden behind several jobs of one exclusive key."""
    running = job.alias("running")
    busy = select(running.c.exclusive_key).where(
        literal_column("running.state = 'running'"), running.c.exclusive_key.is_not(None)
    )
    held = gate.conditions(connection) if gate else ()
    query = (
        select(*COLUMNS)
        .where(IS_READY, job.c.type == bindparam("of_type"), fitting)
        .where(or_(job.c.exclusive_key.is_(None), and_(job.c.exclusive_key.not_in(busy), *held)))
        .where(or_(job.c.expires_at.is_(None), job.c.expires_at > now))
        .order_by(job.c.rank, job.c.id)
        .limit(2 * limit)
        .with_for_update(skip_locked=True, of=job)
    )
    # One type at a time, since the index has the jobs of one in order: those of several would all be sorted.
    found = [row for type_ in types for row in connection.execute(query, {"of_type": type_})]
    rows = sorted(found, key=lambda row: (row.rank, row.id))[: 2 * limit]
    chosen: dict[str, Row[Any]] = {}
    for row in rows:
        chosen.setdefault(row.exclusive_key or f"job {row.id}", row)
    return list(chosen.values())[:limit], len(rows) == 2 * limit and len(chosen) < limit
