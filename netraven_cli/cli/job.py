"""`netraven job`: the queue, job by job."""

from __future__ import annotations

import getpass
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from netraven_cli.cli.command import (
    All,
    DeviceNames,
    DryRun,
    Noun,
    PlatformOption,
    Tags,
    ZoneOption,
    moment,
    opened,
    parameters,
    selector_of,
)
from netraven_cli.cli.job_log import log
from netraven_cli.errors import TryLaterError, UsageError
from netraven_cli.model import JobState

if TYPE_CHECKING:
    from netraven_cli.cli.submission import Submission
    from netraven_cli.model import NewJob
    from netraven_cli.plugin import Context

app = Noun("The queue.")
Ids = Annotated[list[int], typer.Argument(metavar="ID...", help="Numbers of jobs.")]
COLUMNS = ["id", "type", "subject", "state", "attempt", "error_class", "reason", "created_at", "finished_at"]
FINAL = (JobState.SUCCEEDED, JobState.DEAD, JobState.CANCELLED)
POLL_SECONDS = 0.5


@app.verb("list")
def list_jobs(
    ctx: typer.Context,
    state: Annotated[JobState | None, typer.Option("--state", help="Jobs in this state.")] = None,
    job_type: Annotated[str | None, typer.Option("--type", help="Jobs of this type.")] = None,
    device: Annotated[str | None, typer.Option("--device", help="Jobs of this device.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest.")] = 100,
) -> None:
    """List jobs, the newest first."""
    from netraven_cli.store import jobs

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        rows = jobs.list_jobs(connection, state=state, job_type=job_type, subject=device, limit=limit)
        terminal.items("job", rows, COLUMNS)


@app.verb("show")
def show(ctx: typer.Context, job_id: Annotated[int, typer.Argument(metavar="ID", help="Number of a job.")]) -> None:
    """Show a job with its attempts."""
    from netraven_cli.cli.render import plain_row
    from netraven_cli.store import jobs

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        found = plain_row(jobs.get(connection, job_id))
        terminal.record("job", {**found, "attempts": jobs.attempts(connection, job_id)})


app.verb("log")(log)


@app.verb("submit")
def submit(
    ctx: typer.Context,
    job_type: Annotated[str | None, typer.Argument(metavar="[TYPE]", help="backup, or another job type.")] = None,
    names: DeviceNames = None,
    tag: Tags = None,
    platform: PlatformOption = None,
    zone: ZoneOption = None,
    all_: All = False,
    priority: Annotated[int, typer.Option("--priority", min=0, max=100, help="Higher is sooner.")] = 50,
    at: Annotated[str | None, typer.Option("--at", help="Not before this time (RFC 3339).")] = None,
    param: Annotated[list[str] | None, typer.Option("--param", metavar="K=V", help="A parameter of the type.")] = None,
    source: Annotated[str | None, typer.Option("--from", metavar="FILE|-", help="JSON lines instead.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Queue jobs; the next `netraven run` of their type, or `netraven run --due`, does them."""
    from netraven_cli.cli import submission

    if bool(job_type) == bool(source):
        raise UsageError("write: netraven job submit TYPE [SELECTOR], or: netraven job submit --from FILE")
    with opened(ctx) as (context, terminal):
        if source:
            wanted = submission.read(source)
        else:
            selector = selector_of(names, tag, platform, zone, all_)
            one = submission.Submission(
                type=job_type or "", selector=selector, params=parameters(param), priority=priority, at=moment(at)
            )
            wanted = [one]
        new = [job for one in wanted for job in _jobs(context, one)]
        if dry_run:
            terminal.items("plan", [{"type": job.type, "subject": job.subject} for job in new], ["type", "subject"])
            return
        rows = _queue(context, new)
        terminal.items("job", rows, ["id", "type", "subject", "state"])
        terminal.say(f"{len(rows)} jobs are queued; they are done by: netraven run --due")


def _jobs(context: Context, wanted: Submission) -> list[NewJob]:
    handler = context.handlers.get(wanted.type)
    if handler is None:
        raise UsageError(f"there is no job type {wanted.type!r}; there are: {', '.join(sorted(context.handlers))}")
    planned = handler.plan(context, wanted.selector, wanted.params)
    return [replace(job, priority=wanted.priority, ready_at=wanted.at) for job in planned]


def _queue(context: Context, new: list[NewJob]) -> list[object]:
    from netraven_cli.store import jobs, queue

    with context.database.write() as connection:
        ids = queue.enqueue(connection, new, now=context.now(), run_id=None, who=_who())
        found = jobs.states(connection, ids)
        return [found[id_] for id_ in ids]


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


@app.verb("cancel")
def cancel(ctx: typer.Context, ids: Ids) -> None:
    """End jobs: those that wait at once, those that run by their runner."""
    from netraven_cli.store import jobs

    with opened(ctx) as (context, terminal), context.database.write() as connection:
        for id_ in ids:
            state = jobs.cancel(connection, id_, who=_who(), now=context.now())
            terminal.say(
                f"job {id_} {'is cancelled' if state is JobState.CANCELLED else 'will be ended by its runner'}"
            )


@app.verb("retry")
def retry(ctx: typer.Context, ids: Ids) -> None:
    """Give dead or cancelled jobs all their attempts again."""
    from netraven_cli.store import jobs

    with opened(ctx) as (context, terminal), context.database.write() as connection:
        for id_ in ids:
            jobs.retry(connection, id_, who=_who(), now=context.now())
            terminal.say(f"job {id_} is ready again; it is done by: netraven run --due")


@app.verb("reschedule")
def reschedule(
    ctx: typer.Context, ids: Ids, at: Annotated[str, typer.Option("--at", help="Not before this time (RFC 3339).")]
) -> None:
    """Let waiting jobs wait until another time."""
    from netraven_cli.store import jobs

    with opened(ctx) as (context, terminal), context.database.write() as connection:
        when = moment(at) or context.now()
        for id_ in ids:
            jobs.reschedule(connection, id_, when, who=_who(), now=context.now())
            terminal.say(f"job {id_} is due at {when:%Y-%m-%d %H:%M:%S} UTC")


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user has no name
        return "operator"
