"""The archive step, killed with SIGKILL at each boundary in turn: a statement, a commit, a file, a call of git."""

from __future__ import annotations

import os
import shutil
import traceback
from typing import TYPE_CHECKING

import pytest

from tests.crash.doom import Doom
from tests.crash.journal import Journal
from tests.handlers.test_archiving import scribble

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.handlers.conftest import Archiving

LONGEST = 200  # boundaries; there are some fifty

PLIGHTS: dict[str, Callable[[Archiving], object]] = {  # what the killed step has to do
    "new captures": lambda archiving: archiving.show(r1="three\n", r2="drei\n"),
    "no archive": lambda archiving: shutil.rmtree(archiving.folder),
    "a damaged archive": lambda archiving: scribble(archiving.folder / ".git/refs/heads/main", b"1" * 40 + b"\n"),
    "edited files": lambda archiving: edit(archiving),
}


def edit(archiving: Archiving) -> None:
    archiving.git("reset", "-q", "--hard", "main~2")
    (archiving.folder / "r1.cfg").write_text("edited\n")


def killed(archiving: Archiving, boundary: int, journal: Journal) -> bool:
    """Archive in a process that dies at that boundary; False if it came to its end before."""
    child = os.fork()
    if child == 0:
        try:
            Doom(at=boundary, group=False, later_seconds=0).arm(journal)
            archiving.archive()
        except BaseException:
            journal.note("failed", trace=traceback.format_exc())
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    assert not journal.all("failed"), journal.all("failed")[0]["trace"]
    return os.WIFSIGNALED(status)


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("plight", PLIGHTS.values(), ids=PLIGHTS)
def test_whatever_boundary_it_is_killed_at_the_next_one_completes_it(
    archiving: Archiving, plight: Callable[[Archiving], object], tmp_path: Path
) -> None:
    plight(archiving)
    archiving.context.database.close()
    before = tmp_path / "before"
    shutil.copytree(archiving.folder.parent, before, ignore=shutil.ignore_patterns("before"), symlinks=True)
    journal = Journal.open(tmp_path.with_name("journal"))
    for boundary in range(1, LONGEST):
        if not killed(archiving, boundary, journal):
            break
        archiving.archive()
        archiving.assert_whole()
        restore(archiving, before)
    os.close(journal.descriptor)
    print(f"{boundary - 1} boundaries")
    assert 10 < boundary < LONGEST - 1


def restore(archiving: Archiving, before: Path) -> None:
    archiving.context.database.close()
    for path in archiving.folder.parent.iterdir():
        if path == before:
            continue
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(before, before.parent, dirs_exist_ok=True, symlinks=True)
