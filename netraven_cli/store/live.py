"""What is being done, and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from netraven_cli.store.queue import IS_RUNNING
from netraven_cli.store.tables import job, runner

if TYPE_CHECKING:
    from datetime import datetime


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
