"""The versions of a device's configuration, as an operator names them: by number, by time, or the newest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli.cli.command import moment
from netraven_cli.cli.render import plain_row
from netraven_cli.errors import NoInputError, UsageError
from netraven_cli.model.platform import FILES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netraven_cli.snapshot.archive import Archive
    from netraven_cli.store.history import SnapshotRecord

EVERY = 100_000  # versions of one device
Name = Annotated[str, typer.Argument(metavar="DEVICE", help="Name of a device.")]
Number = Annotated[int | None, typer.Option("--id", help="A number of `snapshot list DEVICE`.")]
FileOption = Annotated[
    str, typer.Option("--file", metavar="FILE", help="A further file: startup, version, inventory or licence.")
]
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


def chosen(found: Sequence[SnapshotRecord], name: str, number: int | None, at: str | None = None) -> SnapshotRecord:
    """The version of a number, the one in force at a time, or the newest; `found` has the newest first.

    Raises:
        NoInputError: there is none.
        UsageError: both a number and a time are given.
    """
    if number is not None and at is not None:
        raise UsageError("a number and a time are two ways to name one version; give one of them")
    time = moment(at)
    for record in found:
        if number in (None, record.id) and (time is None or record.captured_at <= time):
            return record
    which = f"no snapshot {number}" if number is not None else "no accepted configuration yet"
    which = which if time is None else f"no accepted configuration of before {time:%Y-%m-%d %H:%M:%S} UTC"
    raise NoInputError(f"{name} has {which}; see: netraven snapshot list {name}")


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
