"""Jobs that follow from the result of another, queued in the transaction that settles it.

A run looks at each subject once: so a crawl of a ring of devices, each of which leads to the next, comes to an end.
What another run goes on with, after the first was killed, is still of the first one.
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


def enqueue(
    connection: Connection, parent: int, jobs: Sequence[NewJob], *, now: datetime, run_id: str, who: str
) -> list[int]:
    """Queue those whose subject had no job of their type in this run, or one with less `depth` before it.

    Args:
        connection: the transaction that settles the parent.
        parent: the job that leads to them; the run that queued it is theirs.
        jobs: what to queue.
        now: the time of the queue.
        run_id: the run that does the parent; theirs if nobody's run queued it.
        who: who settles it.
    """
    run_id = connection.execute(select(job.c.run_id).where(job.c.id == parent)).scalar() or run_id
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
