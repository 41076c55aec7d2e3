"""`netraven handler`: the job types that can be run."""

from __future__ import annotations

import typer

from netraven_cli.cli.command import Noun, terminal_of

app = Noun("The job types that can be run.")


@app.verb("list")
def list_handlers(ctx: typer.Context) -> None:
    """List the job types and where their code comes from."""
    from netraven_cli.app import Handlers

    rows = [
        {"type": name, "code": f"{type(handler).__module__}.{type(handler).__qualname__}"}
        for name, handler in sorted(Handlers().items())
    ]
    terminal_of(ctx).items("handler", rows, ["type", "code"])
