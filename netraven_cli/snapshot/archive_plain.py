"""The newest files in a plain folder beside git, for whoever reads files and knows no git."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from netraven_cli.errors import CreateError
from netraven_cli.snapshot import archive_record as record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from netraven_cli.snapshot.archive_git import Git

_STATE = ".netraven-archive"  # the commit that the folder shows
_PAGE = 100  # texts in memory at once


def shows(folder: Path, head: str | None) -> bool:
    """Whether the folder was left with the files of this commit.

    Raises:
        CreateError: the folder cannot be read.
    """
    try:
        return head is None or _shown(folder) == head
    except OSError as error:
        raise _failure(folder, error) from None


def publish(git: Git, folder: Path) -> None:
    """Make the folder show main: each file whole at any moment, those that are gone removed.

    What others put there stays, unless it has the name of a file of ours.

    Raises:
        CreateError: the folder cannot be written.
        StorageError: git failed.
    """
    head = git.head()
    try:
        before = _shown(folder)
        old = record.tree(git, before) if before and record.is_commit(git, before) else {}
        new = record.tree(git, head)
        changed = {path: blob for path, blob in new.items() if old.get(path) != blob}
        for path, text in _texts(git, changed):
            _put(folder, path, text)
        _remove(folder, old.keys() - new.keys())
        _put(folder, _STATE, f"{head}\n".encode())
    except OSError as error:
        raise _failure(folder, error) from None


def _failure(folder: Path, error: OSError) -> CreateError:
    return CreateError(
        f"the plain folder {folder} (archive.plain_dir) cannot be written: {error.strerror}; git has all of it, and "
        "the next run completes the folder: see its owner and free space"
    )


def _texts(git: Git, blobs: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    paths = list(blobs)
    for start in range(0, len(paths), _PAGE):
        page = paths[start : start + _PAGE]
        yield from zip(page, record.objects(git, [blobs[path] for path in page]), strict=True)


def _shown(folder: Path) -> str | None:
    try:
        return (folder / _STATE).read_text().strip()
    except FileNotFoundError:
        return None


def _put(folder: Path, path: str, text: bytes) -> None:
    place = folder / path
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = place.with_name(f".{place.name}.netraven")  # what a killed write left there is written over
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)
    fresh.replace(place)


def _remove(folder: Path, paths: Iterable[str]) -> None:
    for path in paths:
        (folder / path).unlink(missing_ok=True)
        for parent in [*PurePosixPath(path).parents][:-1]:
            if not _is_removed(folder / parent):
                break


def _is_removed(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError:  # something is in it
        return False
    return True
