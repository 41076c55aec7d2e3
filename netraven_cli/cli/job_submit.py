"""`netraven job submit`: what is to be queued, from a person or a script."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from netraven_cli.cli.command import (
    All,
    DeviceNames,
    DryRun,
    PlatformOption,
    PriorityOption,
    Tags,
    ZoneOption,
    moment,
    opened,
    parameters,
    priority_of,
    selector_of,
    whoami,
)
from netraven_cli.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from netraven_cli.cli.submission import Submission
    from netraven_cli.model import NewJob
    from netraven_cli.plugin import Context


def submit(
    ctx: typer.Context,
    job_type: Annotated[str | None, typer.Argument(metavar="[TYPE]", help="backup, or another job type.")] = None,
    names: DeviceNames = None,
    tag: Tags = None,
    platform: PlatformOption = None,
    zone: ZoneOption = None,
    all_: All = False,
    priority: PriorityOption = None,
    at: Annotated[str | None, typer.Option("--at", help="Not before this time (RFC 3339).")] = None,
    expires: Annotated[
        str | None, typer.Option("--expires", help="Not begun by this time (RFC 3339), a job is cancelled.")
    ] = None,
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
                type=job_type or "", selector=selector, params=parameters(param),
                priority=priority_of(priority), at=moment(at), expires=moment(expires),
            )  # fmt: skip
            wanted = [one]
        with context.database.read() as connection:
            now = context.clock(connection)
        new = [job for one in wanted for job in _jobs(context, one, now)]
        if dry_run:
            terminal.items("plan", [{"type": job.type, "subject": job.subject} for job in new], ["type", "subject"])
            return
        rows = _queue(context, new)
        terminal.items("job", rows, ["id", "type", "subject", "state"])
        terminal.say(f"{len(rows)} jobs are queued; they are done by: netraven run --due")


def _jobs(context: Context, wanted: Submission, now: datetime) -> list[NewJob]:
    handler = context.handlers.get(wanted.type)
    if handler is None:
        raise UsageError(f"there is no job type {wanted.type!r}; there are: {', '.join(sorted(context.handlers))}")
    earliest = max(wanted.at or now, now)
    if wanted.expires and wanted.expires <= earliest:
        raise UsageError(f"a {wanted.type} that expires at {wanted.expires:%Y-%m-%dT%H:%M:%SZ} could never begin")
    planned = handler.plan(context, wanted.selector, wanted.params)
    return [replace(job, priority=wanted.priority, ready_at=wanted.at, expires_at=wanted.expires) for job in planned]


def _queue(context: Context, new: list[NewJob]) -> list[object]:
    from netraven_cli.store import capacity, jobs, queue

    limits = context.settings.queue

    def work() -> list[object]:
        with context.database.write() as connection:
            ids = queue.enqueue(
                connection, new, now=context.clock(connection), run_id=None, who=whoami(), limits=limits
            )
            found = jobs.states(connection, ids)
            return [found[id_] for id_ in ids]

    return capacity.when_there_is_room(limits, work, _pause)


def _pause() -> bool:
    from netraven_cli.store.capacity import POLL_SECONDS

    time.sleep(POLL_SECONDS)
    return True
