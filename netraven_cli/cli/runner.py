"""`netraven runner`: the runs that are under way, on all hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from netraven_cli.cli.command import Noun, opened, whoami
from netraven_cli.cli.render import plain_row
from netraven_cli.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from netraven_cli.store.runners import HeldJob, Runner

app = Noun("The runs that are under way, on all hosts.")
COLUMNS = [
    "id", "host", "pid", "version", "started_at", "heartbeat_at", "state", "workers", "busy", "left_behind",
    "memory_mb", "descriptors", "short_of", "doing",
]  # fmt: skip
RunnerId = Annotated[str, typer.Argument(metavar="ID", help="A runner, by the beginning of its id.")]
SHOWN = 3  # devices in a line of the table; --json has all


@app.verb("list")
def list_runners(ctx: typer.Context) -> None:
    """List runners: how each is, by its last heartbeat, and what it does: device, and for how long."""
    from netraven_cli.store import runners

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        now = context.clock(connection)
        held = runners.held_jobs(connection)
        rows = [_row(one, held.get(one.id, []), now) for one in runners.list_runners(connection)]
        if not terminal.json:
            rows = [{**row, "doing": _doing(row["jobs"])} for row in rows]
        terminal.items("runner", rows, COLUMNS)


@app.verb("stop")
def stop(ctx: typer.Context, runner_id: RunnerId) -> None:
    """Let a runner on any host end as on SIGTERM, within seconds; what it did not finish is put back."""
    from netraven_cli.store import orders

    _ask(ctx, runner_id, "ends within seconds", lambda connection, id_: orders.request_stop(connection, id_, whoami()))


@app.verb("resize")
def resize(
    ctx: typer.Context,
    runner_id: RunnerId,
    workers: Annotated[int, typer.Argument(metavar="WORKERS", min=1, max=1000, help="Sessions at once.")],
) -> None:
    """Let a runner on any host do so many jobs at once from now on; what it does goes on to its end."""
    from netraven_cli.store import orders

    said = f"will have {workers} workers within seconds"
    _ask(ctx, runner_id, said, lambda connection, id_: orders.request_workers(connection, id_, workers))


def _ask(ctx: typer.Context, runner_id: str, said: str, ask: Callable[[Connection, str], object]) -> None:
    """Put a wish on record; for a runner that has ended there is nothing to do."""
    from netraven_cli.store import runners

    with opened(ctx) as (context, terminal), context.database.write() as connection:
        found = runners.find(connection, runner_id)
        if found is None and not _is_whole(runner_id):
            raise NotFoundError(f"there is no runner {runner_id}; it may have ended, see: netraven runner list")
        if found is None:
            terminal.changed("runner", [], f"the runner {runner_id} is not there any more")
            return
        ask(connection, found.id)
        rows = [one for one in runners.list_runners(connection) if one.id == found.id]
        late = found.lease_until < context.clock(connection)
        end = "is dead; the next run puts its jobs back" if late else said
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
    memory = None if one.memory_bytes is None else round(one.memory_bytes / 1e6)
    return {**plain_row(one), "state": state, "busy": len(jobs), "memory_mb": memory, "jobs": jobs}


def _doing(jobs: Sequence[dict[str, Any]]) -> str:
    """The devices that are longest at it, for a line of a table."""
    more = f" and {len(jobs) - SHOWN} more" if len(jobs) > SHOWN else ""
    return ", ".join(f"{job['subject']} {job['age_seconds']} s" for job in jobs[:SHOWN]) + more
