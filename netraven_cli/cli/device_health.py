"""`netraven device health`, `netraven device history`: how well devices are, and what happened to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli.cli.command import All, DeviceNames, PlatformOption, Tags, ZoneOption, opened, selector_of
from netraven_cli.cli.device_show import Name
from netraven_cli.cli.render import plain_row
from netraven_cli.model.health import HealthState

if TYPE_CHECKING:
    from netraven_cli.model.health import DeviceHealth

COLUMNS = ["device", "state", "since", "checked_at", "latency_ms", "24h", "7d", "30d", "reasons"]
EVENTS = ["at", "fact", "before", "after", "reason"]
SAMPLES = ["at", "state", "latency_ms"]


def show_health(
    ctx: typer.Context,
    names: DeviceNames = None,
    tag: Tags = None,
    platform: PlatformOption = None,
    zone: ZoneOption = None,
    all_: All = False,
    state: Annotated[HealthState | None, typer.Option("--state", help="Those in this state.")] = None,
) -> None:
    """Show how well devices are by their last check, and for what part of 24 h, 7 d and 30 d they were there.

    `netraven run status-check` checks them.
    """
    from netraven_cli.store import health_read, inventory

    selector = selector_of(names, tag, platform, zone, all_)
    look = inventory.find if selector.is_open else inventory.select
    with opened(ctx) as (context, terminal):
        with context.database.read() as connection:
            ids = [one.id for one in look(connection, selector)]
            oldest = context.settings.health.stale_seconds
            found = health_read.read(connection, ids, context.clock(connection), oldest)
        shown = [one for one in found if state in (None, one.state)]
        terminal.items("device-health", map(_row, shown), COLUMNS)
        if not found:
            terminal.say("no device was checked yet; check them with: netraven run status-check")


def show_history(
    ctx: typer.Context,
    name: Name,
    samples: Annotated[bool, typer.Option("--samples", help="Each check instead, as far as they are kept.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest.")] = 100,
) -> None:
    """Show what happened to a device, the newest first: down and up, started anew, another version or host key."""
    from netraven_cli.store import health_read, inventory

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        device = inventory.get(connection, name)
        if samples:
            terminal.items("device-sample", health_read.samples(connection, device.id, limit), SAMPLES, device=name)
        else:
            terminal.items("device-event", health_read.history(connection, device.id, limit), EVENTS, device=name)


def _row(one: DeviceHealth) -> dict[str, Any]:
    """With the availability in columns of their own, beside the field."""
    row = plain_row(one)
    return {**row, **row["availability"]}
