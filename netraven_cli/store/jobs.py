"""Jobs as operators see and steer them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, Select, literal_column, select, union, update

from netraven_cli.errors import ErrorClass, NotFoundError, UsageError
from netraven_cli.model import Change, JobRecord, JobState, Priority
from netraven_cli.store.events import FINAL, chunks, record_events
from netraven_cli.store.queue import IS_LIVE, IS_READY, IS_RUNNING, IS_SCHEDULED, may, rank
from netraven_cli.store.session_keys import HAS_SESSION
from netraven_cli.store.tables import attempt, job, job_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

COLUMNS = [job.c[field.name] for field in fields(JobRecord)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """One try of a job, as it ended."""

    number: int
    outcome: str
    error_class: str | None
    reason: str | None
    changed: bool | None
    credential: str | None
    transcript: str | None
    findings: Mapping[str, Any] | None
    started_at: datetime
    finished_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """One change of a job's state."""

    at: datetime
    before: str | None
    after: str
    who: str
    why: str
    error_class: str | None


def _record(row: Row[Any]) -> JobRecord:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public way to name columns
    return JobRecord(**{**values, "state": JobState(values["state"]), "priority": Priority(values["priority"])})


def list_jobs(  # noqa: PLR0913 - each is a filter of its own
    connection: Connection,
    *,
    state: JobState | None = None,
    job_type: str | None = None,
    subject: str | None = None,
    error_class: str | None = None,
    batch_id: int | None = None,
    since: datetime | None = None,
    limit: int | None,
) -> list[JobRecord]:
    """The newest jobs first; `since`: those that were queued from then on."""
    query = select(*COLUMNS).order_by(job.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(literal_column(f"job.state = '{state.value}'"))  # a literal: see queue.IS_READY
    if since is not None:
        query = query.where(job.c.created_at >= since)
    filters = {"type": job_type, "subject": subject, "error_class": error_class, "batch_id": batch_id}
    for column, wanted in ((job.c[name], given) for name, given in filters.items()):
        if wanted is not None:
            query = query.where(column == wanted)
    return [_record(row) for row in connection.execute(query)]


def get(connection: Connection, job_id: int) -> JobRecord:
    """One job.

    Raises:
        NotFoundError: there is none of that number.
    """
    return _get(connection, select(*COLUMNS), job_id)


def _locked(connection: Connection, job_id: int) -> JobRecord:
    """One job, which stays as it is until the transaction ends (SQLite's write transactions exclude each other)."""
    return _get(connection, select(*COLUMNS).with_for_update(), job_id)


def _get(connection: Connection, query: Select[Any], job_id: int) -> JobRecord:
    row = connection.execute(query.where(job.c.id == job_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no job {job_id}; see: netraven job list")
    return _record(row)


def attempts(connection: Connection, job_id: int) -> list[AttemptRecord]:
    """All tries of a job, oldest first."""
    columns = [attempt.c[field.name] for field in fields(AttemptRecord)]
    rows = connection.execute(select(*columns).where(attempt.c.job_id == job_id).order_by(attempt.c.id))
    return [AttemptRecord(**row) for row in rows.mappings()]


def events(connection: Connection, job_id: int) -> list[EventRecord]:
    """All changes of a job's state, oldest first."""
    columns = [job_event.c[field.name] for field in fields(EventRecord)]
    rows = connection.execute(select(*columns).where(job_event.c.job_id == job_id).order_by(job_event.c.id))
    return [EventRecord(**row) for row in rows.mappings()]


def states(connection: Connection, ids: Iterable[int]) -> dict[int, JobRecord]:
    """The jobs of these numbers."""
    found: dict[int, JobRecord] = {}
    for chunk in chunks(list(ids)):
        for row in connection.execute(select(*COLUMNS).where(job.c.id.in_(chunk))):
            found[row.id] = _record(row)
    return found


def changed_by(connection: Connection, ids: Sequence[int]) -> dict[int, bool | None]:
    """Whether the last attempt of each job brought a change."""
    found: dict[int, bool | None] = {}
    for chunk in chunks(ids):
        rows = connection.execute(select(attempt.c.job_id, attempt.c.changed).where(attempt.c.job_id.in_(chunk)))
        found |= {row.job_id: row.changed for row in rows}
    return found


def coming(connection: Connection, types: Sequence[str], limit: int) -> list[str]:
    """The subjects of the ready jobs that are claimed next."""
    query = select(job.c.subject).where(IS_READY, job.c.type.in_(types)).order_by(job.c.rank, job.c.id)
    return list(dict.fromkeys(connection.execute(query.limit(limit)).scalars()))


def coming_sessions(connection: Connection, types: Sequence[str], limit: int) -> list[str]:
    """The exclusive keys of the ready jobs that are claimed next and have a session."""
    query = select(job.c.exclusive_key).where(IS_READY, job.c.type.in_(types), HAS_SESSION)
    return list(dict.fromkeys(connection.execute(query.order_by(job.c.rank, job.c.id).limit(limit)).scalars()))


def ready_types(connection: Connection, now: datetime) -> list[str]:
    """The types of which a job is ready, or delayed and due by now."""
    ready = select(job.c.type).where(IS_READY)
    due = select(job.c.type).where(IS_SCHEDULED, job.c.ready_at <= now)
    query = union(ready, due)
    return list(connection.execute(query).scalars())


def cancel(connection: Connection, job_id: int, *, who: str, now: datetime) -> JobState:
    """End a job: at once if it waits, by its runner if it runs; returns its state afterwards.

    Raises:
        NotFoundError: there is no such job.
        UsageError: it is succeeded or dead already.
    """
    found = _locked(connection, job_id)
    if found.state is JobState.CANCELLED:
        return found.state
    if found.state.value in FINAL:
        raise UsageError(f"job {job_id} is {found.state.value} already")
    waiting = update(job).where(job.c.id == job_id, may(Change.CANCEL))
    values = {"state": "cancelled", "finished_at": now, "error_class": "cancelled", "reason": f"cancelled by {who}"}
    if connection.execute(waiting.values(**values)).rowcount:
        event = (job_id, found.state.value, "cancelled", who, "cancelled")
        record_events(connection, [event], now, ErrorClass.CANCELLED.value)
        return JobState.CANCELLED
    asked = update(job).where(job.c.id == job_id, IS_RUNNING, ~job.c.cancel_requested)
    if connection.execute(asked.values(cancel_requested=True)).rowcount:
        record_events(connection, [(job_id, "running", "running", who, "asked to cancel")], now)
    return JobState.RUNNING


def retry(connection: Connection, job_id: int, *, who: str, now: datetime) -> bool:
    """Give a dead or cancelled job all its attempts again, and all the time it needs; False if it is live already.

    Raises:
        NotFoundError: there is no such job.
        UsageError: it succeeded, or a newer live job does the same.
    """
    found = _locked(connection, job_id)
    if found.state.value not in FINAL:
        return False
    if found.state not in Change.RETRY.before:
        raise UsageError(f"job {job_id} is {found.state.value}; only dead and cancelled jobs can be retried")
    key = connection.execute(select(job.c.dedupe_key).where(job.c.id == job_id)).scalar_one()
    twin = select(job.c.id).where(job.c.dedupe_key == key, IS_LIVE)
    other = connection.execute(twin).scalar() if key else None
    if other:
        raise UsageError(f"job {other} is under way for the same subject; job {job_id} was left as it is")
    again = {"attempt": 0, "interruptions": 0, "cancel_requested": False, "expires_at": None}
    _make_ready(connection, Change.RETRY, found, now, who=who, now=now, **again)
    return True


def reschedule(connection: Connection, job_id: int, at: datetime, *, who: str, now: datetime) -> None:
    """Let a waiting job wait until another time.

    Raises:
        NotFoundError: there is no such job.
        UsageError: it does not wait, or not for so long.
    """
    found = _locked(connection, job_id)
    if found.state not in Change.RESCHEDULE.before:
        raise UsageError(f"job {job_id} is {found.state.value}; only waiting jobs can be rescheduled")
    if found.expires_at and at >= found.expires_at:
        raise UsageError(f"job {job_id} expires at {found.expires_at:%Y-%m-%d %H:%M:%S} UTC, which is not later")
    _make_ready(connection, Change.RESCHEDULE, found, max(at, now), who=who, now=now)


def _make_ready(
    connection: Connection, change: Change, found: JobRecord, at: datetime, *, who: str, now: datetime, **more: Any
) -> None:
    after = "scheduled" if at > now else "ready"
    values = {"state": after, "ready_at": at, "rank": rank(found.priority, at), "finished_at": None, **more}
    connection.execute(update(job).where(job.c.id == found.id, may(change)).values(**values))
    why = "retried" if change is Change.RETRY else "rescheduled"
    record_events(connection, [(found.id, found.state.value, after, who, why)], now)
