"""What happened lately: attempts, their times and what was missed, since a moment.

An attempt that ended in the window is one of a job that ended in it too or is still live; both have partial indexes.
So the cost goes with the window, however many jobs are finished.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Select, case, extract, func, literal_column, select, union_all

from netraven_cli.store.queue import IS_READY, IS_RUNNING, IS_SCHEDULED
from netraven_cli.store.tables import attempt, job, job_event, occurrence, schedule

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

# Spelt as the partial index on finished_at spells it.
IS_FINISHED: ColumnElement[bool] = literal_column("job.state IN ('succeeded', 'dead', 'cancelled')")


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptCount:
    """So many attempts ended so."""

    outcome: str
    error_class: str | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentiles:
    """Of a length of time, by nearest rank; None if there is nothing to measure."""

    p50_seconds: float | None = None
    p95_seconds: float | None = None
    p99_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The figures since a moment."""

    since: datetime
    attempts: Sequence[AttemptCount]
    succeeded: int  # jobs that ended well
    dead: int
    cancelled: int
    runs: int  # of which a job ended
    per_hour: float  # jobs that ended, whatever became of them
    execution: Percentiles  # of an attempt
    queue_wait: Percentiles  # from when a job was due, for the last time, to its claim
    missed: int  # occurrences of schedules
    interrupted: int  # attempts that a killed runner did not finish: they cost their jobs none

    @property
    def failed_attempts(self) -> dict[str, int]:
        """Attempts by error class."""
        found: dict[str, int] = {}
        for one in self.attempts:
            if one.error_class:
                found[one.error_class] = found.get(one.error_class, 0) + one.count
        return found


def window(connection: Connection, since: datetime, now: datetime) -> Window:
    """Look at what happened since a moment."""
    ended = {state: int(count) for state, count in connection.execute(_ended(since))}
    hours = max((now - since).total_seconds() / 3600, 1e-9)
    waited = seconds_between(connection, job.c.started_at, job.c.ready_at)
    lasted = seconds_between(connection, attempt.c.finished_at, attempt.c.started_at)
    began = select(waited.label("seconds")).where(
        IS_FINISHED, job.c.finished_at >= since, job.c.state != "cancelled", job.c.started_at.is_not(None)
    )
    runs = select(func.count(job.c.run_id.distinct())).where(IS_FINISHED, job.c.finished_at >= since)
    return Window(
        since=since,
        attempts=_attempts(connection, since),
        succeeded=ended.get("succeeded", 0),
        dead=ended.get("dead", 0),
        cancelled=ended.get("cancelled", 0),
        runs=connection.execute(runs).scalar_one(),
        per_hour=round(sum(ended.values()) / hours, 3),
        execution=_percentiles(connection, _recent(since, lasted.label("seconds"))),
        queue_wait=_percentiles(connection, began),
        missed=_missed(connection, since),
        interrupted=_interrupted(connection, since),
    )


def _ended(since: datetime) -> Select[Any]:
    return select(job.c.state, func.count()).where(IS_FINISHED, job.c.finished_at >= since).group_by(job.c.state)


def _recent(since: datetime, *columns: Any) -> Select[Any]:
    """Attempts that ended in the window."""
    ended = select(job.c.id).where(IS_FINISHED, job.c.finished_at >= since)
    live = [select(job.c.id).where(state) for state in (IS_SCHEDULED, IS_READY, IS_RUNNING)]
    touched = union_all(ended, *live).subquery("touched")
    of_them = touched.join(attempt, attempt.c.job_id == touched.c.id)
    return select(*columns).select_from(of_them).where(attempt.c.finished_at >= since)


def _attempts(connection: Connection, since: datetime) -> list[AttemptCount]:
    by = (attempt.c.outcome, attempt.c.error_class)
    rows = connection.execute(_recent(since, *by, func.count().label("count")).group_by(*by).order_by(*by))
    return [AttemptCount(**row) for row in rows.mappings()]


def seconds_between(connection: Connection, end: ColumnElement[Any], start: ColumnElement[Any]) -> ColumnElement[Any]:
    """How long it was between two columns; SQLite keeps microseconds, see times.UtcTime."""
    if connection.dialect.name == "postgresql":
        return extract("epoch", end - start)
    return literal_column(f"({end} - {start}) / 1e6")


def _percentiles(connection: Connection, times: Select[Any]) -> Percentiles:
    """The smallest time that so many percent of all do not exceed."""
    each = times.subquery("each_time")
    rank = func.row_number().over(order_by=each.c.seconds).label("rank")
    ranked = select(each.c.seconds, rank, func.count().over().label("total")).subquery("ranked")
    picked = [
        func.min(case((ranked.c.rank * 100 >= ranked.c.total * percent, ranked.c.seconds))) for percent in (50, 95, 99)
    ]
    found = [
        None if value is None else round(max(0.0, float(value)), 6)
        for value in connection.execute(select(*picked)).one()
    ]
    return Percentiles(p50_seconds=found[0], p95_seconds=found[1], p99_seconds=found[2])


def _interrupted(connection: Connection, since: datetime) -> int:
    """Asked of the events, which have a partial index for it; the class is a literal: see queue.IS_READY."""
    was: ColumnElement[bool] = literal_column("job_event.error_class = 'interrupted'")
    query = select(func.count()).select_from(job_event).where(was, job_event.c.at >= since)
    return int(connection.execute(query).scalar_one())


def _missed(connection: Connection, since: datetime) -> int:
    """Asked schedule by schedule: so the unique index of due times serves."""
    mine = (occurrence.c.schedule_id == schedule.c.id, occurrence.c.due_at >= since, occurrence.c.state == "missed")
    of_one = select(func.count()).select_from(occurrence).where(*mine).correlate(schedule).scalar_subquery()
    return int(connection.execute(select(func.coalesce(func.sum(of_one), 0)).select_from(schedule)).scalar_one())
