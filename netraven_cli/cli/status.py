"""`netraven status`: how things stand."""

from __future__ import annotations

from typing import Annotated

import typer

from netraven_cli.cli.command import Command, opened

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(cls=Command)
def status(
    ctx: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Exit with 1 if something asks for an operator.")] = False,
) -> int:
    """Show devices, queue, runners and schedules, and what asks for an operator."""
    from netraven_cli.report.status import gather

    with opened(ctx) as (context, terminal):
        found = gather(context)
        terminal.record("status", found)
        if not terminal.json:
            for problem in found.problems:
                terminal.say(problem)
    return 1 if check and not found.is_well else 0
