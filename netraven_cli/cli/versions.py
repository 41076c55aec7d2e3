"""The versions of a device's configuration, as an operator names them: by number, by time, or the newest."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli.cli.command import moment
from netraven_cli.cli.render import plain_row
from netraven_cli.errors import NoInputError, UsageError
from netraven_cli.model.platform import FILES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from netraven_cli.cli.render import Terminal
    from netraven_cli.model import Device
    from netraven_cli.plugin import Context
    from netraven_cli.snapshot.archive import Archive
    from netraven_cli.store.history import SnapshotRecord
    from netraven_cli.store.removals import Life
    from netraven_cli.store.text_key import TextKey

_COMMIT = re.compile(r"[0-9a-fA-F]{4,40}")
EVERY = 100_000  # versions of one device
Name = Annotated[str, typer.Argument(metavar="DEVICE", help="Name of a device.")]
Number = Annotated[int | None, typer.Option("--id", help="A number of `snapshot list DEVICE`.")]
Unseal = Annotated[
    bool, typer.Option("--unseal", help="With its secrets, if archive.secrets was seal when it was captured.")
]
FileOption = Annotated[
    str, typer.Option("--file", metavar="FILE", help="A further file: startup, version, inventory or licence.")
]
Rev = Annotated[str | None, typer.Option("--rev", metavar="COMMIT", help="A commit of git, or how its name begins.")]
At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="As it was then (RFC 3339).")]


def file_of(given: str) -> str:
    """The further file that an operator named; empty for the running configuration.

    Raises:
        UsageError: there is none such.
    """
    if given not in ("", *FILES):
        raise UsageError(
            f"there is no file {given!r}; there are {', '.join(FILES)}, and without --file the running one"
        )
    return given


def chosen(
    found: Sequence[SnapshotRecord], name: str, number: int | None, at: str | None = None, rev: str | None = None
) -> SnapshotRecord:
    """The version of a number, of a commit, the one in force at a time, or the newest; `found` has the newest first.

    Raises:
        NoInputError: there is none.
        UsageError: it is named in two ways.
    """
    if sum(way is not None for way in (number, at, rev)) > 1:
        raise UsageError("a number, a time and a commit are ways to name one version; give one of them")
    if rev is not None and not _COMMIT.fullmatch(rev):
        raise UsageError(
            f"{rev!r} is no commit; write at least 4 of its hexadecimal digits, as `snapshot list` has them"
        )
    time = moment(at)
    for record in found:
        is_meant = number in (None, record.id) and (rev is None or (record.commit or "").startswith(rev.lower()))
        if is_meant and (time is None or record.captured_at <= time):
            return record
    if rev is not None:
        raise NoInputError(f"no configuration of {name} came with a commit {rev}; see: netraven snapshot list {name}")
    which = f"no snapshot {number}" if number is not None else "no accepted configuration yet"
    which = which if time is None else f"no accepted configuration of before {time:%Y-%m-%d %H:%M:%S} UTC"
    raise NoInputError(f"{name} has {which}; see: netraven snapshot list {name}")


def versions_of(
    context: Context,
    terminal: Terminal,
    name: str,
    file: str = "",
    *,
    number: int | None = None,
    at: str | None = None,
    rev: str | None = None,
) -> tuple[Device, list[SnapshotRecord]]:
    """The device of a name, and its versions, the newest first.

    The one in the inventory, or if there is none the one removed last; an earlier one of that name where it has the
    version that is named.

    Raises:
        NotFoundError: there never was one.
    """
    time, lives = moment(at), lives_of(context, name, file)
    first = next(lives)
    life, found = first
    if not (number is None and time is None and rev is None):
        every = itertools.chain([first], lives)
        life, found = next((one for one in every if any(_is_named(it, number, time, rev) for it in one[1])), first)
    if life.removed_at:
        terminal.say(f"this {name} was removed at {life.removed_at:%Y-%m-%d %H:%M} UTC by {life.removed_by or '?'}")
    return life.device, found


def lives_of(context: Context, name: str, file: str = "") -> Iterator[tuple[Life, list[SnapshotRecord]]]:
    """The devices that have or had a name, the last one first, each with its versions, the newest first.

    Raises:
        NotFoundError: there never was one.
    """
    from netraven_cli.handlers.archiving import open_archive
    from netraven_cli.store import history, inventory, removals

    archive_id = open_archive(context.settings).id
    with context.database.read() as connection:
        lives = removals.lives(connection, name) or [removals.Life(device=inventory.get(connection, name))]
        for life in lives:
            yield life, history.of_device(connection, life.device.id, archive_id, EVERY, file)


def _is_named(record: SnapshotRecord, number: int | None, time: datetime | None, rev: str | None) -> bool:
    if number is not None:
        return record.id == number
    if rev is not None:
        return (record.commit or "").startswith(rev.lower())
    return time is not None and record.captured_at <= time and (record.valid_until is None or time < record.valid_until)


def key_of_texts(context: Context, connection: Connection) -> TextKey:
    """The key that opens sealed texts; see store/text_key.py for its errors."""
    from netraven_cli.store import text_key
    from netraven_cli.store.vault import Vault

    return text_key.read(connection, Vault(context.settings.vault_key_file))


def place(record: SnapshotRecord) -> tuple[str, str]:
    """Where a version stands in git: path and commit.

    Raises:
        NoInputError: it is not there yet.
    """
    if record.path is None or record.commit is None:
        raise NoInputError(f"snapshot {record.id} of {record.device} is not in git yet; the next run puts it there")
    return record.path, record.commit


def with_counts(archive: Archive, found: Sequence[SnapshotRecord]) -> list[dict[str, Any]]:
    """Versions with the lines that each added and removed, as git counts them."""
    counts = archive.line_counts(record.commit for record in found if record.commit)
    rows = []
    for record in found:
        added, removed = counts.get((record.commit or "", record.path or ""), (None, None))
        rows.append(plain_row(record) | {"added": added, "removed": removed})
    return rows


def texts_of(context: Context, versions: tuple[SnapshotRecord, SnapshotRecord]) -> tuple[str, str]:
    """The texts of two versions."""
    from netraven_cli.store import history

    with context.database.read() as connection:
        return history.text_of(connection, versions[0].id), history.text_of(connection, versions[1].id)
