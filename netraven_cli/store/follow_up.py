"""Jobs that follow from the result of another, queued in the transaction that settles it.

A run looks at each subject once: so a crawl of a ring of devices, each of which leads to the next, comes to an end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from netraven_cli.store import queue
from netraven_cli.store.events import chunks
from netraven_cli.store.tables import job

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from netraven_cli.model import NewJob


def enqueue(connection: Connection, jobs: Sequence[NewJob], *, now: datetime, run_id: str, who: str) -> list[int]:
    """Queue those whose subject had no job of their type in this run, or one with less `depth` before it."""
    reached = _reached(connection, [one.subject for one in jobs], run_id)
    new = [one for one in jobs if reached.get((one.type, one.subject), -1) < one.params.get("depth", 0)]
    return queue.enqueue(connection, new, now=now, run_id=run_id, who=who) if new else []


def _reached(connection: Connection, subjects: Sequence[str], run_id: str) -> dict[tuple[str, str], int]:
    """How far the jobs of a run go on, by type and subject."""
    found: dict[tuple[str, str], int] = {}
    for chunk in chunks(list(subjects)):
        query = select(job.c.type, job.c.subject, job.c.params).where(job.c.subject.in_(chunk), job.c.run_id == run_id)
        for row in connection.execute(query):
            key = row.type, row.subject
            found[key] = max(found.get(key, 0), row.params.get("depth", 0))
    return found
