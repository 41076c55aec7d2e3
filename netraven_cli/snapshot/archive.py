"""The archive: a git repository of accepted configurations, written by one ordered writer at a time.

git is a projection of what the database has: whatever a killed or failed write left undone, the next one completes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from netraven_cli.errors import PermissionDeniedError, StorageError
from netraven_cli.snapshot import archive_check, archive_maintenance, archive_mend, archive_plain, archive_read
from netraven_cli.snapshot.archive_create import create, identity, set_aside
from netraven_cli.snapshot.archive_git import Git
from netraven_cli.snapshot.archive_lock import locked, sweep
from netraven_cli.snapshot.archive_path import check_template, file_path
from netraven_cli.snapshot.archive_remove import remove, still_there
from netraven_cli.snapshot.archive_sign import Writer
from netraven_cli.snapshot.archive_write import write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from netraven_cli.model import PendingSnapshot, Removed, Written
    from netraven_cli.snapshot.archive_mend import Newest


@dataclass(frozen=True, slots=True)
class Archive:
    """The archive in a folder, and how it is written: the settings of `archive`."""

    path: Path
    author: str = "NetRaven <netraven@localhost>"
    path_template: str = "{device}.cfg"
    commit_mode: Literal["device", "run"] = "device"
    lock_wait_seconds: float = 120.0
    bundle_dir: Path | None = None  # where its copies are
    signing_key: Path | None = None  # the file of an SSH key: commits are signed with it
    plain_dir: Path | None = None  # shows the newest files, for who knows no git

    def __post_init__(self) -> None:
        check_template(self.path_template)

    @staticmethod
    def create(path: Path, *, is_ours: bool = False) -> str:
        """Make the archive if it is not there yet; returns its id.

        Args:
            path: its folder.
            is_ours: the records say that our archive was here, so that whatever is there now may be built upon; what
                is a repository and not ours is put aside.

        Raises:
            CreateError: the folder cannot be made, or is something else.
        """
        return create(path, is_ours=is_ours)

    @property
    def damage(self) -> str | None:
        """What is broken for good in the repository, by `git fsck`; nobody is kept from writing meanwhile."""
        return archive_mend.damage(Git(self.path))

    def mend(self) -> str | None:
        """Put a repository aside that is damaged for good, and begin a new one; returns what happened, None if nothing.

        Raises:
            CreateError: the folder cannot be written.
            StorageError: git or the disk failed.
        """
        self._refuse_foreign_owner()
        with locked(self.path, self.lock_wait_seconds) as descriptor:
            git = Git(self.path, (descriptor,))
            archive_mend.mend_head(git)
            damage = archive_mend.damage(git)
            if damage is None:
                return None
            aside = set_aside(self.path)
            create(self.path, is_ours=True)
        return f"{self.path} was damaged ({damage}); what was left of it is in {aside}"

    def begin(self) -> None:
        """Let a repository without a commit begin with what the newest bundle has: the same commits.

        Raises:
            StorageError: git or the disk failed, or the repository is damaged.
        """
        if self.bundle_dir is None or Git(self.path).head():
            return
        with locked(self.path, self.lock_wait_seconds) as descriptor:
            git = Git(self.path, (descriptor,))
            sweep(git)
            if git.head() is None:
                archive_maintenance.bring_back(git, self.bundle_dir)

    def pack(self, *, everything: bool) -> None:
        """Make the repository small and quick to read.

        Raises:
            TryLaterError: another process is writing.
            StorageError: git or the disk failed; nothing was changed.
        """
        self._require()
        with locked(self.path, self.lock_wait_seconds) as descriptor:
            git = Git(self.path, (descriptor,))
            sweep(git)
            archive_maintenance.pack(git, everything=everything)

    def bundle(self, now: datetime) -> Path | None:
        """Write a copy of main into `bundle_dir`, tried by fetching from it; None if there is nothing yet.

        Raises:
            CreateError, StorageError: it could not be written, or is not whole.
        """
        self._require()
        return archive_maintenance.bundle(Git(self.path), self.bundle_dir, now) if self.bundle_dir else None

    @property
    def id(self) -> str | None:
        """What tells this repository from another one at the same place; None if there is no archive."""
        return identity(Git(self.path))

    def file_path(self, device: str, platform: str, zone: str, file: str = "", tag: str = "") -> str:
        """The file of a device, or a further one of it, relative to the archive.

        Raises:
            DataError: a name that no file can have.
        """
        return file_path(self.path_template, device, platform, zone, file, tag)

    def write(
        self,
        pending: Iterable[PendingSnapshot],
        known_commit: str | None = None,
        previous_paths: Mapping[tuple[str, str], str] | None = None,
        newest: Newest | None = None,
    ) -> list[Written]:
        """Bring snapshots into git, each exactly once, and say where each stands; all of them or none.

        Args:
            pending: all that the records lack, in order per device. It is read under the lock, once or twice per
                try: let it be iterable again, and read the records when it is iterated, so that it holds what
                another writer wrote but could not record (an iterator is made into a list beforehand).
            known_commit: the newest commit of the caller's records, read before `pending`; what a killed write already
                brought here is looked for after it.
            previous_paths: (device, which file) -> path, for all of this archive: a device that moves leaves its old
                file, unless another device stands there now.
            newest: gives the newest snapshots that stand in some files, to put right what others changed there.

        Raises:
            TryLaterError: another process is writing, or main never stood still.
            StorageError: git or the disk failed; nothing was changed.
        """
        snapshots = list(pending) if isinstance(pending, Iterator) else pending
        self._require()
        with locked(self.path, self.lock_wait_seconds) as descriptor:
            git = Git(self.path, (descriptor,))
            per_run = self.commit_mode == "run"
            written = write(git, snapshots, known_commit, previous_paths or {}, self._place, per_run, self._writer)
            if newest and known_commit:
                archive_mend.put_right(git, known_commit, newest, self._writer)
            archive_mend.bring_in_step(git)
        return written

    def remove(self, left: Callable[[], Sequence[Removed]]) -> None:
        """Take the files of removed devices from main, `left` of the records, if they stand there.

        For its errors see `write`. `left` is called again under the lock, to know what another writer wrote.
        """
        if not still_there(Git(self.path), left()):
            return
        with locked(self.path, self.lock_wait_seconds) as descriptor:
            git = Git(self.path, (descriptor,))
            sweep(git)
            remove(git, left(), self.commit_mode == "run", self._writer)
            archive_mend.bring_in_step(git)

    def is_in_step(self, known_commit: str) -> bool:
        """Whether main and the work tree are as the newest commit on record left them."""
        return archive_mend.is_in_step(Git(self.path), known_commit)

    def holds(self, known_commit: str) -> bool:
        """Whether main has the newest commit on record; it is put back there if it was lost or moved back.

        Raises:
            StorageError: git or the disk failed, or the repository is damaged.
        """
        self._require()
        if archive_mend.has_main(Git(self.path), known_commit):
            return True
        with locked(self.path, self.lock_wait_seconds) as descriptor:
            return archive_mend.bring_main_back(Git(self.path, (descriptor,)), known_commit)

    @property
    def _writer(self) -> Writer:
        return Writer(self.author, self.signing_key)

    def _place(self, snapshot: PendingSnapshot) -> str:
        return self.file_path(snapshot.device, snapshot.platform, snapshot.zone, snapshot.file, snapshot.tag)

    def publish(self) -> None:
        """Let `plain_dir` show the files of main, if there is to be one.

        Raises:
            CreateError: it cannot be written.
            TryLaterError: another process is writing.
        """
        if self.plain_dir is None or archive_plain.shows(self.plain_dir, Git(self.path).head()):
            return
        with locked(self.path, self.lock_wait_seconds) as descriptor:
            archive_plain.publish(Git(self.path, (descriptor,)), self.plain_dir)

    def _refuse_foreign_owner(self) -> None:
        foreign = archive_check.foreign_owner(self.path)
        if foreign:
            raise PermissionDeniedError(foreign)

    def _require(self) -> None:
        self._refuse_foreign_owner()
        if self.id is None:
            raise StorageError(f"there is no archive in {self.path}; make it with: netraven init")

    def check(self) -> list[str]:
        """What is wrong with the archive, a sentence each."""
        foreign = archive_check.foreign_owner(self.path)
        if foreign:
            return [foreign]
        if self.id is None:
            return [f"there is no archive in {self.path}; the next run makes it, from the captures if there was one"]
        return archive_check.problems(self.path)

    def read(self, path: str, commit: str) -> str:
        """The text of a file at a commit; for its errors see archive_read, as for those of the next ones."""
        return archive_read.read(self.path, path, commit)

    def line_counts(self, commits: Iterable[str]) -> dict[tuple[str, str], tuple[int, int]]:
        """The lines that each commit added to and removed from each file: (commit, path) -> (added, removed)."""
        return archive_read.line_counts(self.path, commits)

    def blame(self, path: str, commit: str, lineage: Sequence[str]) -> list[archive_read.BlamedLine]:
        """Each line of a file at a commit with the commit of its lineage, newest first, that brought it."""
        return archive_read.blame(self.path, path, commit, lineage)

    def diff(self, old: tuple[str, str], new: tuple[str, str], *, words: bool = False) -> str:
        """Unified, or with `words` whole lines: how two files differ, each given as path and commit; empty if equal."""
        return archive_read.diff(self.path, old, new, *(["--word-diff=plain"] if words else []))
