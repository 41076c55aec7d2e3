"""`netraven runner`: the runs that are under way, on all hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from netraven_cli.cli.command import Noun, opened, whoami
from netraven_cli.cli.render import plain_row
from netraven_cli.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from netraven_cli.store.runners import HeldJob, Runner

app = Noun("The runs that are under way, on all hosts.")
COLUMNS = ["id", "host", "pid", "started_at", "lease_until", "state", "left_behind", "jobs", "doing"]
SHOWN = 3  # devices in a line of the table; --json has all


@app.verb("list")
def list_runners(ctx: typer.Context) -> None:
    """List runners with their leases, workers that did not come back, and what each does: device, and for how long."""
    from netraven_cli.store import runners

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        now = runners.clock(connection, context.now())
        held = runners.held_jobs(connection)
        rows = [_row(one, held.get(one.id, []), now) for one in runners.list_runners(connection)]
        if not terminal.json:
            rows = [{**row, "jobs": len(row["jobs"]), "doing": _doing(row["jobs"])} for row in rows]
        terminal.items("runner", rows, COLUMNS)


@app.verb("stop")
def stop(
    ctx: typer.Context,
    runner_id: Annotated[str, typer.Argument(metavar="ID", help="A runner, by the beginning of its id.")],
) -> None:
    """Let a runner on any host end as on SIGTERM: with its next heartbeat; what it did not finish is put back."""
    from netraven_cli.store import runners

    with opened(ctx) as (context, terminal), context.database.write() as connection:
        found = runners.find(connection, runner_id)
        if found is None and not _is_whole(runner_id):
            raise NotFoundError(f"there is no runner {runner_id}; it may have ended, see: netraven runner list")
        if found is None:
            terminal.changed("runner", [], f"the runner {runner_id} is not there any more")
            return
        runners.request_stop(connection, found.id, whoami())
        rows = [one for one in runners.list_runners(connection) if one.id == found.id]
        late = found.lease_until < runners.clock(connection, context.now())
        end = "is dead; the next run puts its jobs back" if late else "ends with its next heartbeat"
        terminal.changed("runner", rows, f"the runner {found.id} on {found.host} {end}")


def _is_whole(runner_id: str) -> bool:
    """Whether it is a whole id: then a runner that is gone has done what was asked."""
    try:
        return str(UUID(runner_id)) == runner_id.lower()
    except ValueError:
        return False


def _row(one: Runner, held: Sequence[HeldJob], now: datetime) -> dict[str, Any]:
    state = "alive" if one.lease_until >= now else "dead"
    if one.stop_requested_by and state == "alive":
        state = "stopping"
    jobs = [{**plain_row(job), "age_seconds": int((now - job.started_at).total_seconds())} for job in held]
    return {**plain_row(one), "state": state, "jobs": jobs}


def _doing(jobs: Sequence[dict[str, Any]]) -> str:
    """The devices that are longest at it, for a line of a table."""
    more = f" and {len(jobs) - SHOWN} more" if len(jobs) > SHOWN else ""
    return ", ".join(f"{job['subject']} {job['age_seconds']} s" for job in jobs[:SHOWN]) + more
