"""How full the queue is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, literal_column, select

from netraven_cli.model import JobState, Priority
from netraven_cli.store.tables import job

if TYPE_CHECKING:
    from datetime import datetime

SINCE = {  # since when a job is in its state; each has its partial index
    JobState.READY: job.c.ready_at,
    JobState.SCHEDULED: job.c.created_at,
    JobState.RUNNING: job.c.started_at,
    JobState.DEAD: job.c.finished_at,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """So many jobs of one type, state and priority."""

    type: str
    state: JobState
    priority: Priority
    jobs: int
    oldest_at: datetime  # since when the one that is longest in this state waits, runs or is dead


def depths(connection: Connection) -> list[Depth]:
    """The live and the dead jobs, counted by type, state and priority; the most urgent of each first."""
    found = []
    for state, since in SINCE.items():
        counted = (
            select(job.c.type, job.c.priority, func.count().label("jobs"), func.min(since).label("oldest_at"))
            .where(literal_column(f"job.state = '{state.value}'"))  # a literal: see queue.IS_READY
            .group_by(job.c.type, job.c.priority)
            .order_by(job.c.type, job.c.priority.desc())
        )
        found += [
            Depth(type=row.type, state=state, priority=Priority(row.priority), jobs=row.jobs, oldest_at=row.oldest_at)
            for row in connection.execute(counted)
        ]
    return sorted(found, key=lambda one: one.type)
