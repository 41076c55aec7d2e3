"""`netraven status`: how things stand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from netraven_cli.cli.command import Command, opened
from netraven_cli.cli.render import Terminal
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
    nagios: Annotated[
        bool, typer.Option("--nagios", help="One line with figures, and 0, 1, 2 or 3, as monitoring plugins do.")
    ] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Show it again and again, until Ctrl-C.")] = False,
    interval: Annotated[float, typer.Option("--interval", min=0.2, help="Seconds between two looks.")] = 2,
) -> int:
    """Show devices, queue, runners and schedules, and what asks for an operator.

    Any host that reaches the database can tell: a scheduler that is dead is noticed by the age of its results.
    """
    from netraven_cli.report.status import gather

    if nagios:
        return _as_plugin(ctx, max_age)
    objective = _length(max_age, "--max-age")
    with opened(ctx) as (context, terminal):
        if watch:
            return _watch(terminal, lambda: gather(context, max_age=objective), interval)
        found = gather(context, max_age=objective)
        terminal.record("status", found if terminal.json else _in_words(found))
    return 1 if (check and not found.is_well) or (max_age and found.stale) else 0


def _as_plugin(ctx: typer.Context, max_age: str | None) -> int:
    """Whatever happens: one line, and a status that a monitoring system knows."""
    from netraven_cli.report import nagios
    from netraven_cli.report.status import gather

    try:
        objective = _length(max_age, "--max-age")
        with opened(ctx) as (context, _):
            level, line = nagios.plugin_line(gather(context, max_age=objective))
    except NetravenError as error:
        level, line = nagios.unknown_line(str(error))
    Terminal().data(f"{line}\n")
    return level


def _watch(terminal: Terminal, look: Callable[[], Status], interval: float) -> int:
    def shown() -> dict[str, object]:
        try:
            return _in_words(look())
        except NetravenError as error:  # a database that is started anew is back at the next look
            return {"problem": str(error)}

    terminal.live(shown, interval)
    return 0


def _length(text: str | None, option: str) -> timedelta | None:
    try:
        return duration(text) if text else None
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None


def _in_words(found: Status) -> dict[str, object]:
    """The status for a person: what is there, and last what asks for an operator."""
    devices, jobs = found.devices, found.jobs
    due = f", next due {found.next_due_at:%Y-%m-%d %H:%M} UTC" if found.next_due_at else ""
    words: dict[str, object] = {
        "netraven": f"{found.version}, environment {found.environment}",
        "devices": f"{devices.total}, {devices.enabled} enabled, {devices.never} without a backup",
        "oldest proof": devices.oldest_verified_at,
        "last success": found.last_success_at,
        "jobs": f"{jobs['ready']} ready, {jobs['running']} running, {jobs['scheduled']} later, {found.failing} failing",
        "quarantine": f"{found.quarantined} captures",
        "git": f"{found.archive_pending} configurations to come",
        "schedules": f"{found.schedules} enabled{due}",
        "runners": [f"{runner.host} pid {runner.pid}" for runner in found.runners],
    }
    return words | {f"problem {number}": sentence for number, sentence in enumerate(found.problems, 1)}
