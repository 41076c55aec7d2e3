"""`netraven job log`."""

from __future__ import annotations

from typing import Annotated

import typer

from netraven_cli.cli.command import opened


def log(ctx: typer.Context, job_id: Annotated[int, typer.Argument(metavar="ID", help="Number of a job.")]) -> None:
    """Show all of one job in the order of time: changes of its state, attempts, and its lines in this host's log."""
    from netraven_cli.report import job_log

    with opened(ctx) as (context, terminal):
        found = job_log.job_log(context, job_id)
        if terminal.json:
            terminal.items("job-event", found.items, [], job=job_id, attempts=found.attempts, log=found.log)
        else:
            terminal.items("job-event", job_log.timeline(found), ["at", "kind", "text"])
