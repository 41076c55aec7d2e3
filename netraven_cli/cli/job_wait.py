"""`netraven job wait`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from netraven_cli.cli.command import opened
from netraven_cli.cli.job_steer import COLUMNS, Ids
from netraven_cli.errors import TryLaterError, UsageError
from netraven_cli.model import JobRecord, JobState

if TYPE_CHECKING:
    from sqlalchemy import Connection

Batch = Annotated[int | None, typer.Option("--batch", metavar="ID", help="The jobs that were queued as this batch.")]
FINAL = (JobState.SUCCEEDED, JobState.DEAD, JobState.CANCELLED)
POLL_SECONDS = 0.5


def wait(
    ctx: typer.Context,
    ids: Ids = None,
    batch: Batch = None,
    timeout: Annotated[float | None, typer.Option("--timeout", min=0, help="Seconds; then exit with 75.")] = None,
) -> int:
    """Wait until jobs, or those of a batch, have ended; exit status 1 if one of them did not succeed."""
    if bool(ids) == (batch is not None):
        raise UsageError("write: netraven job wait ID…, or: netraven job wait --batch ID")
    until = None if timeout is None else time.monotonic() + timeout
    with opened(ctx) as (context, terminal):
        while True:
            with context.database.read() as connection:
                waiting = _waiting(connection, ids or [], batch)
                if not waiting:
                    found = _found(connection, ids or [], batch)
                    break
            if until is not None and time.monotonic() >= until:
                raise TryLaterError(f"not ended within {timeout:g} s: {waiting}; nothing is lost")
            time.sleep(POLL_SECONDS)
        terminal.items("job", found, COLUMNS)
    return 0 if all(job.state is JobState.SUCCEEDED for job in found) else 1


def _waiting(connection: Connection, ids: list[int], batch: int | None) -> str:
    """What has not ended, in words; nothing if all has."""
    from netraven_cli.store import batches, jobs

    if batch is not None:
        batches.get(connection, batch)
        return f"batch {batch}" if batches.is_live(connection, batch) else ""
    open_ids = [str(id_) for id_ in ids if jobs.get(connection, id_).state not in FINAL]
    return f"job {', '.join(open_ids)}" if open_ids else ""


def _found(connection: Connection, ids: list[int], batch: int | None) -> list[JobRecord]:
    from netraven_cli.store import jobs

    if batch is not None:
        return jobs.list_jobs(connection, batch_id=batch, limit=None)
    return [jobs.get(connection, id_) for id_ in ids]
