"""Files of removed devices leave main; what stood in them stays in its history."""

from __future__ import annotations

import itertools
import logging
import uuid
from typing import TYPE_CHECKING

from netraven_cli.snapshot import archive_record as record
from netraven_cli.snapshot.archive_commit import author, causes, quoted
from netraven_cli.snapshot.archive_import import Import
from netraven_cli.snapshot.archive_path import encode
from netraven_cli.snapshot.archive_write import move_main

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from netraven_cli.model import Removed
    from netraven_cli.snapshot.archive_git import Git
    from netraven_cli.snapshot.archive_sign import Writer

log = logging.getLogger("netraven.archive")


def still_there(git: Git, removed: Sequence[Removed]) -> list[Removed]:
    """Those of these files that main has."""
    files = record.tree(git, git.head()) if removed else {}
    return [one for one in removed if one.path in files]


def remove(git: Git, removed: Sequence[Removed], per_run: bool, writer: Writer) -> None:
    """Commit that these files are gone, those of one device together."""
    head = git.head()
    there = still_there(git, removed)
    if head is None or not there:
        return
    incoming = f"refs/netraven/{uuid.uuid4()}"
    with Import(git) as stream:
        parent: str | None = head
        for group in _groups(there, per_run):
            stream.send(_commit(group, incoming, parent, writer))
            parent = None
        stream.finish()
    writer.sign(git, incoming, head)
    if move_main(git, incoming, head):  # else somebody commits at this moment, and the next write sees to it
        log.info("files_removed archive=%s files=%d first=%s", git.folder, len(there), there[0].path)


def _groups(removed: Sequence[Removed], per_run: bool) -> Iterable[list[Removed]]:
    if per_run:
        return [list(removed)]
    return [list(group) for _device, group in itertools.groupby(removed, lambda one: (one.device, one.removed_at))]


def _commit(group: list[Removed], ref: str, parent: str | None, writer: Writer) -> bytes:
    message = _message(group).encode()
    moment = int(max(one.removed_at for one in group).timestamp())
    lines = [
        f"commit {ref}",
        f"author {author({one.removed_by for one in group}, writer)} {moment} +0000",
        f"committer {writer.name} {moment} +0000",
        f"data {len(message)}",
        message.decode(),
        *([f"from {parent}"] if parent else []),
        *(f"D {quoted(one.path)}" for one in group),
    ]
    return "\n".join(lines).encode() + b"\n\n"


def _message(group: list[Removed]) -> str:
    devices = {one.device for one in group}
    subject = f"{encode(group[0].device)}: removed" if len(devices) == 1 else f"{len(devices)} devices removed"
    trailers = [f"{record.REMOVED}: {one.snapshot_id}" for one in group]
    return "\n".join([subject, "", *trailers, *causes(one.removed_by for one in group), ""])
