"""A bounded queue: what does not fit is refused whole, or waits; nothing is queued by half and nothing is lost."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, Select, func, literal_column, select

from netraven_cli.errors import TryLaterError
from netraven_cli.store.tables import job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from netraven_cli.settings.sections import QueueSettings

    T = TypeVar("T")

ENQUEUE_LOCK = 0x6E657472_6177  # any number that is ours: one counts and queues at a time (PostgreSQL)
POLL_SECONDS = 0.5
LIVE = ("scheduled", "ready", "running")  # one by one: each has its partial index, see queue.IS_READY


class QueueFullError(TryLaterError):
    """With these jobs the queue would hold more than its limit."""


def lock(connection: Connection, limits: QueueSettings) -> None:
    """Let nobody else queue jobs until the end of the transaction, so that the count holds."""
    if connection.dialect.name == "postgresql" and (limits.limit or limits.limit_per_type):
        connection.execute(select(func.pg_advisory_xact_lock(ENQUEUE_LOCK)))


def check(connection: Connection, limits: QueueSettings, types: Iterable[str]) -> None:
    """Count, after jobs of these types were queued in this transaction; the counting ends at the limit.

    Raises:
        QueueFullError: there are too many; the caller's transaction must be rolled back.
    """
    if limits.limit and _live(connection, limits.limit + 1) > limits.limit:
        raise QueueFullError(_sentence("jobs", "queue.limit", limits.limit))
    for one in sorted(set(types)) if limits.limit_per_type else ():
        most = limits.limit_per_type or 0
        if _live(connection, most + 1, one) > most:
            raise QueueFullError(_sentence(f"{one} jobs", "queue.limit_per_type", most))


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


def _live(connection: Connection, at_most: int, job_type: str | None = None) -> int:
    """How many jobs are live, of a type or in all; no more than `at_most` of each state are counted."""
    total = 0
    for state in LIVE:
        rows: Select[Any] = select(literal_column("1")).select_from(job).where(literal_column(f"job.state = '{state}'"))
        if job_type is not None:
            rows = rows.where(job.c.type == job_type)
        total += connection.execute(select(func.count()).select_from(rows.limit(at_most).subquery())).scalar_one()
    return total


def _sentence(what: str, setting: str, most: int) -> str:
    return (
        f"the queue is full: it would hold more than {most} {what}, the limit that {setting} sets; "
        "nothing was queued, so try again when runs have made room, see: netraven queue status"
    )
