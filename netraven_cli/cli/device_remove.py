"""`netraven device remove`: out of the inventory, and out of what the archive shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from netraven_cli.cli.command import (
    All,
    DeviceNames,
    DryRun,
    Force,
    PlatformOption,
    Tags,
    Yes,
    ZoneOption,
    changing,
    confirm,
    opened,
    whoami,
)
from netraven_cli.cli.device_selection import closed_selector, named
from netraven_cli.errors import NetravenError

if TYPE_CHECKING:
    from netraven_cli.cli.render import Terminal
    from netraven_cli.plugin import Context


def remove_devices(
    ctx: typer.Context,
    names: DeviceNames = None,
    tag: Tags = None,
    platform: PlatformOption = None,
    zone: ZoneOption = None,
    all_: All = False,
    yes: Yes = False,
    force: Force = False,
    dry_run: DryRun = False,
) -> None:
    """Take devices out of the inventory, and their files out of the archive; what they showed stays in its history."""
    from netraven_cli.store import inventory

    with opened(ctx) as (context, terminal):
        with context.database.read() as connection:
            found = inventory.select(connection, closed_selector(names, tag, platform, zone, all_), disabled_too=True)
        if not dry_run:
            confirm(context, f"Remove {named(found)} from the inventory?", yes=yes, force=force)
        with changing(context, dry_run=dry_run) as connection:
            inventory.remove(connection, found, context.now(), who=whoami())
        sentence = f"{named(found)} removed; what it showed stays in history: netraven snapshot list DEVICE"
        terminal.changed("device", found, sentence, dry_run=dry_run)
        if not dry_run:
            _clear_archive(context, terminal)


def _clear_archive(context: Context, terminal: Terminal) -> None:
    """Let their files leave the archive of this host at once; where that fails, the next run does it."""
    from netraven_cli.handlers.archiving import archive_pending, open_archive

    try:
        if open_archive(context.settings).id is not None:
            archive_pending(context)
    except NetravenError as error:
        terminal.say(f"the next run takes the files out of the archive, now it cannot be done: {error}")
