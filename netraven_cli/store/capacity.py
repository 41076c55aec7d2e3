"""A bounded queue: what does not fit is refused whole, waits, or drops what is less urgent, with an event for each.

Nothing is queued by half, and nothing vanishes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, Select, func, literal_column, select

from netraven_cli.errors import ErrorClass, TryLaterError
from netraven_cli.store.tables import job
from netraven_cli.store.waiting import cancel_waiting, waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from netraven_cli.model import NewJob
    from netraven_cli.settings.sections import QueueSettings

    T = TypeVar("T")

ENQUEUE_LOCK = 0x6E657472_6177  # any number that is ours: one counts or replaces at a time (PostgreSQL)
POLL_SECONDS = 0.5
LIVE = ("scheduled", "ready", "running")  # one by one: each has its partial index, see queue.IS_READY
DROPPED = "dropped: the queue was full, and more urgent jobs came"


class QueueFullError(TryLaterError):
    """With these jobs the queue would hold more than its limit."""


def is_bounded(limits: QueueSettings | None) -> bool:
    """Whether there is a limit at all."""
    return limits is not None and bool(limits.limit or limits.limit_per_type)


def lock(connection: Connection) -> None:
    """Let nobody else who counts or replaces jobs queue any until the end of the transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(ENQUEUE_LOCK)))


def check(connection: Connection, limits: QueueSettings, new: Sequence[NewJob], *, who: str, now: datetime) -> None:
    """Count, after jobs were queued in this transaction; by setting, drop waiting jobs that are less urgent than all.

    Raises:
        QueueFullError: there are too many; the caller's transaction must be rolled back.
    """
    drops = limits.when_full == "drop"
    lowest = min(one.priority for one in new)
    for bound in _bounds(limits, new):
        # Where nothing is dropped, the counting ends at the limit.
        over = _live(connection, None if drops else bound.most + 1, bound.type) - bound.most
        if over > 0 and not (drops and _drop(connection, over, lowest, bound.type, who, now)):
            raise QueueFullError(bound.sentence)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bound:
    setting: str
    most: int
    type: str | None = None

    @property
    def sentence(self) -> str:
        what = f"{self.type} jobs" if self.type else "jobs"
        return (
            f"the queue is full: it would hold more than {self.most} {what}, the limit that {self.setting} sets; "
            "nothing was queued, so try again when runs have made room, see: netraven queue status"
        )


def _bounds(limits: QueueSettings, new: Sequence[NewJob]) -> Iterator[_Bound]:
    """Those of the types first: what is dropped for one makes room for all."""
    for one in sorted({each.type for each in new}) if limits.limit_per_type else ():
        yield _Bound(setting="queue.limit_per_type", most=limits.limit_per_type or 0, type=one)
    if limits.limit:
        yield _Bound(setting="queue.limit", most=limits.limit)


def _drop(connection: Connection, jobs: int, below: int, job_type: str | None, who: str, now: datetime) -> bool:
    """Cancel so many waiting jobs of a lower priority, the lowest first and of those the last; True if there were."""
    of_type = [] if job_type is None else [job.c.type == job_type]
    last = (
        waiting(job.c.priority < below, *of_type)
        .order_by(job.c.priority, job.c.rank.desc(), job.c.id.desc())
        .limit(jobs)
        .with_for_update(skip_locked=True)
    )
    dropped = cancel_waiting(connection, last, now, who=who, why=DROPPED, error_class=ErrorClass.RESOURCE.value)
    return dropped == jobs


def when_there_is_room(limits: QueueSettings, work: Callable[[], T], pause: Callable[[], bool]) -> T:
    """Do what queues jobs; by setting, while the queue is full, again and again for a time.

    Args:
        limits: whether and how long to wait.
        work: queues jobs in a transaction of its own.
        pause: waits for a moment; False if there is to be no more waiting.

    Raises:
        QueueFullError: there was no room in time.
    """
    until = time.monotonic() + (limits.wait_seconds if limits.when_full == "wait" else 0)
    while True:
        try:
            return work()
        except QueueFullError:
            if time.monotonic() >= until or not pause():
                raise


def _live(connection: Connection, at_most: int | None, job_type: str | None = None) -> int:
    """How many jobs are live, of a type or in all; no more than `at_most` of each state are counted, if it is given."""
    total = 0
    for state in LIVE:
        rows: Select[Any] = select(literal_column("1")).select_from(job).where(literal_column(f"job.state = '{state}'"))
        if job_type is not None:
            rows = rows.where(job.c.type == job_type)
        total += connection.execute(select(func.count()).select_from(rows.limit(at_most).subquery())).scalar_one()
    return total
