"""`netraven batch`: the jobs that were queued together."""

from __future__ import annotations

from typing import Annotated

import typer

from netraven_cli.cli.command import Noun, opened

app = Noun("The jobs that were queued together.")
COLUMNS = ["id", "who", "schedule", "created_at", "ended_at", "jobs"]


@app.verb("list")
def list_batches(
    ctx: typer.Context,
    live: Annotated[bool, typer.Option("--live", help="Those that have not ended.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest.")] = 100,
) -> None:
    """List batches with their jobs by state, the newest first."""
    from netraven_cli.store import batches

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        terminal.items("batch", batches.list_batches(connection, live=live, limit=limit), COLUMNS)


@app.verb("show")
def show(ctx: typer.Context, batch_id: Annotated[int, typer.Argument(metavar="ID", help="Number of a batch.")]) -> None:
    """Show a batch: who queued it, its jobs by state, when and how it ended. Its jobs: job list --batch ID."""
    from netraven_cli.store import batches

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        terminal.record("batch", batches.get(connection, batch_id))
