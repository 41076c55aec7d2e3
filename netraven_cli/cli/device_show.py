"""`netraven device show`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli.cli.command import opened
from netraven_cli.cli.render import plain_row

if TYPE_CHECKING:
    from netraven_cli.cli.render import Terminal
    from netraven_cli.model.health import DeviceHealth
    from netraven_cli.plugin import Context

Name = Annotated[str, typer.Argument(metavar="DEVICE", help="Name of a device.")]


def show_device(
    ctx: typer.Context,
    name: Name,
    explain: Annotated[
        bool, typer.Option("--explain", help="All that is in force for it, each with where it comes from.")
    ] = False,
) -> None:
    """Show a device, what logs in, what proves its configuration, when that was last seen, and how well it is."""
    from netraven_cli.device.platforms import load_platforms
    from netraven_cli.store import credentials, health_read, history, inventory

    with opened(ctx) as (context, terminal):
        if explain:
            _explain(context, terminal, name)
            return
        with context.database.read() as connection:
            device = inventory.get(connection, name)
            known = credentials.list_credentials(connection)
            newest = history.newest(connection, [device.id], None)
            oldest = context.settings.health.stale_seconds
            checked = health_read.read(connection, [device.id], context.clock(connection), oldest)
        tried = [one.name for one in credentials.fitting(known, device)]
        last = newest[0].verified_at if newest else None
        platform = load_platforms(context.settings.platforms_file).get(device.platform)
        more = {"proof": platform.proof if platform else None, "tried_credentials": tried, "last_verified_at": last}
        terminal.record("device", {**plain_row(device), **more, **_health(checked, as_json=terminal.json)})


def _health(checked: list[DeviceHealth], *, as_json: bool) -> dict[str, Any]:
    if not checked:
        return {"health": None}
    row = plain_row(checked[0])
    del row["device"]
    return {"health": row} if as_json else {f"health {name}": value for name, value in row.items()}


def _explain(context: Context, terminal: Terminal, name: str) -> None:
    from netraven_cli.report.explain import explain

    found = explain(context, name, terminal.config)
    terminal.items("device-explanation", found, ["part", "name", "value", "origin"], device=name)
