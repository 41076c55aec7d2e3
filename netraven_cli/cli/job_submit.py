"""`netraven job submit`: what is to be queued, from a person or a script."""

from __future__ import annotations

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
)
from netraven_cli.cli.job_syslog import follow
from netraven_cli.cli.queueing import jobs_for, queue_jobs, wake_up
from netraven_cli.cli.submission import OnDuplicate
from netraven_cli.errors import UsageError

if TYPE_CHECKING:
    from netraven_cli.store.queue import Queued


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
    syslog: Annotated[
        str | None,
        typer.Option(
            "--from-syslog", metavar="FILE|-", help="Those that lines of syslog say were changed, as they come."
        ),
    ] = None,
    dedupe: Annotated[
        str | None, typer.Option("--dedupe", metavar="KEY", help="At most one live job has this key; for one job.")
    ] = None,
    on_duplicate: Annotated[
        OnDuplicate,
        typer.Option("--on-duplicate", help="Keep a waiting job of the same key, or replace it; one that runs stays."),
    ] = OnDuplicate.KEEP,
    dry_run: DryRun = False,
) -> None:
    """Queue jobs; the next `netraven run` of their type, or `netraven run --due`, does them.

    With --from-syslog, one job a device is queued for all that is heard within backup.hold_off_seconds.
    """
    from netraven_cli.cli import submission

    if bool(job_type) == bool(source):
        raise UsageError("write: netraven job submit TYPE [SELECTOR], or: netraven job submit --from FILE")
    if syslog and (source or at or expires or dedupe):
        raise UsageError("--from-syslog goes with a type, a selector, --priority and --param alone")
    with opened(ctx) as (context, terminal):
        if source:
            wanted = submission.read(source)
        else:
            selector = selector_of(names, tag, platform, zone, all_)
            one = submission.Submission(
                type=job_type or "", selector=selector, params=parameters(param),
                priority=priority_of(priority), at=moment(at), expires=moment(expires),
                dedupe=dedupe, on_duplicate=on_duplicate,
            )  # fmt: skip
            wanted = [one]
        if syslog:
            follow(context, terminal, wanted[0], syslog, dry_run=dry_run)
            return
        with context.database.read() as connection:
            now = context.clock(connection)
        new = [job for one in wanted for job in jobs_for(context, one, now)]
        if dry_run:
            terminal.items("plan", [{"type": job.type, "subject": job.subject} for job in new], ["type", "subject"])
            return
        queued, rows = queue_jobs(context, new)
        wake_up(context)
        terminal.items("job", rows, ["id", "type", "subject", "state", "batch_id"], batch=queued.batch_id)
        terminal.say(_sentence(queued))


def _sentence(queued: Queued) -> str:
    """What became of the jobs, and how to go on."""
    new, live = len(queued.new), len(queued.live)
    if not new:
        return "no job is new" + (f": {live} are under way already" if live else "")
    also = f", {live} are under way already" if live else ""
    batch = queued.batch_id
    return (
        f"{new} jobs are queued as batch {batch}{also}; they are done by: netraven run --due; "
        f"wait for them with: netraven job wait --batch {batch}"
    )
