"""The archive kept in order: packed, quick to read, with a copy in a second place, and made again from that copy."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from netraven_cli.errors import CreateError, NetravenError, StorageError
from netraven_cli.snapshot.archive_git import MAIN, Git

if TYPE_CHECKING:
    from datetime import datetime

log = logging.getLogger("netraven.archive")
LIMIT_SECONDS = 1800.0
BUNDLES = "netraven-archive-*.bundle"
_FETCHED = "refs/netraven/bundle"


def pack(git: Git, *, everything: bool) -> None:
    """Bring packs together: small ones (each at least twice the next), or all; what no branch reaches is kept.

    The texts come without deltas from fast-import (see Git.start_import), so that this is what makes them small.
    """
    if git.head() is None:
        return
    which = ("-a", "-d", "--keep-unreachable") if everything else ("-d", "--geometric=2")
    git.run("-c", "pack.windowMemory=64m", "repack", "--quiet", *which, limit_seconds=LIMIT_SECONDS)
    graph = ("commit-graph", "write", "--reachable", "--changed-paths", "--no-progress")
    git.run(*graph, limit_seconds=LIMIT_SECONDS)


def size_bytes(folder: Path) -> int:
    """What the repository takes on its disk; what disappears meanwhile does not count."""
    total = 0
    for path in (folder / ".git").rglob("*"):
        try:
            total += path.lstat().st_size
        except FileNotFoundError:
            continue
    return total


def bundle(git: Git, folder: Path, now: datetime) -> Path | None:
    """Write main into a file of its own, and fetch from it to see that it is whole; None before the first commit.

    Raises:
        CreateError: the folder cannot be written.
        StorageError: git or the disk failed, or what was written is not whole.
    """
    head = git.head()
    if head is None:
        return None
    file = folder / BUNDLES.replace("*", f"{now:%Y%m%dT%H%M%SZ}")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".bundle-") as place:
            fresh = Path(place) / "fresh"
            git.run("bundle", "create", "--quiet", str(fresh), MAIN, limit_seconds=LIMIT_SECONDS)
            fresh.chmod(0o600)
            _refuse_other(fresh, Path(place) / "tried", head)
            fresh.replace(file)
    except OSError as error:
        raise CreateError(f"the bundle {file} cannot be written: {error.strerror}; see its folder and disk") from None
    return file


def _refuse_other(file: Path, place: Path, head: str) -> None:
    place.mkdir()
    tried = Git(place)
    tried.run("init", "--quiet", "--template=")
    fetch(tried, file)
    found = tried.line("rev-parse", _FETCHED)
    if found != head:
        raise StorageError(f"the bundle was written for {head}, and has {found}; see the disk of {file.parent.parent}")


def fetch(git: Git, file: Path) -> None:
    """Take all that a bundle has, each object checked, as a reference of its own."""
    git.run(
        "-c", "fetch.fsckObjects=true", "fetch", "--quiet", "--no-tags", str(file), f"+{MAIN}:{_FETCHED}",
        limit_seconds=LIMIT_SECONDS,
    )  # fmt: skip


def bring_back(git: Git, folder: Path) -> None:
    """Let a new repository begin with the newest bundle that is whole, if there is one."""
    for file in sorted(folder.glob(BUNDLES), reverse=True):
        try:
            fetch(git, file)
            git.run("update-ref", MAIN, git.line("rev-parse", _FETCHED))
            git.run("update-ref", "-d", _FETCHED)
        except NetravenError as error:
            log.warning("bundle_not_used file=%s reason=%s", file, error)
        else:
            log.warning("archive_begins_with_bundle archive=%s file=%s", git.folder, file)
            return
