"""What operators do to jobs beside cancelling and retrying them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, update

from netraven_cli.errors import UsageError
from netraven_cli.model import Change, JobState, Priority
from netraven_cli.store import jobs
from netraven_cli.store.events import record_events
from netraven_cli.store.queue import may, rank
from netraven_cli.store.tables import job

if TYPE_CHECKING:
    from datetime import datetime


def drop(connection: Connection, job_id: int, *, who: str, now: datetime) -> bool:
    """Take a dead job out of the dead letters: it becomes cancelled and keeps its history; False if it was before.

    Raises:
        NotFoundError: there is no such job.
        UsageError: it is not dead.
    """
    found = jobs.get(connection, job_id)
    if found.state is JobState.CANCELLED:
        return False
    if found.state not in Change.DROP.before:
        raise UsageError(f"job {job_id} is {found.state.value}; only dead jobs can be dropped")
    dead = update(job).where(job.c.id == job_id, may(Change.DROP))
    if not connection.execute(dead.values(state="cancelled")).rowcount:
        return False
    record_events(connection, [(job_id, "dead", "cancelled", who, "dropped")], now)
    return True


def reprioritise(connection: Connection, job_id: int, priority: Priority, *, who: str, now: datetime) -> bool:
    """Give a waiting job another place in the queue; False if it had that priority already.

    Raises:
        NotFoundError: there is no such job.
        UsageError: it does not wait.
    """
    found = jobs.get(connection, job_id)
    if found.state not in Change.RESCHEDULE.before:
        raise UsageError(f"job {job_id} is {found.state.value}; only waiting jobs can be given another priority")
    if found.priority == priority:
        return False
    waiting = update(job).where(job.c.id == job_id, job.c.state == found.state.value)
    earlier = rank(priority, found.ready_at) - rank(found.priority, found.ready_at)
    values = {"priority": int(priority), "rank": job.c.rank + earlier}  # its place among those of its group stays
    if not connection.execute(waiting.values(**values)).rowcount:
        return False
    why = f"priority {found.priority} becomes {priority}"
    record_events(connection, [(job_id, found.state.value, found.state.value, who, why)], now)
    return True
