"""`netraven job`: the queue, job by job."""

from __future__ import annotations

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
from netraven_cli.cli.job_wait import Batch, wait

app = Noun("The queue, job by job.")


@app.verb("list")
def list_jobs(
    ctx: typer.Context,
    state: State = None,
    job_type: Type = None,
    error_class: Class = None,
    device: Device = None,
    batch: Batch = None,
    since: Annotated[str | None, typer.Option("--since", help="Queued from this time on (RFC 3339).")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest.")] = 100,
) -> None:
    """List jobs, the newest first."""
    from netraven_cli.store import jobs

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        rows = jobs.list_jobs(
            connection, state=state, job_type=job_type, subject=device, limit=limit, since=moment(since),
            error_class=error_class.value if error_class else None, batch_id=batch,
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


app.verb("wait")(wait)
app.verb("cancel")(cancel)
app.verb("retry")(retry)
app.verb("drop")(drop)
app.verb("reprioritise")(reprioritise)
app.verb("reschedule")(reschedule)
