"""`netraven schedule next` and `history`: due times to come, and what became of those that were."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli.cli.command import moment, opened
from netraven_cli.cli.render import plain_row

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from netraven_cli.model import Schedule
    from netraven_cli.schedule.upcoming import Upcoming
    from netraven_cli.store.occurrences import Past

NEXT_COLUMNS = ["schedule", "due_at", "local", "timezone", "starts_at", "starts_until", "why"]
DEVICE_COLUMNS = ["schedule", "due_at", "device", "starts_at", "why"]
PAST_COLUMNS = [
    "due_at", "state", "jobs", "coalesced", "succeeded", "dead", "cancelled", "live", "seconds", "run_id", "reason",
]  # fmt: skip


def next_(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="One schedule; all that are enabled.")] = None,
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=10_000, help="So many due times.")] = 10,
    at: Annotated[str | None, typer.Option("--at", help="From this time on (RFC 3339).")] = None,
    devices: Annotated[bool, typer.Option("--devices", help="When each device starts.")] = False,
) -> None:
    """Show the next due times on both clocks, with those that are skipped or deferred, and why."""
    from netraven_cli.schedule.record import held_back
    from netraven_cli.schedule.upcoming import of_devices, upcoming
    from netraven_cli.store import inventory

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        after = moment(at) or context.now()
        chosen = {one.name: one for one in _chosen(connection, name, count, everything=at is not None)}
        rows: list[Upcoming] = list(islice(upcoming(chosen.values(), held_back(connection), after), count))
        if devices:
            of = {one.schedule: inventory.find(connection, chosen[one.schedule].selector) for one in rows}
            rows = [
                each
                for one in rows
                for each in of_devices(
                    one, [device.name for device in of[one.schedule]], chosen[one.schedule].spread_seconds
                )
            ]
        terminal.items("due-time", rows, DEVICE_COLUMNS if devices else NEXT_COLUMNS)


def _chosen(connection: Connection, name: str | None, count: int, *, everything: bool) -> list[Schedule]:
    """The schedules that may have one of the next due times; from another time on, that may be any."""
    from netraven_cli.store import schedules

    if name:
        return [schedules.get(connection, name)]
    if everything:
        return [one for one in schedules.list_all(connection) if one.enabled]
    return schedules.soonest(connection, count)


def history(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of a schedule.")],
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=10_000, help="So many, the newest.")] = 20,
) -> None:
    """Show the due times that were, the newest first: what became of each, of its jobs, and how long they took."""
    from netraven_cli.store import occurrences

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        past = occurrences.outcomes(connection, name, count)
        terminal.items("occurrence", [_past_row(one) for one in past], PAST_COLUMNS)


def _past_row(past: Past) -> dict[str, Any]:
    row = plain_row(past)
    return {**row.pop("occurrence"), **row, "seconds": _seconds(past.started_at, past.finished_at)}


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return round((end - start).total_seconds(), 1) if start and end else None
