"""The event row that every change of a job's state has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, cast, insert, literal_column, select

from netraven_cli.store.rows import insert_rows
from netraven_cli.store.tables import job, job_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

CHUNK = 500  # ids in one statement
FINAL = ("succeeded", "dead", "cancelled")
ENDED = "netraven_ended"  # in Connection.info: the jobs that this transaction ended

# From the jobs themselves, which the database has just been told of. A parameter that is selected alone has no type for
# PostgreSQL, therefore the casts.
_SUBMITTED = insert(job_event).from_select(
    ["job_id", "after", "who", "why", "at"],
    select(
        job.c.id,
        job.c.state,
        cast(bindparam("by"), job_event.c.who.type),
        literal_column("'submitted'"),
        cast(bindparam("then", type_=job_event.c.at.type), job_event.c.at.type),
    )
    .where(job.c.batch_id == bindparam("batch"))
    .order_by(job.c.id),
)


@dataclass(frozen=True, slots=True)
class Ending:
    """Who ended a job, and when."""

    who: str
    at: datetime


def record_events(
    connection: Connection,
    events: Iterable[tuple[int, str | None, str, str, str]],
    now: datetime,
    error_class: str | None = None,
) -> None:
    """Write event rows: (job id, state before, state after, who, why) each."""
    told = list(events)
    rows = [
        {"job_id": id_, "before": before, "after": after, "who": who, "why": why}
        for id_, before, after, who, why in told
    ]
    insert_rows(connection, job_event, rows, {"at": now, "error_class": error_class})
    ended = {id_: Ending(who, now) for id_, _, after, who, _ in told if after in FINAL}
    connection.info.setdefault(ENDED, {}).update(ended)


def record_submitted(connection: Connection, batch_id: int, who: str, now: datetime) -> None:
    """Write the first event row of each job of a new batch."""
    connection.execute(_SUBMITTED, {"batch": batch_id, "by": who, "then": now})


def take_ended(connection: Connection) -> dict[int, Ending]:
    """The jobs that this transaction ended so far; asked again, those since then."""
    ended: dict[int, Ending] = connection.info.pop(ENDED, {})
    return ended


def chunks(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """Parts of a list that fit into one statement."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
