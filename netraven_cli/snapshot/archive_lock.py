"""One writer at a time: the lock of an archive, and the removal of what a killed writer left behind."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from netraven_cli.errors import StorageError, TryLaterError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from netraven_cli.snapshot.archive_git import Git

_NAME = "netraven.lock"
_POLL_SECONDS = 0.05


@contextmanager
def locked(folder: Path, wait_seconds: float) -> Iterator[int]:
    """Hold the lock of the archive in this folder; yields its descriptor, for git processes to inherit.

    It is a flock, which the kernel gives back when the last process that has it open ends: unlike a lock file of git
    it cannot be left behind, and unlike `filelock` it can be shared with the git processes we start.

    Raises:
        TryLaterError: another process holds it for longer than the wait.
        StorageError: the lock cannot be opened.
    """
    descriptor = _acquire(folder, wait_seconds)
    try:
        _sign(descriptor, f"process {os.getpid()} on {socket.gethostname()}")
        yield descriptor
        _sign(descriptor, "")
    finally:
        os.close(descriptor)  # the lock goes with the last descriptor; LOCK_UN would take it from a living git


def _acquire(folder: Path, wait_seconds: float) -> int:
    """Open and lock; again, if the repository was put aside and made anew while we waited."""
    deadline = time.monotonic() + wait_seconds
    while True:
        descriptor = _open(folder)
        try:
            _wait_for(descriptor, folder, deadline, wait_seconds)
        except TryLaterError:
            os.close(descriptor)
            raise
        if _is_that_of(descriptor, folder):
            return descriptor
        os.close(descriptor)


def _open(folder: Path) -> int:
    try:
        return os.open(folder / ".git" / _NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageError(
            f"the archive {folder} cannot be written: {error.strerror}; see its owner, mode, mount and free space; "
            "nothing is lost, the next run completes it"
        ) from None


def _is_that_of(descriptor: int, folder: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), (folder / ".git" / _NAME).stat())
    except OSError:
        return False


def _wait_for(descriptor: int, folder: Path, deadline: float, wait_seconds: float) -> None:
    while not _take(descriptor):
        if time.monotonic() >= deadline:
            holder = os.pread(descriptor, 300, 0).decode(errors="replace").strip() or "another process"
            raise TryLaterError(
                f"the archive {folder} is locked by {holder}, waited {wait_seconds:.0f} seconds; "
                "nothing is lost, the next run writes what is pending"
            )
        time.sleep(_POLL_SECONDS)


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sign(descriptor: int, holder: str) -> None:
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, holder.encode(), 0)
    except OSError:  # a full disk: who holds the lock stays unsaid, which is all that is lost
        return


def is_locked(folder: Path) -> bool:
    """True if a writer is at work now."""
    try:
        descriptor = os.open(folder / ".git" / _NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _take(descriptor)
    finally:
        os.close(descriptor)


def leftovers(folder: Path) -> list[Path]:
    """What a killed git leaves in the repository: its lock files, half-written packs and crash reports."""
    git_dir = folder / ".git"
    found = [git_dir / name for name in ("HEAD.lock", "config.lock", "index.lock", "packed-refs.lock", "shallow.lock")]
    patterns = (
        "refs/**/*.lock", "objects/pack/tmp_*", "objects/pack/.tmp-*", "objects/pack/*.lock", "objects/??/tmp_obj_*",
        "objects/info/**/*.lock", "objects/info/**/tmp_*", "fast_import_crash_*",
    )  # fmt: skip
    found += [path for pattern in patterns for path in git_dir.glob(pattern)]
    return sorted(path for path in found if path.is_file())


def sweep(git: Git) -> None:
    """Remove what a killed writer left; holding the lock, it is stale by definition."""
    try:
        for path in leftovers(git.folder):
            path.unlink(missing_ok=True)
    except OSError as error:
        raise git.failure("start", f"what a killed git left cannot be removed: {error}") from None
    stale = git.run("for-each-ref", "--format=delete %(refname)", "refs/netraven/")
    if stale:
        git.run("update-ref", "--stdin", given=stale)
