"""Counts for the status."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, case, exists, func, literal_column, select

from netraven_cli.store.tables import archive_pending as pending
from netraven_cli.store.tables import attempt, capture, device, job, job_event, metadata, occurrence, schedule, snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFigures:
    """The inventory in numbers."""

    total: int
    enabled: int
    never: int  # enabled, and without any accepted configuration
    oldest_verified_at: datetime | None  # of the enabled device that was longest not proven complete


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleFigures:
    """The schedules in numbers."""

    enabled: int
    next_due_at: datetime | None
    late: tuple[str, ...]  # names of those whose due time passed unnoticed
    missed: Mapping[str, str]  # those whose last due time was not run, and why


def devices(connection: Connection) -> DeviceFigures:
    """Count devices."""
    verified = (
        select(snapshot.c.device_id, func.max(snapshot.c.verified_at).label("at"))
        .where(snapshot.c.file == "")
        .group_by(snapshot.c.device_id)
    )
    last = verified.subquery()
    on = case((device.c.enabled, 1), else_=0)
    never = case((device.c.enabled & last.c.at.is_(None), 1), else_=0)
    query = (
        select(func.count(), func.sum(on), func.sum(never), func.min(case((device.c.enabled, last.c.at))))
        .select_from(device.outerjoin(last, last.c.device_id == device.c.id))
        .where(device.c.removed_at.is_(None))
    )
    total, enabled, unseen, oldest = connection.execute(query).one()
    return DeviceFigures(total=total, enabled=enabled or 0, never=unseen or 0, oldest_verified_at=oldest)


def schedules(connection: Connection, late_before: datetime) -> ScheduleFigures:
    """Count schedules; late are those that were due before `late_before` and were not noticed."""
    on = schedule.c.enabled
    enabled, next_due_at = connection.execute(select(func.count(), func.min(schedule.c.next_due_at)).where(on)).one()
    late = connection.execute(select(schedule.c.name).where(on, schedule.c.next_due_at < late_before)).scalars()
    return ScheduleFigures(
        enabled=enabled, next_due_at=next_due_at, late=tuple(sorted(late)), missed=_missed(connection)
    )


def _missed(connection: Connection) -> dict[str, str]:
    latest = select(func.max(occurrence.c.due_at)).where(occurrence.c.schedule_id == schedule.c.id)
    last = occurrence.c.due_at == latest.correlate(schedule).scalar_subquery()
    query = select(schedule.c.name, occurrence.c.reason).join_from(schedule, occurrence)
    rows = connection.execute(query.where(schedule.c.enabled, last, occurrence.c.state == "missed"))
    return {row.name: row.reason for row in rows.all()}


def dead_jobs(connection: Connection) -> int:
    """How many jobs are dead."""
    return _count(connection, job, literal_column("job.state = 'dead'"))


def failing(connection: Connection) -> int:
    """How many jobs are dead whose subject did not succeed since."""
    later = job.alias("later")
    cured = exists().where(
        later.c.subject == job.c.subject,
        later.c.type == job.c.type,
        later.c.id > job.c.id,
        later.c.state == "succeeded",
    )
    return _count(connection, job, literal_column("job.state = 'dead'"), ~cured)


def quarantined(connection: Connection) -> int:
    """How many captures wait for a person's word, and nothing complete came from their device since."""
    complete = (snapshot.c.device_id == capture.c.device_id, snapshot.c.file == "")
    cured = exists().where(*complete, snapshot.c.verified_at > capture.c.captured_at)
    return _count(connection, capture, literal_column("capture.state = 'quarantined'"), ~cured)


def archive_pending(connection: Connection) -> int:
    """How many snapshots an archive does not have yet."""
    return _count(connection, pending)


def last_success(connection: Connection) -> datetime | None:
    """When an attempt last succeeded."""
    newest = select(attempt.c.finished_at).where(literal_column("attempt.outcome = 'succeeded'"))
    return connection.execute(newest.order_by(attempt.c.id.desc()).limit(1)).scalar()


def table_rows(connection: Connection) -> dict[str, int]:
    """How many rows each table has."""
    return {name: _count(connection, table) for name, table in sorted(metadata.tables.items())}


def latest_event(connection: Connection) -> datetime | None:
    """When the state of a job changed last."""
    return connection.execute(select(job_event.c.at).order_by(job_event.c.id.desc()).limit(1)).scalar()


def _count(connection: Connection, table: Any, *conditions: Any) -> int:
    return int(connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one())
