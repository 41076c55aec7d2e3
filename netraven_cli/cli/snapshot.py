"""`netraven snapshot`: configurations, accepted and in quarantine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli.cli import versions
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
from netraven_cli.cli.snapshot_changes import blame, changes, diff
from netraven_cli.cli.snapshot_export import at_time, export
from netraven_cli.cli.snapshot_noise import noise
from netraven_cli.cli.snapshot_restore import restore_plan
from netraven_cli.cli.snapshot_search import compliance, search
from netraven_cli.cli.snapshot_verify import verify
from netraven_cli.cli.versions import At, FileOption, Name, Number, Rev, Unseal, file_of, with_counts
from netraven_cli.errors import NoInputError, UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from netraven_cli.cli.render import Terminal
    from netraven_cli.model import Device
    from netraven_cli.plugin import Context
    from netraven_cli.store.history import SnapshotRecord

app = Noun("Configurations: accepted, in quarantine, in git.")
COLUMNS = ["id", "device", "captured_at", "valid_until", "verified_at", "lines", "commit", "path"]


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
    ever: Annotated[
        bool, typer.Option("--ever", help="Of all devices that had this name, those that were removed too.")
    ] = False,
    file: FileOption = "",
) -> None:
    """List the newest configuration of each device; of one device, all of them."""
    from netraven_cli.handlers.archiving import open_archive
    from netraven_cli.store import history, inventory

    if ever and (quarantined or len(names or ()) != 1):
        raise UsageError("--ever asks for the versions of one name; give one")
    with opened(ctx) as (context, terminal), context.database.read() as connection:
        devices = inventory.find(connection, selector_of(names, tag, platform, zone, all_), disabled_too=True)
        ids = [device.id for device in devices]
        archive = open_archive(context.settings)
        if quarantined:
            rows = history.quarantined(connection, ids)
            terminal.items("quarantine", rows, ["id", "device", "captured_at", "lines", "reasons"])
        elif len(names or ()) == 1:
            found = _versions(context, terminal, (names or [""])[0], file_of(file), ever=ever)[:limit]
            terminal.items("snapshot", with_counts(archive, found), [*COLUMNS, "added", "removed"])
        else:
            newest = history.newest(connection, ids, archive.id, further_too=bool(file_of(file)))
            terminal.items("snapshot", [record for record in newest if record.file == file], COLUMNS)


def _versions(context: Context, terminal: Terminal, name: str, file: str, *, ever: bool) -> list[SnapshotRecord]:
    if not ever:
        return versions.versions_of(context, terminal, name, file)[1]
    return [record for _life, found in versions.lives_of(context, name, file) for record in found]


@app.verb("show")
def show(
    ctx: typer.Context,
    name: Name,
    number: Number = None,
    at: At = None,
    rev: Rev = None,
    quarantined: Annotated[bool, typer.Option("--quarantined", help="The newest capture in quarantine.")] = False,
    unseal: Unseal = False,
    file: FileOption = "",
) -> None:
    """Print a configuration: the newest, the one of a number or a commit, or the one in force at a time."""
    from netraven_cli.store import history, inventory

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        if quarantined:
            about, text = _in_quarantine(connection, inventory.get(connection, name))
        else:
            _device, found = versions.versions_of(context, terminal, name, file_of(file), number=number, at=at, rev=rev)
            chosen = versions.chosen(found, name, number, at, rev)
            about, text = plain_row(chosen), history.text_of(connection, chosen.id)
        if unseal:
            text = _unsealed(context, connection, about["id"], quarantined=quarantined)
        if terminal.json:
            terminal.record("snapshot", {**about, "text": text})
        else:
            terminal.data(text)


def _unsealed(context: Context, connection: Connection, number: int, *, quarantined: bool) -> str:
    from netraven_cli.store import text_key

    key = versions.key_of_texts(context, connection)
    if quarantined:
        return text_key.unsealed(connection, key, capture_id=number)
    return text_key.unsealed(connection, key, snapshot_id=number)


app.verb("diff")(diff)
app.verb("changes")(changes)
app.verb("blame")(blame)
app.verb("noise")(noise)
app.verb("restore-plan")(restore_plan)
app.verb("search")(search)
app.verb("compliance")(compliance)
app.verb("export")(export)
app.verb("at")(at_time)
app.verb("verify")(verify)


def _in_quarantine(connection: Connection, device: Device) -> tuple[dict[str, Any], str]:
    from netraven_cli.store import history

    found = history.quarantined(connection, [device.id])
    if not found:
        raise NoInputError(f"nothing of {device.name} is in quarantine; see: netraven snapshot list --quarantined")
    return plain_row(found[0]), history.quarantined_text(connection, found[0].id)


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
