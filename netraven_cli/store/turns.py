"""Whose turn it is within one priority: schedules and zones stand in the queue like the teeth of a zip.

Start-time fair queueing with the clock as its virtual time: a job starts a step after the one before it of its group,
or now if none of its group waits. What a group asks for at once is so spread over the time that it may take, and others
come in between. A rank only ever becomes later by it, so ageing between priorities holds as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, bindparam, literal_column, select

from netraven_cli.store.alone import IN_ROW
from netraven_cli.store.tables import job

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

# 10,000 jobs of a group span 17 minutes: less than the 20 that lie between two priorities with names.
STEP = timedelta(milliseconds=100)
STEP_MICROSECONDS = STEP // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Group:
    """Jobs that take turns with those of other groups; delayed ones with those of the same time."""

    priority: int
    schedule: str | None
    zone: str | None
    delayed_until: datetime | None = None


def take_turns(connection: Connection, wanted: Sequence[tuple[Group, int]]) -> list[int]:
    """The ranks of new jobs, in their order; given the group of each, and the rank that it has by priority and time."""
    last = {group: _last_rank(connection, group) for group in {group for group, _ in wanted}}
    ranks = []
    for group, soonest in wanted:
        before = last[group]
        rank = soonest if before is None else max(soonest, before + STEP_MICROSECONDS)
        last[group] = rank
        ranks.append(rank)
    return ranks


def _last_rank(connection: Connection, group: Group) -> int | None:
    """The rank of the last ready job of a group; one that was put behind all others, to run alone, is not meant."""
    if group.delayed_until is not None:
        return None
    statement = _last(group.schedule is None, group.zone is None)
    values = {"priority": group.priority, "schedule": group.schedule, "zone": group.zone}
    rank: int | None = connection.execute(statement, values).scalar()
    return rank


@cache
def _last(without_schedule: bool, without_zone: bool) -> Select[Any]:
    """Put together once: each job that is queued asks it."""
    query = select(job.c.rank).where(literal_column("job.state = 'ready'"), job.c.priority == bindparam("priority"))
    for column, is_missing in ((job.c.schedule, without_schedule), (job.c.zone, without_zone)):
        query = query.where(column.is_(None) if is_missing else column == bindparam(column.name))
    # By all columns of ix_job_turn: PostgreSQL would sort the group, not knowing that what IS NULL is all the same.
    order = (column.desc() for column in (job.c.schedule, job.c.zone, job.c.priority, job.c.rank))
    return query.where(job.c.interrupted_in_row < IN_ROW).order_by(*order).limit(1)
