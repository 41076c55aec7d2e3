"""Jobs that may be what kills their runners: from two interruptions in a row on, each runs alone.

Only a runner with nothing else running takes such a job, and it takes nothing more until that one has ended. So what
the job does to its runner costs no other job anything, and whoever was only near it is cleared by its next attempt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Row, func, literal_column, select, true

from netraven_cli.store.tables import job

if TYPE_CHECKING:
    from collections.abc import Sequence

IN_ROW = 2  # interruptions by killed runners, without a settled attempt in between


def may_join(connection: Connection, runner_id: str) -> ColumnElement[bool] | None:
    """Which ready jobs a runner may take beside what it does; None: none at all."""
    mine = select(job.c.interrupted_in_row).where(literal_column("job.state = 'running'"), job.c.runner_id == runner_id)
    held = connection.execute(mine).scalars().all()
    if not held:
        return true()
    return None if max(held) >= IN_ROW else job.c.interrupted_in_row < IN_ROW


def together(chosen: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    """Those of the chosen jobs, the most urgent first, that may be begun at once."""
    if chosen and chosen[0].interrupted_in_row >= IN_ROW:
        return chosen[:1]
    return [row for row in chosen if row.interrupted_in_row < IN_ROW]


def last_rank(connection: Connection, rescued: Sequence[Row[Any]]) -> int:
    """The rank of the last of all ready jobs, whatever their priority, and of those that are made ready again now.

    Turns put jobs off beyond now: who is to let all go first must look for the last of them.
    """
    ready = select(func.max(job.c.rank)).where(literal_column("job.state = 'ready'"))
    ranks = [connection.execute(ready).scalar(), *(row.rank for row in rescued)]
    return max((rank for rank in ranks if rank is not None), default=0)
