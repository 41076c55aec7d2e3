"""How long jobs usually take: measured, by type and subject."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select

from netraven_cli.store.tables import attempt, job
from netraven_cli.store.window import IS_FINISHED, seconds_between

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

PERCENT = 95  # that many of all attempts took no longer


@dataclass(frozen=True, slots=True)
class Durations:
    """Seconds that an attempt which succeeded usually took at most."""

    of_subject: Mapping[tuple[str, str], float] = field(default_factory=dict)
    of_type: Mapping[str, float] = field(default_factory=dict)

    def usual(self, job_type: str, subject: str) -> float | None:
        """Of a subject, or else of its type; None if nothing of it was measured."""
        return self.of_subject.get((job_type, subject), self.of_type.get(job_type))


def durations(connection: Connection, since: datetime) -> Durations:
    """Measure the attempts of jobs that ended since a moment, by nearest rank."""
    lasted = seconds_between(connection, attempt.c.finished_at, attempt.c.started_at).label("seconds")
    ended = select(job.c.type, job.c.subject, lasted).join_from(job, attempt, attempt.c.job_id == job.c.id)
    ended = ended.where(IS_FINISHED, job.c.finished_at >= since, attempt.c.outcome == "succeeded")
    each = ended.subquery("each_attempt")
    of_subject = _percentile(connection, each.c.seconds, (each.c.type, each.c.subject))
    of_type = _percentile(connection, each.c.seconds, (each.c.type,))
    return Durations(
        {(type_, subject): seconds for (type_, subject), seconds in of_subject.items()},
        {type_: seconds for (type_,), seconds in of_type.items()},
    )


def _percentile(connection: Connection, seconds: Any, by: tuple[Any, ...]) -> dict[tuple[str, ...], float]:
    """The smallest time of each group that so many percent of it do not exceed."""
    rank = func.row_number().over(partition_by=by, order_by=seconds).label("rank")
    ranked = select(*by, seconds.label("seconds"), rank, func.count().over(partition_by=by).label("total")).subquery()
    keys = [ranked.c[one.name] for one in by]
    enough = select(*keys, func.min(ranked.c.seconds)).where(ranked.c.rank * 100 >= ranked.c.total * PERCENT)
    return {tuple(key): max(0.0, float(value)) for *key, value in connection.execute(enough.group_by(*keys))}
