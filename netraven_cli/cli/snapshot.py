"""`netraven snapshot`: configurations, accepted and in quarantine."""

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
    confirm,
    opened,
    selector_of,
)
from netraven_cli.cli.render import plain_row
from netraven_cli.errors import NoInputError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from netraven_cli.store.history import SnapshotRecord

app = Noun("Configurations: accepted, in quarantine, in git.")
Name = Annotated[str, typer.Argument(metavar="DEVICE", help="Name of a device.")]
COLUMNS = ["id", "device", "captured_at", "verified_at", "lines", "commit", "path"]


@app.verb("list")
def list_snapshots(
    ctx: typer.Context,
    names: DeviceNames = None,
    tag: Tags = None,
    platform: PlatformOption = None,
    zone: ZoneOption = None,
    all_: All = False,
    quarantined: Annotated[bool, typer.Option("--quarantined", help="Captures not proven complete.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many of one device.")] = 100,
) -> None:
    """List the newest configuration of each device; of one device, all of them."""
    from netraven_cli.store import history, inventory

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        devices = inventory.find(connection, selector_of(names, tag, platform, zone, all_), disabled_too=True)
        ids = [device.id for device in devices]
        if quarantined:
            rows = history.quarantined(connection, ids)
            terminal.items("quarantine", rows, ["id", "device", "captured_at", "lines", "reasons"])
        elif len(names or ()) == 1:
            terminal.items("snapshot", history.of_device(connection, ids[0], limit), COLUMNS)
        else:
            terminal.items("snapshot", history.newest(connection, ids), COLUMNS)


@app.verb("show")
def show(
    ctx: typer.Context,
    name: Name,
    number: Annotated[int | None, typer.Option("--id", help="A number of `snapshot list DEVICE`.")] = None,
    quarantined: Annotated[bool, typer.Option("--quarantined", help="The newest capture in quarantine.")] = False,
) -> None:
    """Print a configuration: the newest, or the one of a number."""
    from netraven_cli.store import history, inventory

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        device = inventory.get(connection, name)
        if quarantined:
            about, text = _in_quarantine(connection, device.id, name)
        else:
            chosen = _chosen(connection, device.id, name, number)
            about, text = plain_row(chosen), history.text_of(connection, chosen.id)
        if terminal.json:
            terminal.record("snapshot", {**about, "text": text})
        else:
            terminal.data(text)


@app.verb("diff")
def diff(
    ctx: typer.Context,
    name: Name,
    old: Annotated[int | None, typer.Option("--from", help="A number; the one before the newest.")] = None,
    new: Annotated[int | None, typer.Option("--to", help="A number; the newest.")] = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 if there are differences.")] = False,
) -> int:
    """Print what changed between two configurations of a device."""
    from netraven_cli.snapshot.archive import diff_texts
    from netraven_cli.store import history, inventory

    with opened(ctx) as (context, terminal):
        with context.database.read() as connection:
            device = inventory.get(connection, name)
            after = _chosen(connection, device.id, name, new)
            before = _before(connection, device.id, name, after, old)
            texts = [history.text_of(connection, record.id) for record in (before, after)]
        text = diff_texts(*texts, before=_title(before), after=_title(after))
        if terminal.json:
            terminal.record("diff", {"device": name, "from": before.id, "to": after.id, "diff": text})
        else:
            terminal.data(text)
    return 1 if exit_code and text else 0


def _in_quarantine(connection: Connection, device_id: int, name: str) -> tuple[dict[str, Any], str]:
    from netraven_cli.store import history

    found = history.quarantined(connection, [device_id])
    if not found:
        raise NoInputError(f"nothing of {name} is in quarantine; see: netraven snapshot list --quarantined")
    return plain_row(found[0]), history.quarantined_text(connection, found[0].id)


def _title(record: SnapshotRecord) -> str:
    return f"{record.device} {record.captured_at:%Y-%m-%dT%H:%M:%SZ}"


def _chosen(connection: Connection, device_id: int, name: str, number: int | None) -> SnapshotRecord:
    from netraven_cli.store import history

    found = history.of_device(connection, device_id, 1 if number is None else 100_000)
    chosen = next((record for record in found if number in (None, record.id)), None)
    if chosen is None:
        which = "no accepted configuration yet" if number is None else f"no snapshot {number}"
        raise NoInputError(f"{name} has {which}; see: netraven snapshot list {name}")
    return chosen


def _before(
    connection: Connection, device_id: int, name: str, after: SnapshotRecord, number: int | None
) -> SnapshotRecord:
    from netraven_cli.store import history

    if number is not None:
        return _chosen(connection, device_id, name, number)
    older = [record for record in history.of_device(connection, device_id, 100_000) if record.id < after.id]
    if not older:
        raise NoInputError(f"{name} has only one configuration; there is nothing to compare it with")
    return older[0]


@app.verb("accept")
def accept(ctx: typer.Context, name: Name, yes: Yes = False, force: Force = False, dry_run: DryRun = False) -> None:
    """Accept the newest capture of a device in quarantine as its configuration."""
    from netraven_cli.handlers.backup import BackupHandler
    from netraven_cli.store import history, inventory

    with opened(ctx) as (context, terminal):
        with context.database.read() as connection:
            device = inventory.get(connection, name)
            newest = history.quarantined(connection, [device.id])[:1]
        for record in newest:
            terminal.say(f"{name}: {record.lines} lines of {record.captured_at:%Y-%m-%d %H:%M} UTC, held back because:")
            terminal.say("".join(f"  {reason}\n" for reason in record.reasons).rstrip())
        if dry_run and newest:
            return
        if newest:
            confirm(context, f"Accept this as the configuration of {name}?", yes=yes, force=force)
        with context.database.write() as connection:
            chosen = history.accept(connection, device.id, name)
        BackupHandler().conclude(context)
        terminal.say(f"capture {chosen.id} is the configuration of {name} now")


@app.verb("reject")
def reject(ctx: typer.Context, name: Name, dry_run: DryRun = False) -> None:
    """Settle all captures of a device in quarantine as not to be used; they are kept, marked so."""
    from netraven_cli.store import history, inventory

    with opened(ctx) as (context, terminal):
        with context.database.write() as connection:
            device = inventory.get(connection, name)
            if dry_run:
                terminal.say(
                    f"{len(history.quarantined(connection, [device.id]))} captures of {name} would be rejected"
                )
                return
            count = history.reject(connection, device.id, name)
        terminal.say(f"{count} captures of {name} are rejected")
