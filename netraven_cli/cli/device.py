"""`netraven device`: the inventory."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated

import typer

from netraven_cli.cli.command import (
    All,
    DeviceNames,
    DryRun,
    Noun,
    PlatformOption,
    Tags,
    ZoneOption,
    changing,
    opened,
    selector_of,
)
from netraven_cli.cli.device_facts import show_facts
from netraven_cli.cli.device_files import device_check, export_devices, import_devices
from netraven_cli.cli.device_health import show_health, show_history
from netraven_cli.cli.device_options import OptionsOption
from netraven_cli.cli.device_remove import remove_devices
from netraven_cli.cli.device_selection import closed_selector, named
from netraven_cli.cli.device_show import Name, show_device
from netraven_cli.cli.device_telnet import warn_of_telnet
from netraven_cli.cli.device_test import test_devices
from netraven_cli.device.options import changed_options
from netraven_cli.errors import UsageError
from netraven_cli.model import NewDevice, Options

if TYPE_CHECKING:
    from netraven_cli.model import Selector

app = Noun("The inventory.")
app.verb("import")(import_devices)
app.verb("export")(export_devices)
app.verb("test")(test_devices)
app.verb("show")(show_device)
app.verb("remove")(remove_devices)
app.verb("facts")(show_facts)
app.verb("health")(show_health)
app.verb("history")(show_history)

COLUMNS = ["name", "address", "port", "platform", "zone", "tags", "enabled"]


@app.verb("list")
def list_devices(
    ctx: typer.Context,
    names: DeviceNames = None,
    tag: Tags = None,
    platform: PlatformOption = None,
    zone: ZoneOption = None,
    all_: All = False,
) -> None:
    """List devices, disabled ones too."""
    from netraven_cli.store import inventory

    selector = selector_of(names, tag, platform, zone, all_)
    look = inventory.find if selector.is_open else inventory.select
    with opened(ctx) as (context, terminal):
        with context.database.read() as connection:
            found = look(connection, selector, disabled_too=True)
        terminal.items("device", found, COLUMNS)
        if not found:
            terminal.say("there are no devices yet; add one with: netraven device add NAME --address A --platform P")


@app.verb("add")
def add(
    ctx: typer.Context,
    name: Name,
    address: Annotated[str, typer.Option("--address", "-a", help="Host name, IPv4 or IPv6 address.")],
    platform: Annotated[str, typer.Option("--platform", "-p", help="Platform, as netmiko calls it: cisco_ios, …")],
    port: Annotated[int | None, typer.Option("--port", help="Port of its SSH server: 22; of telnet: 23.")] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", "-t", help="A tag; repeat for several.")] = None,
    zone: Annotated[str, typer.Option("--zone", help="Which runners reach it.")] = "default",
    credential: Annotated[str | None, typer.Option("--credential", help="Log in with this one alone.")] = None,
    description: Annotated[str | None, typer.Option("--description", help="What it is, for people.")] = None,
    option: OptionsOption = None,
    dry_run: DryRun = False,
) -> None:
    """Add a device: netraven device add core1 --address 192.0.2.1 --platform cisco_ios --tag core."""
    from netraven_cli.store import inventory

    options = changed_options(Options(), option or ())
    new = NewDevice(
        name=name,
        address=address,
        platform=platform,
        port=options.port if port is None else port,
        zone=zone,
        credential=credential,
        tags=tuple(sorted(set(tag or ()))),
        details={"description": description} if description else {},
        options=options,
    )
    with opened(ctx) as (context, terminal):
        new = device_check(context.settings)(new)
        with changing(context, dry_run=dry_run) as connection:
            inventory.add_devices(connection, [new], context.now())
            added = inventory.get(connection, name)
        sentence = f"{name} is added; see whether it answers: netraven device test {name}"
        terminal.changed("device", [added], sentence, dry_run=dry_run)
        warn_of_telnet(terminal, [added])


@app.verb("edit")
def edit(
    ctx: typer.Context,
    name: Name,
    new_name: Annotated[str | None, typer.Option("--name", help="Another name; its history goes along.")] = None,
    address: Annotated[str | None, typer.Option("--address", "-a", help="Another address.")] = None,
    platform: Annotated[str | None, typer.Option("--platform", "-p", help="Another platform.")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Another port.")] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", "-t", help="One more tag; repeat for several.")] = None,
    untag: Annotated[list[str] | None, typer.Option("--untag", help="Take a tag away; repeat for several.")] = None,
    zone: Annotated[str | None, typer.Option("--zone", help="Another zone.")] = None,
    credential: Annotated[str | None, typer.Option("--credential", help="Log in with this one alone.")] = None,
    any_credential: Annotated[bool, typer.Option("--any-credential", help="Log in with what its tags fit.")] = False,
    description: Annotated[str | None, typer.Option("--description", help="What it is; '' for nothing.")] = None,
    option: OptionsOption = None,
    dry_run: DryRun = False,
) -> None:
    """Give a device other values; what is not named stays."""
    from netraven_cli.store import inventory, renaming

    given = {
        "name": new_name,
        "address": address,
        "platform": platform,
        "port": port,
        "zone": zone,
        "credential": credential,
    }
    changes = {key: value for key, value in given.items() if value is not None}
    with opened(ctx) as (context, terminal), changing(context, dry_run=dry_run) as connection:
        before = inventory.get(connection, name)
        details = dict(before.details) if description is None else {**before.details, "description": description}
        after = dataclasses.replace(
            before,
            **changes,  # type: ignore[arg-type]  # each is of the type of its field, as its option is
            tags=tuple(sorted(({*before.tags} | {*(tag or ())}) - {*(untag or ())})),
            details={key: text for key, text in details.items() if text},
            options=changed_options(before.options, option or ()),
        )
        after = dataclasses.replace(after, credential=None) if any_credential else after
        if port is None and before.port == before.options.port:
            after = dataclasses.replace(after, port=after.options.port)
        after = device_check(context.settings)(after)
        if after == before:
            raise UsageError(f"nothing to change for {name}; see: netraven device edit --help")
        if after.name != name:
            renaming.rename(connection, before, after, context.now())
        else:
            inventory.edit(connection, after, context.now())
        terminal.changed("device", [after], f"{name} is changed", dry_run=dry_run)
        warn_of_telnet(terminal, [after])


@app.verb("enable")
def enable(
    ctx: typer.Context,
    names: DeviceNames = None,
    tag: Tags = None,
    platform: PlatformOption = None,
    zone: ZoneOption = None,
    all_: All = False,
    dry_run: DryRun = False,
) -> None:
    """Let runs include devices again."""
    _set_enabled(ctx, closed_selector(names, tag, platform, zone, all_), enabled=True, dry_run=dry_run)


@app.verb("disable")
def disable(
    ctx: typer.Context,
    names: DeviceNames = None,
    tag: Tags = None,
    platform: PlatformOption = None,
    zone: ZoneOption = None,
    all_: All = False,
    dry_run: DryRun = False,
) -> None:
    """Leave devices out of runs, and keep all that is known of them."""
    _set_enabled(ctx, closed_selector(names, tag, platform, zone, all_), enabled=False, dry_run=dry_run)


def _set_enabled(ctx: typer.Context, selector: Selector, *, enabled: bool, dry_run: bool) -> None:
    from netraven_cli.store import inventory

    with opened(ctx) as (context, terminal):
        with changing(context, dry_run=dry_run) as connection:
            found = inventory.select(connection, selector, disabled_too=True)
            count = inventory.set_enabled(connection, found, enabled, context.now())
        after = [dataclasses.replace(one, enabled=enabled) for one in found]
        what = "enabled" if enabled else "disabled"
        sentence = f"{named(found)} {what}" if count else f"{named(found)} {what} already"
        terminal.changed("device", after, sentence, dry_run=dry_run)
