"""`netraven breaker`: devices that are left alone, credentials that are stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli.cli.command import DryRun, Noun, changing, opened, whoami
from netraven_cli.errors import NotFoundError, UsageError
from netraven_cli.model import Breaker

if TYPE_CHECKING:
    from netraven_cli.plugin import Context

app = Noun("Devices that are left alone since they do not answer, credentials that are stopped since they are refused.")
Key = Annotated[str, typer.Argument(metavar="KEY", help="device:NAME or credential:NAME.")]
COLUMNS = ["key", "state", "failures", "opened_at", "probe_at", "reason"]


@app.verb("list")
def list_breakers(
    ctx: typer.Context,
    all_: Annotated[bool, typer.Option("--all", help="Closed ones too, of which something is known.")] = False,
) -> None:
    """List the breakers that are open: what is not tried at the moment, and when the next attempt finds out."""
    from netraven_cli.store import breakers

    with opened(ctx) as (context, terminal):
        with context.database.read() as connection:
            found = breakers.list_breakers(connection, open_only=not all_)
        terminal.items("breaker", [_row(context, one) for one in found], COLUMNS)
        if not found:
            terminal.say("no breaker is open: no device is left alone, and no credential is stopped")


@app.verb("show")
def show(ctx: typer.Context, key: Key) -> None:
    """Show a breaker, with when it opened and closed."""
    from netraven_cli.store import breakers

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        found = next((one for one in breakers.list_breakers(connection) if one.key == key), None)
        events = breakers.events(connection, key)
        if found is None and not events:
            raise NotFoundError(f"nothing is known of a breaker {key}; see: netraven breaker list --all")
        terminal.record("breaker", {**_row(context, found or Breaker(key=key)), "events": events})


@app.verb("reset")
def reset(
    ctx: typer.Context,
    keys: Annotated[list[str] | None, typer.Argument(metavar="[KEY]...", help="device:NAME, credential:NAME.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every one.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Close breakers now and forget the failures: what they hold starts with the next claim."""
    from netraven_cli.store import breakers

    if bool(keys) == all_:
        raise UsageError("say which breakers: netraven breaker reset KEY…, or --all; see: netraven breaker list")
    with opened(ctx) as (context, terminal):
        with changing(context, dry_run=dry_run) as connection:
            wanted = keys or [one.key for one in breakers.list_breakers(connection)]
            _check(wanted)
            now = context.clock(connection)
            found = breakers.reset(connection, wanted, now=now, who=whoami())
        opened_ones = [one for one in found if one.is_open]
        names = ", ".join(sorted(one.key for one in opened_ones)) or "no breaker was open"
        rows = [_row(context, Breaker(key=one.key)) for one in found]
        terminal.changed("breaker", rows, f"closed: {names}" if opened_ones else names, dry_run=dry_run)


def _check(keys: list[str]) -> None:
    for key in keys:
        kind, _, name = key.partition(":")
        if kind not in ("device", "credential") or not name:
            raise UsageError(f"there is no breaker of {key!r}; write device:NAME or credential:NAME")


def _row(context: Context, one: Breaker) -> dict[str, Any]:
    return {
        "key": one.key,
        "state": one.state(context.now()),
        "failures": one.failures,
        "opens": one.opens,
        "opened_at": one.opened_at,
        "probe_at": one.probe_at,
        "probe_job": one.probe_job,
        "proven_at": one.proven_at,
        "reason": one.reason,
    }
