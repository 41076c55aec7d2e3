"""The archive: a git repository of accepted configurations, written by one ordered writer at a time.

git is a projection of what the database has: whatever a killed or failed write left undone, the next one completes.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from netraven_cli.errors import CreateError, NetravenError, PermissionDeniedError, StorageError, TryLaterError
from netraven_cli.snapshot import archive_check, archive_read
from netraven_cli.snapshot.archive_git import MAIN, Git
from netraven_cli.snapshot.archive_lock import locked, sweep
from netraven_cli.snapshot.archive_path import check_template, file_path
from netraven_cli.snapshot.archive_write import write_once

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from netraven_cli.model import PendingSnapshot, Written

log = logging.getLogger("netraven.archive")
_TRIES = 5  # main moves during a write only if somebody commits by hand
_OWN_FILES = {"netraven.lock", "config", "config.lock"}  # what a killed `create` may have left of .git
_CONFIGURATION = {  # for whoever works in the repository by hand, or maintains it
    "core.bare": "false",
    "core.autocrlf": "false",
    "core.fsync": "all",
    "fastimport.unpackLimit": "1",
    "gc.auto": "0",
    "maintenance.auto": "false",
}


@dataclass(frozen=True, slots=True)
class Archive:
    """The archive in a folder, and how it is written: the settings of `archive`."""

    path: Path
    author: str = "NetRaven <netraven@localhost>"
    path_template: str = "{device}.cfg"
    commit_mode: Literal["device", "run"] = "device"
    lock_wait_seconds: float = 120.0

    def __post_init__(self) -> None:
        check_template(self.path_template)

    @staticmethod
    def create(path: Path) -> str:
        """Make the archive if it is not there yet; returns its id.

        Raises:
            CreateError: the folder cannot be made, or is something else.
        """
        try:
            _refuse_foreign(path)
            (path / ".git").mkdir(mode=0o700, parents=True, exist_ok=True)
            path.chmod(0o700)
        except OSError as error:
            raise CreateError(f"the archive {path} cannot be made: {error.strerror}; see its folder's owner") from None
        with locked(path, wait_seconds=60) as descriptor:
            return _initialize(Git(path, (descriptor,)))

    @property
    def id(self) -> str | None:
        """What tells this repository from another one at the same place; None if there is no archive."""
        return _id(Git(self.path))

    def file_path(self, device: str, platform: str, zone: str) -> str:
        """The file of a device, relative to the archive.

        Raises:
            DataError: a name that no file can have.
        """
        return file_path(self.path_template, device, platform, zone)

    def write(
        self,
        pending: Iterable[PendingSnapshot],
        known_commit: str | None = None,
        previous_paths: Mapping[str, str] | None = None,
    ) -> list[Written]:
        """Bring snapshots into git, each exactly once, and say where each stands; all of them or none.

        Args:
            pending: all that the records lack, in order per device. It is read under the lock, once or twice per
                try: let it be iterable again, and read the records when it is iterated, so that it holds what
                another writer wrote but could not record (an iterator is made into a list beforehand).
            known_commit: the newest commit of the caller's records, read before `pending`; the search for what a
                killed write already brought here begins after it.
            previous_paths: device -> its file, for all devices of this archive: a device that moves leaves its old
                file, unless another device stands there now.

        Raises:
            TryLaterError: another process is writing, or main never stood still.
            StorageError: git or the disk failed; nothing was changed.
        """
        snapshots = list(pending) if isinstance(pending, Iterator) else pending
        self._require()
        with locked(self.path, self.lock_wait_seconds) as descriptor:
            git = Git(self.path, (descriptor,))
            written = self._write(git, snapshots, known_commit, previous_paths or {})
            _bring_in_step(git)
        return written

    def _write(
        self,
        git: Git,
        snapshots: Iterable[PendingSnapshot],
        known_commit: str | None,
        previous_paths: Mapping[str, str],
    ) -> list[Written]:
        def place(snapshot: PendingSnapshot) -> str:
            return self.file_path(snapshot.device, snapshot.platform, snapshot.zone)

        per_run = self.commit_mode == "run"
        for _ in range(_TRIES):
            sweep(git)
            written = write_once(git, snapshots, known_commit, previous_paths, place, per_run, self.author)
            if written is not None:
                return written
        raise TryLaterError(
            f"somebody commits to main of {self.path} all the time; the next run writes what is pending"
        )

    def _require(self) -> None:
        foreign = archive_check.foreign_owner(self.path)
        if foreign:
            raise PermissionDeniedError(foreign)
        if self.id is None:
            raise StorageError(f"there is no archive in {self.path}; make it with: netraven init")

    def check(self) -> list[str]:
        """What is wrong with the archive, a sentence each."""
        foreign = archive_check.foreign_owner(self.path)
        if foreign:
            return [foreign]
        if self.id is None:
            return [f"there is no archive in {self.path}; make it with: netraven init"]
        return archive_check.problems(self.path)

    def read(self, path: str, commit: str) -> str:
        """The text of a file at a commit.

        Raises:
            NoInputError: there is no such file or commit.
        """
        return archive_read.read(self.path, path, commit)

    def line_counts(self, commits: Iterable[str]) -> dict[tuple[str, str], tuple[int, int]]:
        """The lines that each commit added to and removed from each file: (commit, path) -> (added, removed)."""
        return archive_read.line_counts(self.path, commits)

    def blame(self, path: str, commit: str) -> list[archive_read.BlamedLine]:
        """Each line of a file at a commit with the commit that brought it.

        Raises:
            NoInputError: there is no such file or commit.
        """
        return archive_read.blame(self.path, path, commit)

    def diff(self, old: tuple[str, str], new: tuple[str, str], *, words: bool = False) -> str:
        """The difference between two files, each given as path and commit, by the histogram algorithm.

        Unified, or with `words` the whole lines with what changed in them; empty if they are equal.

        Raises:
            NoInputError: there is no such file or commit.
        """
        return archive_read.diff(self.path, old, new, *(["--word-diff=plain"] if words else []))


def _refuse_foreign(path: Path) -> None:
    foreign = archive_check.foreign_owner(path)
    if foreign:
        raise CreateError(foreign)
    if not _is_free(path) and not _id(Git(path)):
        raise CreateError(f"{path} is not empty and no archive of NetRaven: choose another data_dir, or move it away")


def _is_free(path: Path) -> bool:
    """True if there is nothing in the folder but what a killed `create` may have left."""
    if not path.exists():
        return True
    if not path.is_dir() or {entry.name for entry in path.iterdir()} - {".git"}:
        return False
    git_dir = path / ".git"
    return not git_dir.exists() or (git_dir.is_dir() and {entry.name for entry in git_dir.iterdir()} <= _OWN_FILES)


def _id(git: Git) -> str | None:
    config = git.folder / ".git" / "config"
    if not config.is_file():
        return None
    return git.line("config", "--file", str(config), "--get", "netraven.archive", accepted=(0, 1)) or None


def _initialize(git: Git) -> str:
    """The id comes first: it tells the next `create` that a half-made repository is ours."""
    config = ("config", "--file", str(git.folder / ".git" / "config"))
    (git.folder / ".git" / "config.lock").unlink(missing_ok=True)
    if not _id(git):
        git.run(*config, "netraven.archive", str(uuid.uuid4()))
    git.run("-c", "init.defaultBranch=main", "init", "--quiet", "--template=")
    for key, value in _CONFIGURATION.items():
        git.run(*config, key, value)
    return _id(git) or ""


def _bring_in_step(git: Git) -> None:
    """Make the work tree show main. What fails here is mended by the next write: git has the snapshots already."""
    if git.head() is None:
        return
    try:
        git.run("symbolic-ref", "HEAD", MAIN)
        _reset(git)
    except NetravenError as error:
        log.warning("work_tree_behind reason=%s", error)


def _reset(git: Git) -> None:
    try:
        git.run("read-tree", "--reset", "-u", MAIN)
    except StorageError:  # a damaged index: it holds nothing that cannot be made again
        (git.folder / ".git" / "index").unlink(missing_ok=True)
        git.run("read-tree", "--reset", "-u", MAIN)
