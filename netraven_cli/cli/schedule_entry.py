"""`netraven schedule add` and `edit`: what an operator says of a schedule."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli.cli.command import DryRun, opened, whoami
from netraven_cli.cli.render import plain_row
from netraven_cli.cli.schedule_options import PATTERNS, fields_of, taking_all, values_of
from netraven_cli.errors import UsageError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

    from netraven_cli.cli.render import Terminal
    from netraven_cli.model import NewSchedule, Occurrence, Schedule
    from netraven_cli.plugin import Context

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of a schedule.")]


@taking_all
def add(
    ctx: typer.Context,
    name: Name,
    disabled: Annotated[bool, typer.Option("--disabled", help="Not due before it is enabled.")] = False,
    dry_run: DryRun = False,
    **given: Any,
) -> None:
    """Add a schedule; without a selector it means every enabled device."""
    from netraven_cli.model import NewSchedule, Selector
    from netraven_cli.schedule import pattern, record, values
    from netraven_cli.settings import system_timezone

    with opened(ctx) as (context, terminal):
        where = given["timezone"]
        if where is None:
            where = context.settings.schedule.timezone or system_timezone()
        when = pattern.parse(timezone=where, **{kind: given[kind] for kind in PATTERNS})
        wanted = {"type": "backup", "selector": Selector(), **fields_of(given), "timezone": where}
        more = values.read(values_of(given), where)
        new = NewSchedule(name=name, pattern=when, enabled=not disabled, **wanted, **more)
        with transaction(context, dry_run=dry_run) as connection:
            now = context.clock(connection)
            made = record.add(connection, checked(context, connection, new), now, whoami())
        tell(terminal, made, "would be added" if dry_run else "is added")


@taking_all
def edit(
    ctx: typer.Context,
    name: Name,
    new_name: Annotated[str | None, typer.Option("--name", help="Its new name.")] = None,
    dry_run: DryRun = False,
    **given: Any,
) -> None:
    """Change what is given of a schedule, and nothing else; `none` takes a value away.

    A selector (or --all), windows and blackouts take the place of those before.
    """
    from netraven_cli.schedule import pattern, record, values
    from netraven_cli.schedule.wallclock import check_zone
    from netraven_cli.store import schedules

    with opened(ctx) as (context, terminal), transaction(context, dry_run=dry_run) as connection:
        old = schedules.get(connection, name)
        where = old.timezone if given["timezone"] is None else check_zone(given["timezone"])
        changes = {**fields_of(given), **values.read(values_of(given), where)}
        times = {kind: given[kind] for kind in PATTERNS}
        if any(time is not None for time in times.values()):
            changes["pattern"] = pattern.parse(timezone=where, **times)
        if "paused_until" in changes and changes["paused_until"] is None:
            changes["pause_reason"] = None
        wanted = replace(old, **{**changes, "name": old.name if new_name is None else new_name})
        new = checked(context, connection, wanted)
        edited = record.edit(connection, name, new, context.clock(connection), whoami())
        tell(terminal, edited, "would be changed" if dry_run else "is changed")


def row_of(schedule: Schedule, last: Occurrence | None) -> dict[str, Any]:
    """A schedule as it is shown: with its pattern in words and its last due time."""
    from netraven_cli.schedule.pattern import describe
    from netraven_cli.schedule.values import misfire_words

    more = {
        "misfire": misfire_words(schedule.misfire),
        "when": describe(schedule.pattern),
        "last_due_at": last and last.due_at,
        "last_state": last and last.state,
        "last_reason": last and last.reason,
    }
    return plain_row({**plain_row(schedule), **more})


def tell(terminal: Terminal, schedule: Schedule, done: str) -> None:
    """Say what was done to a schedule; with --json, show it."""
    row = row_of(schedule, None)
    if terminal.json:
        terminal.record("schedule", row)
        return
    due = f"due next at {row['next_due_at']}" if schedule.next_due_at else "not due"
    terminal.say(f"the schedule {schedule.name} {done}: {row['when']} ({schedule.timezone}), {due}")


def checked(context: Context, connection: Connection, new: NewSchedule) -> NewSchedule:
    """A schedule with its parameters as its job type reads them.

    Raises:
        UsageError: there is no such job type.
        NotFoundError: the selector matches nothing.
        DataError: the type has no such parameter, or cannot read it.
    """
    from netraven_cli.runner.planning import checked_parameters
    from netraven_cli.store import inventory

    if new.type not in context.handlers:
        raise UsageError(f"there is no job type {new.type}; there are: {', '.join(sorted(context.handlers))}")
    if not new.selector.is_open:
        inventory.select(connection, new.selector, disabled_too=True)
    return replace(new, params=checked_parameters(context, new.type, new.params))


def transaction(context: Context, *, dry_run: bool) -> AbstractContextManager[Connection]:
    """What a transaction that only reads wrote is gone at its end."""
    return context.database.read() if dry_run else context.database.write()
