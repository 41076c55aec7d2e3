"""`netraven schedule`: when jobs are due, and the timers that wake NetRaven."""

from __future__ import annotations

from typing import Annotated

import typer

from netraven_cli.cli.command import DryRun, Force, Noun, Yes, confirm, opened, whoami
from netraven_cli.cli.schedule_check import check
from netraven_cli.cli.schedule_entry import Name, add, edit, row_of, tell
from netraven_cli.cli.schedule_file import export, import_
from netraven_cli.cli.schedule_sync import sync
from netraven_cli.cli.schedule_times import history, next_

app = Noun("When jobs are due, and the timers that wake NetRaven.")
COLUMNS = [
    "name", "type", "when", "timezone", "priority", "enabled", "next_due_at", "late", "last_due_at", "last_state",
    "last_reason", "timer", "fired_at", "fires_at", "result",
]  # fmt: skip


app.verb("add")(add)
app.verb("edit")(edit)
app.verb("next")(next_)
app.verb("history")(history)
app.verb("check")(check)
app.verb("export")(export)
app.verb("import")(import_)
app.verb("sync")(sync)


@app.verb("list")
def list_schedules(ctx: typer.Context) -> None:
    """List schedules: when they are due next, what became of their last due time, and how their timers fare."""
    from netraven_cli.cli.schedule_timers import join
    from netraven_cli.store import occurrences, schedules

    with opened(ctx) as (context, terminal):
        with context.database.read() as connection:
            last = occurrences.last_occurrences(connection)
            found = schedules.list_all(connection)
        more = join(context, found)
        rows = [{**row_of(schedule, last.get(schedule.name)), **more[schedule.name]} for schedule in found]
        terminal.items("schedule", rows, COLUMNS)


@app.verb("show")
def show(
    ctx: typer.Context,
    name: Name,
    edits: Annotated[bool, typer.Option("--edits", help="Who changed what, the newest first.")] = False,
) -> None:
    """Show a schedule with its last due times, or with --edits what was done to it."""
    from netraven_cli.store import occurrences, schedule_events, schedules

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        found = schedules.get(connection, name)
        if edits:
            rows = schedule_events.list_events(connection, found.id, ["added", "edited"])
            terminal.items("schedule-edit", rows, ["at", "who", "kind", "changes"])
            return
        past = occurrences.history(connection, name)
        terminal.record("schedule", {**row_of(found, past[0] if past else None), "occurrences": past})


@app.verb("enable")
def enable(ctx: typer.Context, name: Name) -> None:
    """Let a schedule become due from now on."""
    from netraven_cli.schedule import record

    with opened(ctx) as (context, terminal), context.database.write() as connection:
        tell(terminal, record.enable(connection, name, context.clock(connection), whoami()), "is enabled")


@app.verb("disable")
def disable(ctx: typer.Context, name: Name) -> None:
    """Let a schedule not become due; what passes meanwhile is not caught up."""
    from netraven_cli.schedule import record

    with opened(ctx) as (context, terminal), context.database.write() as connection:
        tell(terminal, record.disable(connection, name, context.clock(connection), whoami()), "is disabled")


@app.verb("remove")
def remove(ctx: typer.Context, name: Name, yes: Yes = False, force: Force = False, dry_run: DryRun = False) -> None:
    """Remove a schedule with its history; its jobs stay."""
    from netraven_cli.store import schedules

    with opened(ctx) as (context, terminal):
        with context.database.read() as connection:
            schedules.get(connection, name)
        if dry_run:
            terminal.say(f"the schedule {name} would be removed")
            return
        confirm(context, f"Remove the schedule {name} and its history?", yes=yes, force=force)
        with context.database.write() as connection:
            schedules.remove(connection, name)
        terminal.say(f"the schedule {name} is removed; its timer goes with: netraven schedule sync")
