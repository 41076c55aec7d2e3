"""Files that are kept by age and number."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from netraven_cli.settings.upkeep import age

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from netraven_cli.settings.upkeep import Keep


def let_go(files: Iterable[Path], keep: Keep, *, spared: int = 0) -> tuple[int, int]:
    """Remove the files that are too old or too many, but never the newest `spared`; returns how many, and bytes.

    The age of a file goes by the clock that gave it its time, which is this machine's.
    """
    newest = sorted(_with_time(files), reverse=True)
    oldest = age(keep.age)
    before = time.time() - oldest.total_seconds() if oldest else 0.0
    surplus = [
        path
        for place, (at, path) in enumerate(newest)
        if place >= spared and (at < before or (keep.count and place >= keep.count))
    ]
    sizes = [_remove(path) for path in surplus]
    return sum(size is not None for size in sizes), sum(size or 0 for size in sizes)


def _with_time(files: Iterable[Path]) -> Iterable[tuple[float, Path]]:
    for path in files:
        with suppress(OSError):  # another one removed it
            yield path.stat().st_mtime, path


def _remove(path: Path) -> int | None:
    """Its size; None if it could not be removed, and stays for the next time."""
    try:
        size = path.stat().st_size
        path.unlink()
    except OSError:
        return None
    return size
