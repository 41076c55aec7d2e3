"""What others want of a runner: that it ends, another width, some of its jobs ended. It looks every second."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, and_, select, update

from netraven_cli.store.queue import IS_RUNNING
from netraven_cli.store.tables import job, runner


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What a runner is to do."""

    stop_requested_by: str | None = None  # who wants it to end
    workers_wanted: int | None = None
    cancelled: frozenset[int] = frozenset()  # ids of its jobs that somebody wants ended


def orders(connection: Connection, runner_id: str) -> Orders | None:
    """What a runner is to do; None if others took it for dead: then it holds no job any more. One statement."""
    unwanted = and_(IS_RUNNING, job.c.runner_id == runner_id, job.c.cancel_requested)
    mine = select(runner.c.stop_requested_by, runner.c.workers_wanted, job.c.id).where(runner.c.id == runner_id)
    rows = connection.execute(mine.select_from(runner.outerjoin(job, unwanted))).all()
    if not rows:
        return None
    return Orders(
        stop_requested_by=rows[0].stop_requested_by,
        workers_wanted=rows[0].workers_wanted,
        cancelled=frozenset(row.id for row in rows if row.id is not None),
    )


def request_stop(connection: Connection, runner_id: str, who: str) -> bool:
    """Ask a runner to end as on SIGTERM. False if it has ended meanwhile."""
    return _ask(connection, runner_id, stop_requested_by=who)


def request_workers(connection: Connection, runner_id: str, workers: int) -> bool:
    """Ask a runner to do so many attempts at once from now on. False if it has ended meanwhile."""
    return _ask(connection, runner_id, workers_wanted=workers)


def _ask(connection: Connection, runner_id: str, **wish: str | int) -> bool:
    return connection.execute(update(runner).where(runner.c.id == runner_id).values(**wish)).rowcount == 1
