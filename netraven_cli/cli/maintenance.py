"""`netraven maintenance`: the chores by which NetRaven keeps itself in order."""

from __future__ import annotations

import typer

from netraven_cli.cli.command import Noun, opened

app = Noun("The chores by which NetRaven keeps itself in order.")
COLUMNS = ["chore", "last_at", "next_at", "seconds", "findings", "about"]


@app.verb("list")
def list_chores(ctx: typer.Context) -> None:
    """List the chores of this host: when each was done last, when it is due, and how much it found.

    What one did and found: netraven maintenance list --json. Do what is due: netraven run maintenance; one of them:
    netraven run maintenance --param chore=NAME.
    """
    from netraven_cli.cli.render import plain_row
    from netraven_cli.handlers.maintenance import standing

    with opened(ctx) as (context, terminal):
        rows = [{**plain_row(one), "findings": len(one.found)} for one in standing(context)]
        terminal.items("maintenance", rows, COLUMNS)
