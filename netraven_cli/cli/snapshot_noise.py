"""`netraven snapshot noise`: which lines make new versions that nobody made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from netraven_cli.cli.command import All, DeviceNames, PlatformOption, Tags, ZoneOption, opened, selector_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netraven_cli.model import Device
    from netraven_cli.plugin import Context

COLUMNS = ["platform", "versions", "alone", "back", "devices", "is_proposed", "example"]
VERSIONS = 50  # of one device, the newest


def noise(
    ctx: typer.Context,
    names: DeviceNames = None,
    tag: Tags = None,
    platform: PlatformOption = None,
    zone: ZoneOption = None,
    all_: All = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many kinds of lines.")] = 20,
    rules: Annotated[
        bool, typer.Option("--rules", help="Print rules for what is proposed, for the file in the setting rules_file.")
    ] = False,
) -> None:
    """List the lines that change most, in the last 50 versions of each device, and propose which to ignore."""
    from netraven_cli.snapshot import noise as pure
    from netraven_cli.store import inventory

    with opened(ctx) as (context, terminal):
        with context.database.read() as connection:
            devices = inventory.find(connection, selector_of(names, tag, platform, zone, all_), disabled_too=True)
        found = pure.noise(_histories(context, devices))[:limit]
        if not rules:
            terminal.items("noise", found, COLUMNS)
            return
        proposed = pure.rules(found)
        if terminal.json:
            terminal.record("noise-rules", {"rules": proposed})
            return
        import yaml

        terminal.data(yaml.safe_dump({"rules": proposed}, sort_keys=False, allow_unicode=True))


def _histories(context: Context, devices: list[Device]) -> Iterator[tuple[str, str, list[str]]]:
    from netraven_cli.store import history

    for device in devices:
        with context.database.read() as connection:
            ids = [one.id for one in history.of_device(connection, device.id, None, VERSIONS)]
            texts = dict(history.texts(connection, ids))
        yield device.platform, device.name, [texts[number] for number in sorted(texts)]
