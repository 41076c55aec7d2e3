"""`netraven job submit`: what is to be queued, from a person or a script."""

from __future__ import annotations

import time
from contextlib import suppress
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
from netraven_cli.cli.submission import OnDuplicate
from netraven_cli.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from netraven_cli.cli.submission import Submission
    from netraven_cli.model import NewJob
    from netraven_cli.plugin import Context
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
    dedupe: Annotated[
        str | None, typer.Option("--dedupe", metavar="KEY", help="At most one live job has this key; for one job.")
    ] = None,
    on_duplicate: Annotated[
        OnDuplicate,
        typer.Option("--on-duplicate", help="Keep a waiting job of the same key, or replace it; one that runs stays."),
    ] = OnDuplicate.KEEP,
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
                dedupe=dedupe, on_duplicate=on_duplicate,
            )  # fmt: skip
            wanted = [one]
        with context.database.read() as connection:
            now = context.clock(connection)
        new = [job for one in wanted for job in _jobs(context, one, now)]
        if dry_run:
            terminal.items("plan", [{"type": job.type, "subject": job.subject} for job in new], ["type", "subject"])
            return
        queued, rows = _queue(context, new)
        _wake(context)
        terminal.items("job", rows, ["id", "type", "subject", "state", "batch_id"], batch=queued.batch_id)
        terminal.say(_sentence(queued))


def _jobs(context: Context, wanted: Submission, now: datetime) -> list[NewJob]:
    from netraven_cli.runner.planning import jobs_of

    if wanted.type not in context.handlers:
        raise UsageError(f"there is no job type {wanted.type!r}; there are: {', '.join(sorted(context.handlers))}")
    earliest = max(wanted.at or now, now)
    if wanted.expires and wanted.expires <= earliest:
        raise UsageError(f"a {wanted.type} that expires at {wanted.expires:%Y-%m-%dT%H:%M:%SZ} could never begin")
    planned = list(jobs_of(context, wanted.type, wanted.selector, wanted.params))
    if wanted.dedupe and len(planned) > 1:
        raise UsageError(f"the dedupe key {wanted.dedupe} is for one job, and these are {len(planned)}")
    return [
        replace(
            job, priority=wanted.priority, ready_at=wanted.at, expires_at=wanted.expires,
            dedupe_key=wanted.dedupe or job.dedupe_key, replaces=wanted.on_duplicate is OnDuplicate.REPLACE,
        )
        for job in planned
    ]  # fmt: skip


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


def _queue(context: Context, new: list[NewJob]) -> tuple[Queued, list[object]]:
    from netraven_cli.store import capacity, jobs, queue

    limits = context.settings.queue

    def work() -> tuple[Queued, list[object]]:
        with context.database.write() as connection:
            now = context.clock(connection)
            queued = queue.submit(connection, new, now=now, run_id=None, who=whoami(), limits=limits)
            found = jobs.states(connection, queued.ids)
            return queued, [found[id_] for id_ in queued.ids]

    return capacity.when_there_is_room(limits, work, _pause)


def _wake(context: Context) -> None:
    """Let the systemd of this machine start a run at once; where there is none, the next minute's run comes."""
    with suppress(OSError):
        context.settings.wake_file.touch()


def _pause() -> bool:
    from netraven_cli.store.capacity import POLL_SECONDS

    time.sleep(POLL_SECONDS)
    return True
