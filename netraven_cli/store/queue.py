"""The queue: what may happen to a job, and how jobs get in. Each change is a guarded statement with its event row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Executable, Row, literal_column, select

from netraven_cli.errors import ErrorClass
from netraven_cli.model import Change, JobState, NewJob
from netraven_cli.store import batches, capacity
from netraven_cli.store.events import chunks, record_submitted
from netraven_cli.store.rows import insertion, parameters
from netraven_cli.store.tables import job
from netraven_cli.store.times import microseconds
from netraven_cli.store.turns import Group, take_turns
from netraven_cli.store.waiting import cancel_waiting, waiting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from netraven_cli.settings.sections import QueueSettings

    Values = Mapping[str, Any]

HEAD_START = timedelta(minutes=1)  # what one point of priority is worth: so low ones age and are never starved
UNTOUCHED = {
    "attempt": 0, "interruptions": 0, "interrupted_in_row": 0, "token": 0, "cancel_requested": False,
}  # fmt: skip
REPLACED = "replaced by a newer job of its dedupe key"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """What became of jobs that were to be queued."""

    batch_id: int | None  # None: no job was new
    new: list[int]
    live: list[int]  # those that had the dedupe key of a wanted one already

    @property
    def ids(self) -> list[int]:
        """The new ones and the others."""
        return self.new + self.live


def enqueue(
    connection: Connection,
    jobs: Sequence[NewJob],
    *,
    now: datetime,
    run_id: str | None,
    who: str,
    limits: QueueSettings | None = None,
) -> list[int]:
    """Queue jobs as `submit` does; returns the id of each, or of the live job that has its dedupe key already."""
    return submit(connection, jobs, now=now, run_id=run_id, who=who, limits=limits).ids


def submit(
    connection: Connection,
    jobs: Sequence[NewJob],
    *,
    now: datetime,
    run_id: str | None,
    who: str,
    limits: QueueSettings | None = None,
) -> Queued:
    """Queue jobs in one batch; of several with the same dedupe key the first.

    Raises:
        QueueFullError: they do not fit in; the caller's transaction must be rolled back.
    """
    replaces = any(new.dedupe_key and new.replaces for new in jobs)
    return submit_parts(connection, [jobs], replaces=replaces, now=now, run_id=run_id, who=who, limits=limits)


def submit_parts(
    connection: Connection,
    parts: Iterable[Sequence[NewJob]],
    *,
    replaces: bool,
    now: datetime,
    run_id: str | None,
    who: str,
    limits: QueueSettings | None = None,
) -> Queued:
    """The same for jobs that are more than should be in memory at once; `replaces`: whether one of them may do so.

    Raises:
        QueueFullError: they do not fit in; the caller's transaction must be rolled back.
    """
    if replaces or capacity.is_bounded(limits):
        capacity.lock(connection)
    queued = Queued(batch_id=None, new=[], live=[])
    kinds: dict[tuple[str, int], NewJob] = {}  # one of each type and priority: what the check goes by
    for part in filter(None, parts):
        kinds |= {(new.type, new.priority): new for new in part}
        if queued.batch_id is None:
            batch_id = batches.begin(connection, who=who, run_id=run_id, schedule=part[0].schedule, now=now)
            queued = replace(queued, batch_id=batch_id)
        _add(connection, part, queued, now=now, run_id=run_id, who=who)
    if queued.batch_id is not None and not queued.new:
        batches.forget(connection, queued.batch_id)
        return replace(queued, batch_id=None)
    if queued.batch_id is not None:
        record_submitted(connection, queued.batch_id, who, now)
    if limits and queued.new:
        capacity.check(connection, limits, list(kinds.values()), who=who, now=now)
    return queued


def _add(
    connection: Connection, jobs: Sequence[NewJob], queued: Queued, *, now: datetime, run_id: str | None, who: str
) -> None:
    """Queue some of a batch's jobs, and note what became of them."""
    replaceable = [new.dedupe_key for new in jobs if new.dedupe_key and new.replaces]
    same = {**UNTOUCHED, "batch_id": queued.batch_id, "run_id": run_id, "created_at": now}
    made = _insert(connection, _rows(connection, jobs, now), same, replaceable, who)
    known = {row.dedupe_key for row in made}
    wanted = [new.dedupe_key for new in jobs if new.dedupe_key and new.dedupe_key not in known]
    queued.new.extend(row.id for row in made)
    queued.live.extend(row.id for row in _live(connection, wanted))


def _insert(
    connection: Connection, rows: Sequence[Values], same: Values, replaceable: Sequence[str], who: str
) -> list[Row[Any]]:
    """Insert the rows whose dedupe key is free; first the waiting jobs of the replaceable keys make room for theirs.

    Once more for those whose key somebody took between the two: who comes after the second time waits for our end.
    """
    made = _cancel_and_insert(connection, rows, same, replaceable, who)
    left = set(replaceable) - {row.dedupe_key for row in made}
    taken = [row.dedupe_key for row in _live(connection, list(left)) if row.state != "running"]
    if taken:
        again = [row for row in rows if row["dedupe_key"] in taken]
        made += _cancel_and_insert(connection, again, same, taken, who)
    return made


def _cancel_and_insert(
    connection: Connection, rows: Sequence[Values], same: Values, keys: Sequence[str], who: str
) -> list[Row[Any]]:
    dialect, names, now = connection.dialect.name, tuple(rows[0]), same["created_at"]
    for chunk in chunks(keys):
        theirs = waiting(job.c.dedupe_key.in_(chunk)).order_by(job.c.id).with_for_update()
        cancel_waiting(connection, theirs, now, who=who, why=REPLACED, error_class=ErrorClass.CANCELLED.value)
    return list(connection.execute(_new(dialect, names, tuple(same)), parameters(dialect, rows, names, same)).all())


@cache
def _new(dialect: str, names: tuple[str, ...], same: tuple[str, ...]) -> Executable:
    """Put together once: many a transaction queues one job."""
    new_ones = insertion(dialect, job, names, same).on_conflict_do_nothing()
    return new_ones.returning(job.c.id, job.c.dedupe_key)


def _rows(connection: Connection, jobs: Sequence[NewJob], now: datetime) -> list[Values]:
    """What is each job's own."""
    times = [max(new.ready_at or now, now) for new in jobs]
    wanted = [
        (Group(new.priority, new.schedule, new.zone, at if at > now else None), rank(new.priority, at))
        for new, at in zip(jobs, times, strict=True)
    ]
    ranks = take_turns(connection, wanted)
    return [
        {
            "type": new.type,
            "subject": new.subject,
            "params": dict(new.params),
            "state": (JobState.SCHEDULED if ready_at > now else JobState.READY).value,
            "priority": new.priority,
            "rank": place,
            "dedupe_key": new.dedupe_key,
            "exclusive_key": new.exclusive_key,
            "schedule": new.schedule,
            "occurrence_id": new.occurrence_id,
            "max_attempts": new.max_attempts,
            "timeout_seconds": new.timeout_seconds,
            "zone": new.zone,
            "ready_at": ready_at,
            "expires_at": new.expires_at,
        }
        for new, ready_at, place in zip(jobs, times, ranks, strict=True)
    ]


def _live(connection: Connection, dedupe_keys: Sequence[str]) -> list[Row[Any]]:
    found: list[Row[Any]] = []
    for chunk in chunks(dedupe_keys):
        query = select(job.c.id, job.c.state, job.c.dedupe_key).where(job.c.dedupe_key.in_(chunk), IS_LIVE)
        found.extend(connection.execute(query))
    return found
