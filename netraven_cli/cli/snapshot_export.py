"""`netraven snapshot export|at`: configurations as files, of now or of the whole network as of a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli.cli.command import All, DeviceNames, PlatformOption, Tags, ZoneOption, moment, opened, selector_of
from netraven_cli.cli.render import plain_row
from netraven_cli.cli.snapshot_search import say_uncovered
from netraven_cli.cli.versions import At, Unseal
from netraven_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from netraven_cli.model import Selector
    from netraven_cli.plugin import Context
    from netraven_cli.report.texts import Held
    from netraven_cli.snapshot.archive import Archive
    from netraven_cli.store.text_key import TextKey

COLUMNS = ["device", "captured_at", "verified_at", "age_seconds", "path"]
Output = Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="A folder that is new or empty.")]


def export(
    ctx: typer.Context,
    output: Output,
    names: DeviceNames = None,
    tag: Tags = None,
    platform: PlatformOption = None,
    zone: ZoneOption = None,
    all_: All = False,
    at: At = None,
    unseal: Unseal = False,
) -> int:
    """Write configurations into a folder, one file each, as they are or as the whole network was at a time."""
    return _export(ctx, output, selector_of(names, tag, platform, zone, all_), moment(at), unseal=unseal)


def at_time(
    ctx: typer.Context,
    time: Annotated[str, typer.Argument(metavar="TIME", help="When (RFC 3339).")],
    output: Output,
    names: DeviceNames = None,
    tag: Tags = None,
    platform: PlatformOption = None,
    zone: ZoneOption = None,
    all_: All = False,
    unseal: Unseal = False,
) -> int:
    """Write the whole network as of a time into a folder, with the age of each file then, and name what is missing."""
    return _export(ctx, output, selector_of(names, tag, platform, zone, all_), moment(time), unseal=unseal)


def _export(ctx: typer.Context, output: Path, selector: Selector, at: datetime | None, *, unseal: bool) -> int:
    from netraven_cli.errors import CreateError
    from netraven_cli.handlers.archiving import open_archive
    from netraven_cli.report import texts

    with opened(ctx) as (context, terminal):
        held = texts.of(context, selector, at)
        shown = _unsealed(context, held) if unseal else ((one, True) for one in held)
        archive, rows = open_archive(context.settings), []
        try:
            output.mkdir(mode=0o700, parents=True, exist_ok=True)
            if any(output.iterdir()):
                raise UsageError(f"{output} is not empty; choose a new folder, so that nothing is written over")
            for one, is_full in shown:
                rows.append(_row(archive, one, at or context.now()) | ({"unsealed": is_full} if unseal else {}))
                _write(output / rows[-1]["path"], one.text)
        except OSError as error:
            raise CreateError(f"{output} cannot be written: {error.strerror}; choose another folder") from None
        terminal.items("export", rows, COLUMNS, output=str(output), uncovered=held.uncovered)
        say_uncovered(terminal, held.uncovered)
        hidden = [row["device"] for row in rows if row.get("unsealed") is False]
        if hidden:
            terminal.say(f"of {len(hidden)} the full text is not kept, so they are as in git: {', '.join(hidden[:5])}")
    return 1 if hidden else 0


def _unsealed(context: Context, held: Iterable[Held]) -> Iterable[tuple[Held, bool]]:
    from netraven_cli.cli.versions import key_of_texts

    with context.database.read() as connection:
        key = key_of_texts(context, connection)
    return _opened(context, key, held)


def _opened(context: Context, key: TextKey, held: Iterable[Held]) -> Iterator[tuple[Held, bool]]:
    from dataclasses import replace

    from netraven_cli.store import text_key

    for one in held:
        with context.database.read() as connection:
            full = text_key.full_text(connection, key, one.record.id)
        yield (replace(one, text=full), True) if full is not None else (one, False)


def _row(archive: Archive, one: Held, at: datetime) -> dict[str, Any]:
    """With the age at that time: since when the device was not proven to have another configuration."""
    device = one.device
    path = archive.file_path(device.name, device.platform, device.zone, tag=min(device.tags, default=""))
    seen = min(one.record.verified_at, at)
    return {**plain_row(one.record), "path": path, "age_seconds": max(0, round((at - seen).total_seconds()))}


def _write(place: Path, text: str) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    place.touch(mode=0o600)
    place.write_text(text, encoding="utf-8", errors="surrogateescape", newline="")
