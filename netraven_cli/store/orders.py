"""What others want of a runner: that it ends, another width, some of its jobs ended. It looks every second."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from netraven_cli.store.queue import IS_RUNNING
from netraven_cli.store.tables import job, runner


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What a runner is to do."""

    stop_requested_by: str | None = None  # who wants it to end
    workers_wanted: int | None = None
    cancelled: frozenset[int] = frozenset()  # ids of its jobs that somebody wants ended


def orders(connection: Connection, runner_id: str) -> Orders | None:
    """What a runner is to do; None if others took it for dead: then it holds no job any more."""
    mine = select(runner.c.stop_requested_by, runner.c.workers_wanted).where(runner.c.id == runner_id)
    row = connection.execute(mine).one_or_none()
    if row is None:
        return None
    unwanted = select(job.c.id).where(IS_RUNNING, job.c.runner_id == runner_id, job.c.cancel_requested)
    return Orders(
        stop_requested_by=row.stop_requested_by,
        workers_wanted=row.workers_wanted,
        cancelled=frozenset(connection.execute(unwanted).scalars()),
    )


def request_stop(connection: Connection, runner_id: str, who: str) -> bool:
    """Ask a runner to end as on SIGTERM. False if it has ended meanwhile."""
    return _ask(connection, runner_id, stop_requested_by=who)


def request_workers(connection: Connection, runner_id: str, workers: int) -> bool:
    """Ask a runner to do so many attempts at once from now on. False if it has ended meanwhile."""
    return _ask(connection, runner_id, workers_wanted=workers)


def _ask(connection: Connection, runner_id: str, **wish: str | int) -> bool:
    return connection.execute(update(runner).where(runner.c.id == runner_id).values(**wish)).rowcount == 1
