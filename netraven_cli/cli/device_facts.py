"""`netraven device facts`: what a device says of itself, and said before."""

from __future__ import annotations

import typer

from netraven_cli.cli.command import opened
from netraven_cli.cli.device_show import Name
from netraven_cli.cli.render import plain_row

COLUMNS = ["seen_at", "verified_at", "hostname", "vendor", "model", "serial", "os_version", "interfaces"]


def show_facts(ctx: typer.Context, name: Name) -> None:
    """Show what a device says of itself, the newest first; with --json also the changes that are events.

    `netraven run discovery DEVICE` asks it.
    """
    from netraven_cli.store import facts, inventory

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        device = inventory.get(connection, name)
        found = facts.history(connection, device.id)
        changes = [plain_row(one) for one in facts.events(connection, device.id)]
        terminal.items("device-facts", found, COLUMNS, device=name, events=changes)
        if not found:
            terminal.say(f"nothing is known yet; ask it with: netraven run discovery {name}")
