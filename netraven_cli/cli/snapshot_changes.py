"""`netraven snapshot diff|changes|blame`: what changed, when, and which line came with which version."""

from __future__ import annotations

import shutil
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from netraven_cli.cli.command import (
    All,
    DeviceNames,
    PlatformOption,
    Tags,
    ZoneOption,
    moment,
    opened,
    selector_of,
)
from netraven_cli.cli.versions import (
    EVERY,
    At,
    FileOption,
    Name,
    Number,
    Rev,
    chosen,
    file_of,
    place,
    texts_of,
    versions_of,
    with_counts,
)
from netraven_cli.errors import NoInputError, UsageError

if TYPE_CHECKING:
    from netraven_cli.model import Device
    from netraven_cli.plugin import Context
    from netraven_cli.snapshot.archive import Archive
    from netraven_cli.store.history import SnapshotRecord

COLUMNS = ["captured_at", "device", "file", "added", "removed", "id", "commit"]


class Style(str, Enum):
    """How a difference is shown."""

    UNIFIED = "unified"
    WORDS = "words"
    SIDE_BY_SIDE = "side-by-side"
    STRUCTURAL = "structural"


def diff(
    ctx: typer.Context,
    name: Name,
    old: Annotated[int | None, typer.Option("--from", help="A number; the one before the newest.")] = None,
    new: Annotated[int | None, typer.Option("--to", help="A number; the newest.")] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="From what was in force then (RFC 3339).")
    ] = None,
    style: Annotated[Style, typer.Option("--style", help="How it is shown.")] = Style.UNIFIED,
    quarantined: Annotated[
        bool, typer.Option("--quarantined", help="To the newest capture in quarantine, from the newest version.")
    ] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 if there are differences.")] = False,
    file: FileOption = "",
) -> int:
    """Print what changed between two configurations of a device."""
    from netraven_cli.handlers.archiving import open_archive

    if old is not None and since is not None:
        raise UsageError("--from and --since both name the older version; give one of them")
    if quarantined:
        if new is not None:
            raise UsageError("--to and --quarantined both name the newer version; give one of them")
        return _diff_quarantined(ctx, name, old, since, style, exit_code=exit_code)
    with opened(ctx) as (context, terminal):
        archive = open_archive(context.settings)
        named = old if new is None else new
        device, found = versions_of(context, terminal, name, file_of(file), number=named, at=since)
        after = chosen(found, name, new)
        older = [record for record in found if record.id < after.id]
        if not older and old is None and since is None:
            raise NoInputError(f"{name} has only one configuration; there is nothing to compare it with")
        before = chosen(found if old is not None or since else older, name, old, since)
        text = _difference(context, archive, device, (before, after), style)
        if terminal.json:
            terminal.record("diff", {"device": name, "from": before.id, "to": after.id, "diff": text})
        else:
            terminal.data(text)
    return 1 if exit_code and text else 0


def _diff_quarantined(
    ctx: typer.Context, name: str, old: int | None, since: str | None, style: Style, *, exit_code: bool
) -> int:
    from netraven_cli.store import history, inventory

    with opened(ctx) as (context, terminal):
        with context.database.read() as connection:
            device = inventory.get(connection, name)
            held = history.quarantined(connection, [device.id])
            if not held:
                raise NoInputError(f"nothing of {name} is in quarantine; see: netraven snapshot list --quarantined")
            before = chosen(history.of_device(connection, device.id, None, EVERY), name, old, since)
            texts = history.text_of(connection, before.id), history.quarantined_text(connection, held[0].id)
        text = _difference_of_texts(device, texts, style)
        if terminal.json:
            terminal.record("diff", {"device": name, "from": before.id, "quarantined": held[0].id, "diff": text})
        else:
            terminal.data(text)
    return 1 if exit_code and text else 0


def _difference_of_texts(device: Device, texts: tuple[str, str], style: Style) -> str:
    from netraven_cli.snapshot import archive_read, remedy

    if style is Style.STRUCTURAL:
        return remedy.differences(device.platform, *texts)
    words = ["--word-diff=plain"] if style is Style.WORDS else []
    text = archive_read.diff_texts(("accepted", texts[0]), ("quarantined", texts[1]), *words)
    return _beside(text) if style is Style.SIDE_BY_SIDE else text


def _beside(text: str) -> str:
    from netraven_cli.snapshot.side_by_side import side_by_side

    return side_by_side(text, shutil.get_terminal_size((160, 0)).columns)


def _difference(
    context: Context, archive: Archive, device: Device, versions: tuple[SnapshotRecord, SnapshotRecord], style: Style
) -> str:
    from netraven_cli.snapshot import remedy

    if style is Style.STRUCTURAL:
        return remedy.differences(device.platform, *texts_of(context, versions))
    text = archive.diff(place(versions[0]), place(versions[1]), words=style is Style.WORDS)
    return _beside(text) if style is Style.SIDE_BY_SIDE else text


def changes(
    ctx: typer.Context,
    names: DeviceNames = None,
    tag: Tags = None,
    platform: PlatformOption = None,
    zone: ZoneOption = None,
    all_: All = False,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="From then on (RFC 3339); a day back.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help="Up to then; now.")] = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 if something changed.")] = False,
) -> int:
    """List what changed on all devices, the newest first, with the lines that were added and removed."""
    from datetime import timedelta

    from netraven_cli.handlers.archiving import open_archive
    from netraven_cli.store import history, inventory

    with opened(ctx) as (context, terminal):
        to = moment(until) or context.now()
        begin = moment(since) or to - timedelta(days=1)
        if begin > to:
            raise UsageError("--since is later than --until; nothing lies between them")
        archive = open_archive(context.settings)
        with context.database.read() as connection:
            devices = inventory.find(connection, selector_of(names, tag, platform, zone, all_), disabled_too=True)
            found = history.changes(connection, [device.id for device in devices], archive.id, begin, to)
        terminal.items("change", with_counts(archive, found), COLUMNS, since=begin, until=to)
    return 1 if exit_code and found else 0


def blame(ctx: typer.Context, name: Name, number: Number = None, at: At = None, rev: Rev = None) -> None:
    """Print a configuration with the version that brought each of its lines."""
    from netraven_cli.handlers.archiving import open_archive

    with opened(ctx) as (context, terminal):
        archive = open_archive(context.settings)
        _device, found = versions_of(context, terminal, name, number=number, at=at, rev=rev)
        ids = {record.commit: record.id for record in found}
        shown = chosen(found, name, number, at, rev)
        lineage = [record.commit for record in found if record.id <= shown.id and record.commit]
        lines = archive.blame(*place(shown), lineage)
        rows = [
            {
                "number": line.number, "id": ids.get(line.commit), "committed_at": line.committed_at,
                "commit": line.commit, "text": line.text,
            }
            for line in lines
        ]  # fmt: skip
        terminal.items("blame", rows, ["number", "id", "committed_at", "text"], device=name)
