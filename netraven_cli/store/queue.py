"""The queue: what may happen to a job, and how jobs get in. Each change is a guarded statement with its event row."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, literal_column, select
from sqlalchemy.dialects import postgresql, sqlite

from netraven_cli.model import Change, JobState, NewJob
from netraven_cli.store import capacity
from netraven_cli.store.events import chunks, record_events
from netraven_cli.store.tables import job
from netraven_cli.store.times import microseconds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from netraven_cli.settings.sections import QueueSettings

HEAD_START = timedelta(minutes=1)  # what one point of priority is worth: so low ones age and are never starved


def may(change: Change) -> ColumnElement[bool]:
    """The guard of a change. Literals: SQLite takes a partial index only for a condition that it can see."""
    return literal_column("(" + " OR ".join(f"job.state = '{state.value}'" for state in change.before) + ")")


IS_READY = may(Change.CLAIM)
IS_SCHEDULED = may(Change.PROMOTE)
IS_RUNNING = may(Change.SETTLE)
IS_LIVE: ColumnElement[bool] = literal_column("job.state IN ('scheduled', 'ready', 'running')")


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
        "occurrence_id": new.occurrence_id,
        "max_attempts": new.max_attempts,
        "timeout_seconds": new.timeout_seconds,
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
