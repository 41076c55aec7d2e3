"""`netraven schedule check`: what an operator should know of schedules before they surprise him."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from netraven_cli.cli.command import opened

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from netraven_cli.model import Schedule
    from netraven_cli.plugin import Context
    from netraven_cli.schedule.check import Finding

MEASURED = timedelta(days=30)  # whose attempts tell how long devices take


def check(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="One schedule; all.")] = None,
) -> int:
    """Say what to know of schedules, and what to do: exit 1 when something is found.

    Never due again, collisions on a device, more work than fits, many starts in one minute, blackouts, short months,
    clocks that jump.
    """
    from netraven_cli.store import schedules

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        every = [schedules.get(connection, name)] if name else []
        every += [one for one in schedules.list_all(connection) if one.name != name]
        found = [each for one in every for each in _alone(context, connection, one) if name in (None, one.name)]
        found += [each for each in _together(context, connection, every) if name in (None, each.schedule, *each.also)]
        terminal.items("schedule-finding", found, ["schedule", "severity", "finding"])
    return 1 if found else 0


def _alone(context: Context, connection: Connection, schedule: Schedule) -> list[Finding]:
    from netraven_cli.schedule.check import findings
    from netraven_cli.store import calendars

    used = calendars.named(connection, schedule.blackouts)
    return findings(schedule, context.handlers, context.clock(connection), used)


def _together(context: Context, connection: Connection, every: list[Schedule]) -> list[Finding]:
    from netraven_cli.errors import DataError
    from netraven_cli.schedule.conflicts import conflicts, load_of
    from netraven_cli.schedule.record import held_back
    from netraven_cli.store import inventory
    from netraven_cli.store.durations import durations

    now, blackouts, loads = context.clock(connection), held_back(connection), []
    enabled = [one for one in every if one.enabled]
    devices = {chosen: inventory.find(connection, chosen) for chosen in {one.selector for one in enabled}}
    for one in enabled:
        try:
            loads.append(load_of(one, [device.name for device in devices[one.selector]], blackouts(one), now))
        except DataError:
            continue  # a finding of the schedule alone says why
    usual = durations(connection, now - MEASURED).usual
    return list(conflicts(loads, usual, context.settings.runner.workers))
