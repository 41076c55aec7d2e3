"""The archive catches up with the database: one ordered writer, as often as it likes."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netraven_cli.errors import StorageError
from netraven_cli.snapshot.archive import Archive
from netraven_cli.store import snapshots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netraven_cli.model import PendingSnapshot
    from netraven_cli.plugin import Context
    from netraven_cli.settings.keys import Settings
    from netraven_cli.store.database import Database

PAGE = 200  # snapshots in memory at once


def open_archive(settings: Settings) -> Archive:
    """The archive that the settings name."""
    return Archive(
        settings.archive_dir,
        author=settings.archive.author,
        path_template=settings.archive.path,
        commit_mode=settings.archive.commit,
    )


def archive_pending(context: Context) -> int:
    """Bring every accepted configuration into git that is not there yet; returns how many.

    Raises:
        StorageError: there is no archive, or git or the disk failed; nothing is lost, the next run completes it.
        TryLaterError: another process is writing.
    """
    archive, database = open_archive(context.settings), context.database
    archive_id = archive.id
    if archive_id is None:
        raise StorageError(f"there is no archive in {archive.path}; make it with: netraven init")
    place = f"{socket.gethostname()}:{archive.path}"
    with database.write() as connection:
        snapshots.register_archive(connection, archive_id, place, context.now())
        if not snapshots.pending(connection, archive_id, after=0, limit=1):
            return 0
        known_commit = snapshots.last_commit(connection, archive_id)
        paths = snapshots.paths(connection, archive_id)
    written = archive.write(_Pending(database, archive_id), known_commit, paths)
    with database.write() as connection:
        snapshots.record_revisions(connection, archive_id, written)
    return len(written)


@dataclass(frozen=True, slots=True)
class _Pending:
    """What an archive is owed, read page by page whenever it is asked for."""

    database: Database
    archive_id: str

    def __iter__(self) -> Iterator[PendingSnapshot]:
        after = 0
        while True:
            with self.database.read() as connection:
                page = snapshots.pending(connection, self.archive_id, after=after, limit=PAGE)
            yield from page
            if not page:
                return
            after = page[-1].snapshot_id
