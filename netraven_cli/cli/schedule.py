"""`netraven schedule`: when jobs are due, and the timers that wake NetRaven."""

from __future__ import annotations

import heapq
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli.cli.command import DryRun, Force, Noun, Yes, confirm, moment, opened
from netraven_cli.cli.schedule_entry import Name, add, edit, row_of, tell
from netraven_cli.cli.schedule_sync import sync

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from netraven_cli.model import Schedule

app = Noun("When jobs are due, and the timers that wake NetRaven.")
COLUMNS = ["name", "type", "when", "timezone", "priority", "enabled", "next_due_at", "last_due_at", "last_state"]


app.verb("add")(add)
app.verb("edit")(edit)
app.verb("sync")(sync)


@app.verb("list")
def list_schedules(ctx: typer.Context) -> None:
    """List schedules, when they are due next, and what became of their last due time."""
    from netraven_cli.store import schedules

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        last = schedules.last_occurrences(connection)
        rows = [row_of(schedule, last.get(schedule.name)) for schedule in schedules.list_all(connection)]
        terminal.items("schedule", rows, COLUMNS)


@app.verb("show")
def show(ctx: typer.Context, name: Name) -> None:
    """Show a schedule with its last due times."""
    from netraven_cli.store import schedules

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        past = schedules.history(connection, name)
        row = row_of(schedules.get(connection, name), past[0] if past else None)
        terminal.record("schedule", {**row, "occurrences": past})


@app.verb("enable")
def enable(ctx: typer.Context, name: Name) -> None:
    """Let a schedule become due from now on."""
    from netraven_cli.schedule import record

    with opened(ctx) as (context, terminal), context.database.write() as connection:
        tell(terminal, record.enable(connection, name, context.clock(connection)), "is enabled")


@app.verb("disable")
def disable(ctx: typer.Context, name: Name) -> None:
    """Let a schedule not become due; what passes meanwhile is not caught up."""
    from netraven_cli.store import schedules

    with opened(ctx) as (context, terminal), context.database.write() as connection:
        schedules.disable(connection, name)
        tell(terminal, schedules.get(connection, name), "is disabled")


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


@app.verb("next")
def next_(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="One schedule; all that are enabled.")] = None,
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=10_000, help="So many due times.")] = 10,
    at: Annotated[str | None, typer.Option("--at", help="From this time on (RFC 3339).")] = None,
) -> None:
    """Show the next due times, in UTC and on the clock of the schedule's zone."""
    from netraven_cli.store import schedules

    with opened(ctx) as (context, terminal):
        with context.database.read() as connection:
            chosen = [schedules.get(connection, name)] if name else schedules.list_all(connection)
        after = moment(at) or context.now()
        streams = [_coming(schedule, after) for schedule in chosen if name or schedule.enabled]
        rows = islice(heapq.merge(*streams, key=lambda row: (row["due_at"], row["schedule"])), count)
        terminal.items("due-time", rows, ["schedule", "due_at", "local", "timezone"])


@app.verb("check")
def check(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="One schedule; all.")] = None,
) -> int:
    """Say what to know of schedules: never due again, short months, clocks that jump. Exit 1 for a problem."""
    from netraven_cli.schedule.check import findings
    from netraven_cli.store import schedules

    with opened(ctx) as (context, terminal):
        with context.database.read() as connection:
            chosen = [schedules.get(connection, name)] if name else schedules.list_all(connection)
        found = [each for schedule in chosen for each in findings(schedule, context.handlers, context.now())]
        terminal.items("schedule-finding", found, ["schedule", "severity", "finding"])
    return 1 if any(each.severity == "problem" for each in found) else 0


def _coming(schedule: Schedule, after: datetime) -> Iterator[dict[str, Any]]:
    from netraven_cli.schedule.occurrences import occurrences
    from netraven_cli.schedule.wallclock import zone_of

    zone = zone_of(schedule.timezone)
    for due_at in occurrences(schedule.pattern, schedule.timezone, after):
        local = due_at.astimezone(zone).isoformat(timespec="seconds")
        yield {"schedule": schedule.name, "due_at": due_at, "local": local, "timezone": schedule.timezone}
