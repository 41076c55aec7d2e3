"""`netraven status`: how things stand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from netraven_cli.cli.command import Command, opened
from netraven_cli.cli.render import Terminal
from netraven_cli.cli.status_words import in_words
from netraven_cli.errors import NetravenError, UsageError
from netraven_cli.model.duration import duration

if TYPE_CHECKING:
    from netraven_cli.report.status import Status

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(cls=Command)
def status(
    ctx: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Exit with 1 if something asks for an operator.")] = False,
    max_age: Annotated[
        str | None,
        typer.Option("--max-age", metavar="26h", help="Exit with 1 if a device's last proof is older than this."),
    ] = None,
    window: Annotated[
        str, typer.Option("--window", metavar="24h", help="How far back attempts and their times are counted.")
    ] = "24h",
    nagios: Annotated[
        bool, typer.Option("--nagios", help="One line with figures, and 0, 1, 2 or 3, as monitoring plugins do.")
    ] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Show it again and again, until Ctrl-C.")] = False,
    interval: Annotated[float, typer.Option("--interval", min=0.2, help="Seconds between two looks.")] = 2,
) -> int:
    """Show devices, queue, runners and schedules, and what asks for an operator.

    Any host that reaches the database can tell: a scheduler that is dead is noticed by the age of its results.
    """
    from netraven_cli.cli.schedule_timers import wake
    from netraven_cli.report.status import DAY, gather

    if nagios:
        return _as_plugin(ctx, max_age)
    objective, back = _length(max_age, "--max-age"), _length(window, "--window")
    with opened(ctx) as (context, terminal):

        def look() -> Status:
            return gather(context, max_age=objective, back=back or DAY, wake=wake(context))

        if watch:
            return _watch(terminal, look, interval)
        found = look()
        terminal.record("status", found if terminal.json else in_words(found))
    return 1 if (check and not found.is_well) or (max_age and found.stale) else 0


def _as_plugin(ctx: typer.Context, max_age: str | None) -> int:
    """Whatever happens: one line, and a status that a monitoring system knows."""
    from netraven_cli.cli.schedule_timers import wake
    from netraven_cli.report import nagios
    from netraven_cli.report.status import gather

    try:
        objective = _length(max_age, "--max-age")
        with opened(ctx) as (context, _):
            level, line = nagios.plugin_line(gather(context, max_age=objective, wake=wake(context)))
    except NetravenError as error:
        level, line = nagios.unknown_line(str(error))
    Terminal().data(f"{line}\n")
    return level


def _watch(terminal: Terminal, look: Callable[[], Status], interval: float) -> int:
    def shown() -> dict[str, object]:
        try:
            return in_words(look())
        except NetravenError as error:  # a database that is started anew is back at the next look
            return {"problem": str(error)}

    terminal.live(shown, interval)
    return 0


def _length(text: str | None, option: str) -> timedelta | None:
    try:
        return duration(text) if text else None
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None
