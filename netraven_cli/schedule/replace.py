"""Files put in place all or none."""

from __future__ import annotations

import fcntl
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from netraven_cli.errors import CreateError, TryLaterError
from netraven_cli.schedule.template import Link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netraven_cli.schedule.compare import SyncPlan

SCRAP = ".netraven-sync-"  # what begins so is of a sync that was killed, or of the one that holds the lock
FLUSHES = 16  # at once


@contextmanager
def replaced(plan: SyncPlan) -> Iterator[None]:
    """Write and remove what a plan says; if anything in the body fails, all is put back as it was.

    All new files, and copies of the old ones, are complete on disk before the first one takes its place.

    Raises:
        CreateError: a foreign file is in the way, or the folder cannot be written; nothing is changed.
        TryLaterError: another sync is at work in this folder.
    """
    if plan.foreign:
        names = ", ".join(str(path) for path in plan.foreign)
        raise CreateError(
            f"not made by NetRaven, and in the way: {names}; move it away, or use --dir for another folder"
        )
    with ExitStack() as made, ExitStack() as scraps, ExitStack() as undo:
        try:
            _put(plan, made, scraps, undo)
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            raise CreateError(
                f"the folder {plan.folder} cannot be written: {where}{error.strerror}; nothing was changed; "
                "run it as its owner, make room, or use --dir"
            ) from error
        yield
        undo.pop_all()
        made.pop_all()


def _put(plan: SyncPlan, made: ExitStack, scraps: ExitStack, undo: ExitStack) -> None:
    changed = sorted({*plan.write, *plan.remove})
    if not changed:
        return
    folders = sorted({plan.folder, *(path.parent for path in changed)})
    for folder in folders:
        _make(folder, made)
    _lock(plan.folder, scraps)
    for folder in folders:
        _sweep(folder)
        scraps.callback(_sweep, folder)
    fresh = {path: _staged(path, number, content) for number, (path, content) in enumerate(plan.write.items())}
    _flush(*(place for path, place in fresh.items() if not isinstance(plan.write[path], Link)))
    kept = {path: _copy(path, number) for number, path in enumerate(changed) if os.path.lexists(path)}
    for path in changed:
        undo.callback(_put_back, path, kept.get(path))
        if path in fresh:
            fresh[path].replace(path)
        else:
            path.unlink(missing_ok=True)
    _flush(*folders)


def _make(folder: Path, made: ExitStack) -> None:
    for missing in reversed([place for place in (folder, *folder.parents) if not place.exists()]):
        missing.mkdir()
        made.callback(missing.rmdir)


def _lock(folder: Path, scraps: ExitStack) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    scraps.callback(os.close, handle)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise TryLaterError(f"another schedule sync is at work in {folder}; try again when it has ended") from None


def _sweep(folder: Path) -> None:
    for path in list(folder.glob(f"{SCRAP}*")):
        path.unlink(missing_ok=True)


def _staged(path: Path, number: int, content: str | Link) -> Path:
    fresh = path.with_name(f"{SCRAP}{number}.new")
    if isinstance(content, Link):
        fresh.symlink_to(content.target)
        return fresh
    with fresh.open("x", encoding="utf-8") as file:
        file.write(content)
    fresh.chmod(0o644)  # whatever the umask: systemd warns of units that are not readable for all
    return fresh


def _copy(path: Path, number: int) -> Path:
    return Path(shutil.copy2(path, path.with_name(f"{SCRAP}{number}.old"), follow_symlinks=False))


def _put_back(path: Path, kept: Path | None) -> None:
    if kept:
        kept.replace(path)
    elif os.path.lexists(path):
        path.unlink()


def _flush(*places: Path) -> None:
    """See files and folders through to the disk, many at once: one after the other, 2,000 take 8 s."""
    with ThreadPoolExecutor(FLUSHES) as pool:
        list(pool.map(_flush_one, places))


def _flush_one(place: Path) -> None:
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
