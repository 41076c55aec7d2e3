"""The archive catches up with the database: one ordered writer, as often as it likes."""

from __future__ import annotations

import logging
import socket
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from netraven_cli.handlers.hiding import hide_pending
from netraven_cli.snapshot.archive import Archive
from netraven_cli.snapshot.archive_git import UnexplainedError
from netraven_cli.store import archives, moves, removals, snapshots

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlalchemy import Connection

    from netraven_cli.model import PendingSnapshot, Removed
    from netraven_cli.plugin import Context
    from netraven_cli.settings.keys import Settings
    from netraven_cli.store.database import Database

log = logging.getLogger("netraven.archive")
PAGE = 200  # snapshots in memory at once


def open_archive(settings: Settings) -> Archive:
    """The archive that the settings name."""
    return Archive(
        settings.archive_dir,
        author=settings.archive.author,
        path_template=settings.archive.path,
        commit_mode=settings.archive.commit,
        bundle_dir=settings.maintenance.bundle_dir,
        signing_key=settings.archive.signing_key,
        plain_dir=settings.archive.plain_dir,
    )


def archive_pending(context: Context) -> int:
    """Bring every accepted configuration into git that is not there yet; returns how many.

    An archive that is gone or damaged is made again from the captures that are kept.

    Raises:
        StorageError: git, the disk or the database failed; nothing is lost, the next run completes it.
        TryLaterError: another process is writing.
    """
    archive, place = open_archive(context.settings), f"{socket.gethostname()}:{context.settings.archive_dir}"
    try:
        return _catch_up(context, archive, place)
    except UnexplainedError:
        return _catch_up(context, archive, place, archive.mend())


def _catch_up(context: Context, archive: Archive, place: str, news: str | None = None) -> int:
    archive_id, news = _present(context, archive, place, news)
    archive.begin()
    known_commit, is_owed = _records(context, archive, archive_id, place)
    is_owed = _owe_moves(context, archive, archive_id) or is_owed
    _clear_removed(context, archive, archive_id)
    in_clear_too = context.settings.archive.secrets == "keep"
    if is_owed and not in_clear_too:
        hide_pending(context, archive_id)
    if not is_owed and (known_commit is None or archive.is_in_step(known_commit)):
        archive.publish()
        return 0
    with context.database.read() as connection:
        paths = moves.paths(connection, archive_id)
    standing = partial(_standing, context.database, archive_id)
    written = archive.write(_Pending(context.database, archive_id, in_clear_too), known_commit, paths, standing)
    with context.database.write() as connection:
        snapshots.record_revisions(connection, archive_id, written)
    _clear_removed(context, archive, archive_id)  # those of whose name something was owed until now
    archive.publish()
    if news:
        log.error("archive_made_again configurations=%d reason=%s", len(written), news)
    return len(written)


def _present(context: Context, archive: Archive, place: str, news: str | None) -> tuple[str, str | None]:
    """The id of the archive, which is made if it is not there; and what is to be said of that."""
    archive_id = archive.id
    if archive_id is not None:
        return archive_id, news
    with context.database.read() as connection:
        was_here = archives.is_registered(connection, place)
    archive_id = archive.create(archive.path, is_ours=was_here)
    return archive_id, news or (f"there was no archive in {archive.path} any more" if was_here else None)


def _records(context: Context, archive: Archive, archive_id: str, place: str) -> tuple[str | None, bool]:
    """The newest commit on record, and whether anything is owed.

    Where main has lost that commit (its history was rewritten, or an older repository was put back) all is owed again.
    """
    with context.database.write() as connection:
        archives.register(connection, archive_id, place, context.now())
        found = _on_record(connection, archive_id)
    known_commit = found[0]
    if known_commit is None or archive.holds(known_commit):
        return found
    log.error(
        "archive_lacks_commits commit=%s reason=main of %s has another history than that on record; what it lacks is "
        "written again", known_commit, archive.path,
    )  # fmt: skip
    with context.database.write() as connection:
        archives.owe_all(connection, archive_id)
        return _on_record(connection, archive_id)


def _owe_moves(context: Context, archive: Archive, archive_id: str) -> bool:
    """Owe what stands in another file than it should; whether anything does."""
    with context.database.read() as connection:
        found = moves.standing(connection, archive_id)
    moved = [
        one.snapshot_id
        for one in found
        if archive.file_path(one.device, one.platform, one.zone, one.file, one.tag) != one.path
    ]
    if moved:
        with context.database.write() as connection:
            moves.owe(connection, archive_id, moved)
    return bool(moved)


def _clear_removed(context: Context, archive: Archive, archive_id: str) -> None:
    """Take from main what removed devices left there, and no other device has taken over."""
    archive.remove(partial(_left, context.database, archive_id))


def _left(database: Database, archive_id: str) -> list[Removed]:
    with database.read() as connection:
        left = removals.left(connection, archive_id)
        taken = {one.path for one in moves.standing(connection, archive_id)} if left else set()
    return [one for one in left if one.path not in taken]


def _on_record(connection: Connection, archive_id: str) -> tuple[str | None, bool]:
    known_commit = archives.last_commit(connection, archive_id)
    return known_commit, bool(snapshots.pending(connection, archive_id, after=0, limit=1))


def _standing(database: Database, archive_id: str, paths: Collection[str]) -> Iterator[tuple[str, PendingSnapshot]]:
    wanted = sorted(paths)
    for start in range(0, len(wanted), PAGE):
        with database.read() as connection:
            page = snapshots.standing(connection, archive_id, wanted[start : start + PAGE])
        yield from page


@dataclass(frozen=True, slots=True)
class _Pending:
    """What an archive is owed, read page by page whenever it is asked for."""

    database: Database
    archive_id: str
    in_clear_too: bool

    def __iter__(self) -> Iterator[PendingSnapshot]:
        after = 0
        while True:
            with self.database.read() as connection:
                page = snapshots.pending(
                    connection, self.archive_id, after=after, limit=PAGE, in_clear_too=self.in_clear_too
                )
            yield from page
            if not page:
                return
            after = page[-1].snapshot_id
