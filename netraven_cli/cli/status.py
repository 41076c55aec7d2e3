"""`netraven status`: how things stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from netraven_cli.cli.command import Command, opened

if TYPE_CHECKING:
    from netraven_cli.report.status import Status

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
        if terminal.json:
            terminal.record("status", found)
        else:
            terminal.record("status", _in_words(found))
    return 1 if check and not found.is_well else 0


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
