"""`netraven limit`: how many sessions there may be, over all runners on all hosts."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli.cli.command import DryRun, Noun, changing, opened
from netraven_cli.cli.render import plain_row
from netraven_cli.errors import UsageError
from netraven_cli.model import Limit

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from netraven_cli.plugin import Context

app = Noun("How many sessions there may be, over all runners on all hosts.")
KEYS = "global, zone:NAME, tag:NAME, credential:NAME (tried first), device (each by itself) or device:NAME"
Key = Annotated[str, typer.Argument(metavar="KEY", help=f"What is limited: {KEYS}.")]
Concurrent = Annotated[int | None, typer.Option("--concurrent", metavar="N", help="Sessions at once.")]
PerMinute = Annotated[
    int | None, typer.Option("--per-minute", metavar="N", help="Sessions begun in a minute, evenly spaced.")
]
COLUMNS = ["key", "concurrent", "per_minute", "held_jobs"]


@app.verb("list")
def list_limits(ctx: typer.Context) -> None:
    """List all limits, with the number of ready jobs that each holds at the moment."""
    from netraven_cli.store import limits

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        found = limits.list_limits(connection)
        terminal.items("limit", _rows(context, connection, found), COLUMNS)
        if not found:
            terminal.say("there are no limits; add one with: netraven limit add zone:NAME --concurrent 5")


@app.verb("show")
def show(ctx: typer.Context, key: Key) -> None:
    """Show a limit, with the number of ready jobs that it holds at the moment."""
    from netraven_cli.store import limits

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        terminal.record("limit", _rows(context, connection, [limits.get(connection, key)])[0])


@app.verb("add")
def add(
    ctx: typer.Context,
    key: Key,
    concurrent: Concurrent = None,
    per_minute: PerMinute = None,
    dry_run: DryRun = False,
) -> None:
    """Limit sessions: netraven limit add zone:dc1 --concurrent 5 --per-minute 60."""
    from netraven_cli.store import credentials, fleet, limits

    new = Limit(key=key, concurrent=concurrent, per_minute=per_minute)
    with opened(ctx) as (context, terminal):
        with changing(context, dry_run=dry_run) as connection:
            limits.add(connection, new, context.clock(connection))
            devices = fleet.load(connection, credentials.list_credentials(connection)).count(key)
        about = "no device yet" if not devices else "1 device" if devices == 1 else f"{devices} devices"
        terminal.changed("limit", [new], f"{key} is limited to {_words(new)}; that is about {about}", dry_run=dry_run)


@app.verb("edit")
def edit(
    ctx: typer.Context,
    key: Key,
    concurrent: Concurrent = None,
    per_minute: PerMinute = None,
    any_number: Annotated[
        bool, typer.Option("--any-number", help="Of sessions at once: take --concurrent away.")
    ] = False,
    any_pace: Annotated[bool, typer.Option("--any-pace", help="Take --per-minute away.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Give a limit other numbers; what is not named stays. Sessions that are under way go on."""
    from netraven_cli.store import limits

    if (any_number and concurrent) or (any_pace and per_minute):
        raise UsageError("an option is given together with the one that takes it away")
    with opened(ctx) as (context, terminal):
        with changing(context, dry_run=dry_run) as connection:
            before = limits.get(connection, key)
            after = dataclasses.replace(
                before,
                concurrent=None if any_number else concurrent or before.concurrent,
                per_minute=None if any_pace else per_minute or before.per_minute,
            )
            if after == before:
                raise UsageError(f"nothing to change for {key}; see: netraven limit edit --help")
            limits.edit(connection, after, context.clock(connection))
        terminal.changed("limit", [after], f"{key} is limited to {_words(after)}", dry_run=dry_run)


@app.verb("remove")
def remove(ctx: typer.Context, key: Key, dry_run: DryRun = False) -> None:
    """Take a limit away; what it holds starts with the next claim."""
    from netraven_cli.store import limits

    with opened(ctx) as (context, terminal):
        with changing(context, dry_run=dry_run) as connection:
            before = limits.get(connection, key)
            limits.remove(connection, key)
        terminal.changed("limit", [before], f"{key} is no longer limited", dry_run=dry_run)


def _words(limit: Limit) -> str:
    parts = (
        f"{limit.concurrent} at once" if limit.concurrent else "",
        f"{limit.per_minute} a minute" if limit.per_minute else "",
    )
    return " and ".join(part for part in parts if part)


def _rows(context: Context, connection: Connection, found: list[Limit]) -> list[dict[str, Any]]:
    from netraven_cli.store.held import held_jobs

    now = context.clock(connection)
    held = {one.key: one.jobs for one in held_jobs(connection, context.settings.breaker, now)} if found else {}
    return [{**plain_row(one), "held_jobs": held.get(one.key, 0)} for one in found]
