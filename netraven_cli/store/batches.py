"""Batches: the jobs that were queued together, counted by state, and the one end of each.

The counts are read from the jobs themselves. The end is written by the transaction that ends the last live job, whoever
it is: all changes of a state have their event rows, so `events` knows which jobs a transaction ended, and
`Database.write` asks here before it commits.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Select, func, insert, literal_column, select

from netraven_cli.errors import NotFoundError
from netraven_cli.model import JobState
from netraven_cli.store.events import chunks, take_ended
from netraven_cli.store.tables import batch, batch_end, job

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

# Spelt as the partial index spells it: see queue.IS_READY.
IS_LIVE: ColumnElement[bool] = literal_column("job.state IN ('scheduled', 'ready', 'running')")
_BEGIN = insert(batch).returning(batch.c.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The jobs of one submission, or of one plan of a run."""

    id: int
    who: str
    run_id: str | None
    schedule: str | None
    created_at: datetime
    ended_at: datetime | None  # when its last live job ended; a job that is retried later does not change it
    ended_by: str | None
    end: str | None  # how its jobs stood then
    jobs: Mapping[str, int]  # how many are in each state now


def begin(connection: Connection, *, who: str, run_id: str | None, schedule: str | None, now: datetime) -> int:
    """Make a batch that jobs of this transaction belong to."""
    values = {"who": who, "run_id": run_id, "schedule": schedule, "created_at": now}
    return int(connection.execute(_BEGIN, values).scalar_one())


def forget(connection: Connection, batch_id: int) -> None:
    """Take a batch back that no job came to belong to."""
    connection.execute(batch.delete().where(batch.c.id == batch_id))


def end_finished(connection: Connection) -> None:
    """Write the end of each batch whose last live job this transaction ended: its last statements before the commit.

    The row of a batch is locked first and its jobs are looked at then: of two transactions that end its last two jobs
    at once, the later one sees what the earlier one did. Locks on batches are taken in order, and after all others.
    """
    ended = take_ended(connection)
    touched = _of_jobs(connection, sorted(ended))
    for chunk in chunks(sorted(set(touched.values()))):
        connection.execute(select(batch.c.id).where(batch.c.id.in_(chunk)).order_by(batch.c.id).with_for_update())
        over = connection.execute(_over(chunk)).scalars().all()
        counted = _counts(connection, over)
        last = {batch_id: ended[job_id] for job_id, batch_id in touched.items()}
        rows = [
            {"batch_id": id_, "at": last[id_].at, "who": last[id_].who, "why": _sentence(counted[id_])} for id_ in over
        ]
        if rows:
            connection.execute(insert(batch_end), rows)


def _of_jobs(connection: Connection, job_ids: Sequence[int]) -> dict[int, int]:
    """The batch of each of these jobs that has one."""
    found: dict[int, int] = {}
    for chunk in chunks(job_ids):
        query = select(job.c.id, job.c.batch_id).where(job.c.id.in_(chunk), job.c.batch_id.is_not(None))
        found |= {row.id: row.batch_id for row in connection.execute(query)}
    return found


def _over(batch_ids: Sequence[int]) -> Select[Any]:
    """Those of the batches without a live job and without an end.

    A sub-select with LIMIT 1, since PostgreSQL would make a join of NOT EXISTS, and read all live jobs for it.
    """
    mine: Select[Any] = (
        select(literal_column("1")).select_from(job).where(job.c.batch_id == batch.c.id, IS_LIVE).limit(1)
    )
    alive = mine.correlate(batch).scalar_subquery()
    ended = select(batch_end.c.batch_id).where(batch_end.c.batch_id == batch.c.id).correlate(batch).exists()
    return select(batch.c.id).where(batch.c.id.in_(batch_ids), alive.is_(None), ~ended).order_by(batch.c.id)


def _counts(connection: Connection, batch_ids: Iterable[int]) -> dict[int, Counter[str]]:
    found: dict[int, Counter[str]] = {id_: Counter() for id_ in batch_ids}
    for chunk in chunks(list(found)):
        query = select(job.c.batch_id, job.c.state, func.count().label("jobs")).where(job.c.batch_id.in_(chunk))
        for row in connection.execute(query.group_by(job.c.batch_id, job.c.state)):
            found[row.batch_id][row.state] = row.jobs
    return found


def _sentence(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{counted[state]} {state}" for state in (one.value for one in JobState) if counted.get(state))


def is_live(connection: Connection, batch_id: int) -> bool:
    """Whether a job of the batch waits or runs."""
    query = select(job.c.id).where(job.c.batch_id == batch_id, IS_LIVE).limit(1)
    return connection.execute(query).scalar() is not None


def get(connection: Connection, batch_id: int) -> Batch:
    """One batch.

    Raises:
        NotFoundError: there is none of that number.
    """
    found = _batches(connection, _all().where(batch.c.id == batch_id))
    if not found:
        raise NotFoundError(f"there is no batch {batch_id}; see: netraven batch list")
    return found[0]


def list_batches(connection: Connection, *, live: bool = False, limit: int | None = None) -> list[Batch]:
    """The newest batches first; `live`: those that have not ended."""
    query = _all().order_by(batch.c.id.desc()).limit(limit)
    return _batches(connection, query.where(batch_end.c.at.is_(None)) if live else query)


def _all() -> Select[Any]:
    end = (batch_end.c.at.label("ended_at"), batch_end.c.who.label("ended_by"), batch_end.c.why.label("end"))
    return select(batch, *end).select_from(batch.outerjoin(batch_end))


def _batches(connection: Connection, query: Select[Any]) -> list[Batch]:
    rows = connection.execute(query).mappings().all()
    counted = _counts(connection, [row["id"] for row in rows])
    return [Batch(**row, jobs=dict(counted[row["id"]])) for row in rows]
