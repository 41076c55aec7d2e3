"""`netraven host-key`: which keys the devices are known by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli.cli.command import (
    All,
    DeviceNames,
    DryRun,
    Force,
    Noun,
    PlatformOption,
    Tags,
    Yes,
    ZoneOption,
    changing,
    confirm,
    opened,
    selector_of,
)
from netraven_cli.cli.device_show import Name
from netraven_cli.errors import UnavailableError, UsageError
from netraven_cli.model.host_key import fingerprint

if TYPE_CHECKING:
    from netraven_cli.model import Device
    from netraven_cli.plugin import Context

app = Noun("Which host keys the devices are known by; a device that shows another one gets no password.")

COLUMNS = ["device", "address", "port", "fingerprint", "refused"]


@app.verb("list")
def list_keys(
    ctx: typer.Context,
    names: DeviceNames = None,
    tag: Tags = None,
    platform: PlatformOption = None,
    zone: ZoneOption = None,
    all_: All = False,
    refused: Annotated[
        bool, typer.Option("--refused", help="Only devices that showed a key which was refused.")
    ] = False,
) -> None:
    """List the keys on record, and those that devices showed instead."""
    from netraven_cli.store import inventory

    selector = selector_of(names, tag, platform, zone, all_)
    look = inventory.find if selector.is_open else inventory.select
    with opened(ctx) as (context, terminal):
        with context.database.read() as connection:
            found = look(connection, selector, disabled_too=True)
        shown = [one for one in found if (one.refused_key if refused else one.host_key or one.refused_key)]
        terminal.items("host-key", map(_row, shown), COLUMNS)


@app.verb("accept")
def accept(ctx: typer.Context, name: Name, yes: Yes = False, force: Force = False, dry_run: DryRun = False) -> None:
    """Know a device by the key that it showed last and that was refused, or else by the one that it shows now.

    Compare the fingerprint with one that you have from the device itself: on IOS, `show ip ssh`.
    """
    from netraven_cli.store import host_keys, inventory

    with opened(ctx) as (context, terminal):
        with context.database.read() as connection:
            device = inventory.get(connection, name)
        key = device.refused_key or _shown_now(context, device)
        if key == device.host_key:
            terminal.say(f"{name} is known by this key already: {fingerprint(key)}")
            return
        if not dry_run:
            confirm(context, f"Know {name} by the key {fingerprint(key)} from now on?", yes=yes, force=force)
        with changing(context, dry_run=dry_run) as connection:
            host_keys.accept(connection, inventory.get(connection, name), key, context.now())
            after = inventory.get(connection, name)
        terminal.changed("host-key", [_row(after)], f"{name} is known by {fingerprint(key)}", dry_run=dry_run)


@app.verb("forget")
def forget(
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
    """Know no key of devices: the next one that they show is taken, unless session.host_keys is strict."""
    from netraven_cli.store import host_keys, inventory

    selector = selector_of(names, tag, platform, zone, all_)
    if selector.is_open and not selector.all:
        raise UsageError("say which devices: by name, by --tag, --platform or --zone, or --all")
    with opened(ctx) as (context, terminal):
        with context.database.read() as connection:
            found = inventory.select(connection, selector, disabled_too=True)
        if not dry_run:
            confirm(context, f"Trust whatever key {len(found)} devices show next?", yes=yes, force=force)
        with changing(context, dry_run=dry_run) as connection:
            host_keys.forget(connection, found, context.now())
        sentence = f"the keys of {len(found)} devices are forgotten"
        terminal.changed("host-key", map(_row, found), sentence, dry_run=dry_run)


@app.verb("export")
def export(
    ctx: typer.Context,
    names: DeviceNames = None,
    tag: Tags = None,
    platform: PlatformOption = None,
    zone: ZoneOption = None,
    all_: All = False,
) -> None:
    """Print the keys on record as a known_hosts file of OpenSSH."""
    from netraven_cli.store import inventory

    selector = selector_of(names, tag, platform, zone, all_)
    look = inventory.find if selector.is_open else inventory.select
    with opened(ctx) as (context, terminal):
        with context.database.read() as connection:
            found = [one for one in look(connection, selector, disabled_too=True) if one.host_key]
        if terminal.json:
            terminal.items("host-key", map(_row, found), COLUMNS)
        else:
            terminal.data("".join(f"{_known_host(one)} {one.host_key} {one.name}\n" for one in found))


def _known_host(one: Device) -> str:
    """The host as sshd(8), SSH_KNOWN_HOSTS FILE FORMAT, wants it."""
    return one.address if one.port == 22 else f"[{one.address}]:{one.port}"


def _row(one: Device) -> dict[str, Any]:
    return {
        "device": one.name,
        "address": one.address,
        "port": one.port,
        "fingerprint": fingerprint(one.host_key) if one.host_key else None,
        "refused": fingerprint(one.refused_key) if one.refused_key else None,
        "key": one.host_key,
    }


def _shown_now(context: Context, device: Device) -> str:
    from netraven_cli.device.reach import reach
    from netraven_cli.device.session import limits_of
    from netraven_cli.errors import AttemptError
    from netraven_cli.store import keyring
    from netraven_cli.store.vault import Vault

    if device.options.telnet:
        raise UsageError(f"{device.name} is reached by telnet, which knows no host keys")
    jumps = {}
    if device.options.jump:
        with context.database.read() as connection:
            jumps = keyring.jumps_for(connection, Vault(context.settings.vault_key_file), [device])
    try:
        reached = reach(device, limits_of(context.settings.session, device.options, jumps.get(device.id, ())))
    except AttemptError as error:
        raise UnavailableError(f"{device.name} cannot be asked for its key: {error}") from None
    if reached.host_key is None:
        raise UnavailableError(f"{device.name} shows no host key: {reached.fault}")
    return reached.host_key
