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

    from netraven_cli.model import Device
    from netraven_cli.snapshot.archive import Archive
    from netraven_cli.store.history import SnapshotRecord

app = Noun("Configurations: accepted, in quarantine, in git.")
Name = Annotated[str, typer.Argument(metavar="DEVICE", help="Name of a device.")]
EVERY = 100_000  # versions of one device
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
    from netraven_cli.handlers.archiving import open_archive
    from netraven_cli.store import history, inventory

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        devices = inventory.find(connection, selector_of(names, tag, platform, zone, all_), disabled_too=True)
        ids = [device.id for device in devices]
        archive = open_archive(context.settings)
        if quarantined:
            rows = history.quarantined(connection, ids)
            terminal.items("quarantine", rows, ["id", "device", "captured_at", "lines", "reasons"])
        elif len(names or ()) == 1:
            found = history.of_device(connection, ids[0], archive.id, limit) if ids else []
            terminal.items("snapshot", _with_changes(archive, found), [*COLUMNS, "added", "removed"])
        else:
            terminal.items("snapshot", history.newest(connection, ids, archive.id), COLUMNS)


def _with_changes(archive: Archive, found: list[SnapshotRecord]) -> list[dict[str, Any]]:
    """Snapshots with the lines that each added and removed, as git counts them."""
    paths = {record.path for record in found if record.path}
    counts = {revision.commit: revision for path in paths for revision in archive.log(path)}
    rows = []
    for record in found:
        revision = counts.get(record.commit or "")
        lines = {"added": revision and revision.added_lines, "removed": revision and revision.removed_lines}
        rows.append(plain_row(record) | lines)
    return rows


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
            about, text = _in_quarantine(connection, device)
        else:
            chosen = _chosen(history.of_device(connection, device.id, None, EVERY), name, number)
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
    from netraven_cli.handlers.archiving import open_archive
    from netraven_cli.store import history, inventory

    with opened(ctx) as (context, terminal):
        archive = open_archive(context.settings)
        with context.database.read() as connection:
            device = inventory.get(connection, name)
            found = history.of_device(connection, device.id, archive.id, EVERY)
        after = _chosen(found, name, new)
        older = [record for record in found if record.id < after.id]
        if not older and old is None:
            raise NoInputError(f"{name} has only one configuration; there is nothing to compare it with")
        before = _chosen(found if old is not None else older, name, old)
        text = archive.diff(*_place(before), *_place(after))
        if terminal.json:
            terminal.record("diff", {"device": name, "from": before.id, "to": after.id, "diff": text})
        else:
            terminal.data(text)
    return 1 if exit_code and text else 0


@app.verb("verify")
def verify(
    ctx: typer.Context,
    names: DeviceNames = None,
    tag: Tags = None,
    platform: PlatformOption = None,
    zone: ZoneOption = None,
    all_: All = False,
) -> int:
    """Read each device's newest configuration from git, and compare it with what was accepted."""
    from hashlib import sha256

    from netraven_cli.handlers.archiving import open_archive
    from netraven_cli.store import history, inventory

    with opened(ctx) as (context, terminal):
        archive = open_archive(context.settings)
        with context.database.read() as connection:
            devices = inventory.find(connection, selector_of(names, tag, platform, zone, all_), disabled_too=True)
            found = history.newest(connection, [device.id for device in devices], archive.id)
        rows = []
        for record in found:
            in_git = record.commit and sha256(archive.read(record.path or "", record.commit).encode()).hexdigest()
            rows.append({"device": record.device, "commit": record.commit, "intact": in_git == record.digest})
        terminal.items("verification", rows, ["device", "commit", "intact"])
    return 0 if all(row["intact"] for row in rows) else 1


def _in_quarantine(connection: Connection, device: Device) -> tuple[dict[str, Any], str]:
    from netraven_cli.store import history

    found = history.quarantined(connection, [device.id])
    if not found:
        raise NoInputError(f"nothing of {device.name} is in quarantine; see: netraven snapshot list --quarantined")
    return plain_row(found[0]), history.quarantined_text(connection, found[0].id)


def _chosen(found: list[SnapshotRecord], name: str, number: int | None) -> SnapshotRecord:
    chosen = next((record for record in found if number in (None, record.id)), None)
    if chosen is None:
        which = "no accepted configuration yet" if number is None else f"no snapshot {number}"
        raise NoInputError(f"{name} has {which}; see: netraven snapshot list {name}")
    return chosen


def _place(record: SnapshotRecord) -> tuple[str, str]:
    if record.path is None or record.commit is None:
        raise NoInputError(f"snapshot {record.id} of {record.device} is not in git yet; the next run puts it there")
    return record.path, record.commit


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
