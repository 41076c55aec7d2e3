"""The live queue: what waits, for how long, and what is being done by whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select, union_all

from netraven_cli.store.queue import IS_READY, IS_RUNNING, IS_SCHEDULED
from netraven_cli.store.tables import job, runner

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """So many live jobs of one kind; `oldest_at`: since when one is ready or running, or when it is due."""

    type: str
    state: str
    priority: int
    count: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Executing:
    """A job that is being done; `host` and `pid` are None if its runner is dead and nobody noticed yet."""

    job: int
    type: str
    subject: str
    attempt: int
    runner_id: str
    host: str | None
    pid: int | None
    started_at: datetime


def depth(connection: Connection) -> list[Depth]:
    """How many jobs are live, by type, state and priority."""
    each = [
        select(job.c.type, job.c.state, job.c.priority, func.count().label("count"), func.min(since).label("oldest_at"))
        .where(state)
        .group_by(job.c.type, job.c.state, job.c.priority)
        for state, since in (
            (IS_SCHEDULED, job.c.ready_at),
            (IS_READY, job.c.ready_at),
            (IS_RUNNING, job.c.started_at),
        )
    ]
    rows = connection.execute(union_all(*each)).mappings()
    return sorted((Depth(**row) for row in rows), key=lambda one: (one.type, one.state, -one.priority))


def executing(connection: Connection) -> list[Executing]:
    """The jobs that are being done, the longest first."""
    query = (
        select(
            job.c.id.label("job"), job.c.type, job.c.subject, job.c.attempt, job.c.runner_id,
            runner.c.host, runner.c.pid, job.c.started_at,
        )
        .select_from(job.outerjoin(runner, runner.c.id == job.c.runner_id))
        .where(IS_RUNNING)
        .order_by(job.c.started_at, job.c.id)
    )  # fmt: skip
    return [Executing(**row) for row in connection.execute(query).mappings()]
