"""`netraven job`: the queue, job by job."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from netraven_cli.cli.command import Noun, moment, opened
from netraven_cli.cli.job_log import log
from netraven_cli.cli.job_steer import (
    COLUMNS,
    Class,
    Device,
    State,
    Type,
    cancel,
    drop,
    reprioritise,
    reschedule,
    retry,
)
from netraven_cli.cli.job_submit import submit
from netraven_cli.errors import TryLaterError
from netraven_cli.model import JobState

app = Noun("The queue, job by job.")
Ids = Annotated[list[int], typer.Argument(metavar="ID...", help="Numbers of jobs.")]
FINAL = (JobState.SUCCEEDED, JobState.DEAD, JobState.CANCELLED)
POLL_SECONDS = 0.5


@app.verb("list")
def list_jobs(
    ctx: typer.Context,
    state: State = None,
    job_type: Type = None,
    error_class: Class = None,
    device: Device = None,
    since: Annotated[str | None, typer.Option("--since", help="Queued from this time on (RFC 3339).")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest.")] = 100,
) -> None:
    """List jobs, the newest first."""
    from netraven_cli.store import jobs

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        rows = jobs.list_jobs(
            connection, state=state, job_type=job_type, subject=device, limit=limit, since=moment(since),
            error_class=error_class.value if error_class else None,
        )  # fmt: skip
        terminal.items("job", rows, COLUMNS)


@app.verb("show")
def show(ctx: typer.Context, job_id: Annotated[int, typer.Argument(metavar="ID", help="Number of a job.")]) -> None:
    """Show a job with its attempts; of one that is ready and held, by what and until when."""
    from netraven_cli.cli.render import plain_row
    from netraven_cli.store import jobs
    from netraven_cli.store.held import holds_of_job

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        found = plain_row(jobs.get(connection, job_id))
        now = context.clock(connection)
        held = holds_of_job(connection, context.settings.breaker, job_id, now)
        terminal.record("job", {**found, "held": held, "attempts": jobs.attempts(connection, job_id)})


app.verb("log")(log)


app.verb("submit")(submit)


@app.verb("wait")
def wait(
    ctx: typer.Context,
    ids: Ids,
    timeout: Annotated[float | None, typer.Option("--timeout", min=0, help="Seconds; then exit with 75.")] = None,
) -> int:
    """Wait until jobs have ended; exit status 1 if one of them did not succeed."""
    from netraven_cli.store import jobs

    until = None if timeout is None else time.monotonic() + timeout
    with opened(ctx) as (context, terminal):
        while True:
            with context.database.read() as connection:
                found = [jobs.get(connection, id_) for id_ in ids]
            if all(job.state in FINAL for job in found):
                break
            if until is not None and time.monotonic() >= until:
                waiting = [str(job.id) for job in found if job.state not in FINAL]
                raise TryLaterError(f"not ended within {timeout:g} s: job {', '.join(waiting)}; nothing is lost")
            time.sleep(POLL_SECONDS)
        terminal.items("job", found, COLUMNS)
    return 0 if all(job.state is JobState.SUCCEEDED for job in found) else 1


app.verb("cancel")(cancel)
app.verb("retry")(retry)
app.verb("drop")(drop)
app.verb("reprioritise")(reprioritise)
app.verb("reschedule")(reschedule)
