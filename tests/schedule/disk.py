"""What a folder has, and a disk on which the second file of a plan does not fit."""

from __future__ import annotations

import resource
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from netraven_cli.schedule.compare import SyncPlan

LIMIT = 100_000
SECOND_FILE = "File too large"


def state(folder: Path) -> dict[str, tuple[str, int]]:
    """Each file and link with its content and the time of its last change."""
    found = [path for path in folder.rglob("*") if path.is_symlink() or path.is_file()]
    return {
        str(path.relative_to(folder)): (
            f"-> {path.readlink()}" if path.is_symlink() else path.read_text(),
            path.lstat().st_mtime_ns,
        )
        for path in found
    }


@contextmanager
def second_file_does_not_fit(plan: SyncPlan) -> Iterator[SyncPlan]:
    """A plan with two files more, and a limit of the system (man 2 setrlimit) that the second one passes."""
    more = {plan.folder / "netraven-first.timer": "fits", plan.folder / "netraven-second.timer": "x" * (LIMIT + 1)}
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, before[1]))
    try:
        yield replace(plan, write={**plan.write, **more})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
