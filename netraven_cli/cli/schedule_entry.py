"""`netraven schedule add` and `edit`: what an operator says of a schedule."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli.cli.command import (
    All,
    DeviceNames,
    DryRun,
    PlatformOption,
    PriorityOption,
    Tags,
    ZoneOption,
    opened,
    parameters,
    priority_of,
    selector_of,
)
from netraven_cli.cli.render import plain_row
from netraven_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

    from netraven_cli.cli.render import Terminal
    from netraven_cli.model import NewSchedule, Occurrence, Schedule
    from netraven_cli.plugin import Context

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of a schedule.")]
Type = Annotated[str | None, typer.Option("--type", help="Job type: backup, or another of `handler list`.")]
Daily = Annotated[str | None, typer.Option("--daily", metavar="HH:MM", help="Each day.")]
Weekly = Annotated[
    str | None, typer.Option("--weekly", metavar="DAY@HH:MM", help="Sun@02:30, Mon,Wed@02:30, Mon-Fri@02:30.")
]
Monthly = Annotated[
    str | None, typer.Option("--monthly", metavar="DAY@HH:MM", help="1@02:30, last@02:30, 2nd-Tue@02:30, last-Fri@…")
]
Every = Annotated[str | None, typer.Option("--every", metavar="15m", help="In real time, counted from 1970: 15m, 2h.")]
Cron = Annotated[str | None, typer.Option("--cron", metavar="EXPR", help="Minute, hour, day, month, day of week.")]
At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="Once: 2026-12-24T18:00.")]
Timezone = Annotated[str | None, typer.Option("--tz", metavar="ZONE", help="Europe/Berlin; this machine's.")]
Params = Annotated[list[str] | None, typer.Option("--param", metavar="K=V", help="A parameter of the job type.")]


def add(
    ctx: typer.Context,
    name: Name,
    names: DeviceNames = None,
    job_type: Type = None,
    daily: Daily = None,
    weekly: Weekly = None,
    monthly: Monthly = None,
    every: Every = None,
    cron: Cron = None,
    at: At = None,
    timezone: Timezone = None,
    tag: Tags = None,
    platform: PlatformOption = None,
    zone: ZoneOption = None,
    all_: All = False,
    priority: PriorityOption = None,
    param: Params = None,
    disabled: Annotated[bool, typer.Option("--disabled", help="Not due before it is enabled.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Add a schedule; without a selector it means every enabled device."""
    from netraven_cli.model import NewSchedule
    from netraven_cli.schedule import pattern, record
    from netraven_cli.settings import system_timezone

    selector = selector_of(names, tag, platform, zone, all_)
    with opened(ctx) as (context, terminal):
        where = timezone or context.settings.schedule.timezone or system_timezone()
        when = pattern.parse(timezone=where, daily=daily, weekly=weekly, monthly=monthly, every=every, cron=cron, at=at)
        new = NewSchedule(
            name=name, type=job_type or "backup", pattern=when, timezone=where, selector=selector,
            params=parameters(param), priority=priority_of(priority), enabled=not disabled,
        )  # fmt: skip
        with _transaction(context, dry_run=dry_run) as connection:
            new = _checked(context, connection, new)
            added = record.add(connection, new, context.clock(connection))
            tell(terminal, added, "would be added" if dry_run else "is added")


def edit(
    ctx: typer.Context,
    name: Name,
    names: DeviceNames = None,
    new_name: Annotated[str | None, typer.Option("--name", help="Its new name.")] = None,
    job_type: Type = None,
    daily: Daily = None,
    weekly: Weekly = None,
    monthly: Monthly = None,
    every: Every = None,
    cron: Cron = None,
    at: At = None,
    timezone: Timezone = None,
    tag: Tags = None,
    platform: PlatformOption = None,
    zone: ZoneOption = None,
    all_: All = False,
    priority: PriorityOption = None,
    param: Params = None,
    dry_run: DryRun = False,
) -> None:
    """Change what is given of a schedule; a selector (or --all) takes the place of the one before."""
    from netraven_cli.schedule import pattern, record
    from netraven_cli.schedule.wallclock import check_zone
    from netraven_cli.store import schedules

    selector = selector_of(names, tag, platform, zone, all_)
    times = {"daily": daily, "weekly": weekly, "monthly": monthly, "every": every, "cron": cron, "at": at}
    with opened(ctx) as (context, terminal), _transaction(context, dry_run=dry_run) as connection:
        old = schedules.get(connection, name)
        where = check_zone(timezone or old.timezone)
        given: dict[str, Any] = {"name": new_name, "type": job_type, "timezone": timezone}
        given |= {
            "params": parameters(param) or None,
            "priority": None if priority is None else priority_of(priority),
            "selector": selector if selector.all or not selector.is_open else None,
        }
        if any(time is not None for time in times.values()):
            given["pattern"] = pattern.parse(timezone=where, **times)
        new = _checked(context, connection, _with(old, given))
        edited = record.edit(connection, name, new, context.clock(connection))
        tell(terminal, edited, "would be changed" if dry_run else "is changed")


def row_of(schedule: Schedule, last: Occurrence | None) -> dict[str, Any]:
    """A schedule as it is shown: with its pattern in words and its last due time."""
    from netraven_cli.schedule.pattern import describe

    more = {"when": describe(schedule.pattern), "last_due_at": last and last.due_at, "last_state": last and last.state}
    return plain_row({**plain_row(schedule), **more})


def tell(terminal: Terminal, schedule: Schedule, done: str) -> None:
    """Say what was done to a schedule; with --json, show it."""
    row = row_of(schedule, None)
    if terminal.json:
        terminal.record("schedule", row)
        return
    due = f"due next at {row['next_due_at']}" if schedule.next_due_at else "not due"
    terminal.say(f"the schedule {schedule.name} {done}: {row['when']} ({schedule.timezone}), {due}")


def _with(old: Schedule, given: Mapping[str, Any]) -> NewSchedule:
    """The values of a schedule, with those in place that were given."""
    from netraven_cli.model import NewSchedule

    names = [field.name for field in fields(NewSchedule)]
    return NewSchedule(**{name: getattr(old, name) if given.get(name) is None else given[name] for name in names})


def _checked(context: Context, connection: Connection, new: NewSchedule) -> NewSchedule:
    """Refuse a job type or a selector that nothing answers to, and parameters that the type has not."""
    from netraven_cli.runner.planning import checked_parameters
    from netraven_cli.store import inventory

    if new.type not in context.handlers:
        raise UsageError(f"there is no job type {new.type}; there are: {', '.join(sorted(context.handlers))}")
    if not new.selector.is_open:
        inventory.select(connection, new.selector, disabled_too=True)
    return replace(new, params=checked_parameters(context, new.type, new.params))


def _transaction(context: Context, *, dry_run: bool) -> AbstractContextManager[Connection]:
    """What a transaction that only reads wrote is gone at its end."""
    return context.database.read() if dry_run else context.database.write()
