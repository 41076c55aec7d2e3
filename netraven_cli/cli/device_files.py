"""`netraven device import` and `export`: the inventory from files and into them."""

from __future__ import annotations

import dataclasses
import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from netraven_cli.cli.command import (
    All,
    DeviceNames,
    DryRun,
    PlatformOption,
    Tags,
    ZoneOption,
    changing,
    opened,
    selector_of,
)
from netraven_cli.cli.device_telnet import warn_of_telnet
from netraven_cli.errors import NoInputError
from netraven_cli.model import Device, NewDevice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from netraven_cli.plugin import Context
    from netraven_cli.settings.keys import Settings


Entered = TypeVar("Entered", bound=NewDevice)


class Form(str, Enum):
    """Forms of inventory files."""

    CSV = "csv"
    JSON = "json"


def device_check(settings: Settings) -> Callable[[Entered], Entered]:
    """What refuses a device that cannot be in the inventory, or whose platform there is no data for.

    It gives the device back with its platform as netmiko calls it: `ios` becomes cisco_ios.
    """
    from netraven_cli.device.platforms import check_platform, load_platforms
    from netraven_cli.device.platforms.aliases import canonical
    from netraven_cli.store.device_rules import check_device

    platforms = load_platforms(settings.platforms_file)

    def check(new: Entered) -> Entered:
        check_device(new)
        found = canonical(new.platform, platforms)
        check_platform(found, platforms)
        return dataclasses.replace(new, platform=found)

    return check


def import_devices(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="CSV or JSON; - is the standard input.")],
    form: Annotated[Form | None, typer.Option("--from", help="The form, if it is not to be guessed.")] = None,
    update: Annotated[bool, typer.Option("--update", help="Change devices that are there already.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Add the devices of a file: all of them, or none if a row is bad.

    CSV begins with a line name,address,port,platform,tags,zone; several tags of a device are parted by |.
    """
    from netraven_cli.device.inventory_file import read_inventory

    content = _read(file)
    with opened(ctx) as (context, terminal):
        devices = read_inventory(content, device_check(context.settings), form.value if form else None)
        with changing(context, dry_run=dry_run) as connection:
            added, changed = _apply(connection, context, devices, update=update)
        kept = len(devices) - len(added) - len(changed)
        hint = "" if update or not kept else " (--update changes devices that are there)"
        terminal.changed(
            "import",
            [{"name": one.name, "change": change} for change, some in _changes(added, changed) for one in some],
            f"{len(added)} devices added, {len(changed)} changed, {kept} left as they were{hint}",
            dry_run=dry_run,
        )
        warn_of_telnet(terminal, [*added, *changed])


def _changes(added: Sequence[NewDevice], changed: Sequence[NewDevice]) -> list[tuple[str, Sequence[NewDevice]]]:
    return [("added", added), ("changed", changed)]


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise NoInputError(f"the file {file} cannot be read: {error.strerror}") from None


def _apply(
    connection: Connection, context: Context, devices: Sequence[NewDevice], *, update: bool
) -> tuple[list[NewDevice], list[Device]]:
    """Enter what is new; with --update, change what differs."""
    from netraven_cli.store import inventory

    there = inventory.by_names(connection, [one.name for one in devices])
    added = [one for one in devices if one.name not in there]
    inventory.add_devices(connection, added, context.now())
    wanted = [_merged(there[one.name], one) for one in devices if update and one.name in there]
    changed = [one for one in wanted if one != there[one.name]]
    for one in changed:
        inventory.edit(connection, one, context.now())
    return added, changed


def _merged(there: Device, given: NewDevice) -> Device:
    """A device with the values of a file; its identity and host key stay, and what the file cannot say."""
    values = {
        field.name: getattr(given, field.name) for field in dataclasses.fields(NewDevice) if field.name != "options"
    }
    return dataclasses.replace(there, **values, options=given.options if given.options.given() else there.options)


def export_devices(
    ctx: typer.Context,
    names: DeviceNames = None,
    tag: Tags = None,
    platform: PlatformOption = None,
    zone: ZoneOption = None,
    all_: All = False,
) -> None:
    """Print the inventory as CSV (with --json: JSON) that `device import` reads; disabled devices too."""
    from netraven_cli.device.inventory_columns import EXPORTED, export_row
    from netraven_cli.device.inventory_csv import write_csv
    from netraven_cli.store import inventory

    selector = selector_of(names, tag, platform, zone, all_)
    look = inventory.find if selector.is_open else inventory.select
    with opened(ctx) as (context, terminal):
        with context.database.read() as connection:
            found = look(connection, selector, disabled_too=True)
        if terminal.json:
            terminal.items("inventory", map(export_row, found), list(EXPORTED))
        else:
            terminal.data(write_csv(found))
