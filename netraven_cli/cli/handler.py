"""`netraven handler`: the job types that can be run."""

from __future__ import annotations

import typer

from netraven_cli.cli.command import Noun, opened

app = Noun("The job types that can be run.")


@app.verb("list")
def list_handlers(ctx: typer.Context) -> None:
    """List the job types: the distribution that each comes from, whether it is isolated, and what is wrong with it.

    A handler of another distribution than netraven is isolated: each of its attempts runs in a process of its own.
    """
    from contextlib import closing

    from netraven_cli.runner.installed import Handlers

    with opened(ctx) as (context, terminal), closing(Handlers()) as handlers:
        rows = list(handlers.installed(context.settings))
        terminal.items("handler", rows, ["type", "distribution", "version", "isolated", "code", "problem"])
