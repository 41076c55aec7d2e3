"""`netraven metrics`: the status as Prometheus reads it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netraven_cli.cli.command import Command, opened
from netraven_cli.errors import NetravenError, UsageError

if TYPE_CHECKING:
    from netraven_cli.cli.render import Terminal
    from netraven_cli.plugin import Context

app = typer.Typer(add_completion=False, rich_markup_mode=None)
COLUMNS = ["name", "labels", "value"]


@app.command(cls=Command)
def metrics(
    ctx: typer.Context,
    textfile: Annotated[
        Path | None,
        typer.Option("--textfile", metavar="PATH", help="Into this file *.prom, for node_exporter to read."),
    ] = None,
) -> None:
    """Print metrics in the text format of Prometheus: devices, queue, runners, schedules, and the last 24 hours."""
    from netraven_cli.report import metrics as report
    from netraven_cli.report.status import gather

    if textfile and textfile.suffix != ".prom":
        raise UsageError(f"the name of {textfile} must end in .prom: node_exporter reads no other files")
    with opened(ctx) as (context, terminal):
        found = gather(context)
        if textfile:
            report.write(found, textfile)
            terminal.changed("metrics", report.rows_of(found), f"the metrics are in {textfile}")
        elif terminal.json:
            terminal.items("metrics", report.rows_of(found), COLUMNS)
        else:
            terminal.data(report.text_of(found))


def renew(context: Context, terminal: Terminal) -> None:
    """After a run: write the file that the settings name; what the run did counts, whether it can be written or not."""
    textfile = context.settings.metrics.textfile
    if textfile is None:
        return
    from netraven_cli.report import metrics as report
    from netraven_cli.report.status import gather

    try:
        report.write(gather(context), textfile)
    except NetravenError as error:
        terminal.complain(str(error))
