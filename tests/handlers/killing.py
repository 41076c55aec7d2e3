"""Kill the archive step with SIGKILL at one boundary after the other, and let the next one complete it.

A process of its own, since it forks: called with a folder that has a migrated database, a plight, the first boundary,
and how many to go on each time.
"""

from __future__ import annotations

import os
import shutil
import sys
import traceback
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from netraven_cli.settings.keys import Settings
from netraven_cli.settings.upkeep import Keep, MaintenanceSettings
from netraven_cli.snapshot.archive import Archive
from netraven_cli.store.database import Database
from tests.crash.doom import Doom
from tests.crash.journal import Journal
from tests.handlers.conftest import BEGIN, Archiving, spoil_object, two_devices
from tests.store.test_retention import add_jobs

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = 1500  # more boundaries than a step has


def lose_branch(archiving: Archiving) -> None:
    (archiving.folder / ".git/refs/heads/main").write_text("1" * 40 + "\n")


def edit(archiving: Archiving) -> None:
    archiving.git("reset", "-q", "--hard", "main~2")
    (archiving.folder / "r1.cfg").write_text("edited\n")


def remove(archiving: Archiving) -> None:
    """One device that showed something since, one whose name another has by now."""
    archiving.show(r1="three\n")
    archiving.remove("r1", "r2")
    archiving.show(r2="drei\n")


def neglect(archiving: Archiving) -> None:
    """Old records, an object that cannot be read, and half a transcript."""
    with archiving.context.database.write() as connection:
        add_jobs(connection, 5, BEGIN - timedelta(days=100))
    archiving.keep_in_order("archive", "archive-bundle")
    archiving.show(r1="three\n")
    archiving.archive()
    spoil_object(archiving.folder)
    archiving.show(r2="drei\n")


def neglected(archiving: Archiving) -> None:
    archiving.keep_in_order()
    with archiving.context.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM job").scalar() == 0


PLIGHTS: dict[str, Callable[[Archiving], object]] = {  # what the killed step has to do
    "captures": lambda archiving: archiving.show(r1="three\n", r2="drei\n"),
    "lost": lambda archiving: shutil.rmtree(archiving.folder),
    "damaged": lose_branch,
    "edited": edit,
    "removed": remove,
    "neglected": neglect,
}
STEPS: dict[str, Callable[[Archiving], object]] = {"neglected": neglected}


def main(folder: Path, plight: str, first: int, stride: int) -> None:
    data = folder / "data"
    Archive.create(data / "archive")
    settings = Settings(
        data_dir=data, maintenance=MaintenanceSettings(bundle_dir=folder / "data" / "bundles", snapshots=Keep(count=1))
    )
    archiving = two_devices(Database(settings.database_url), settings)
    PLIGHTS[plight](archiving)
    archiving.context.database.close()
    shutil.copytree(data, folder / "before", symlinks=True)
    journal = Journal.open(folder / "journal")
    for boundary in range(first, LONGEST, stride):
        step = STEPS.get(plight, Archiving.archive)
        if not killed(archiving, boundary, journal, step):
            break
        step(archiving)
        archiving.archive()
        archiving.assert_whole()
        archiving.context.database.close()
        shutil.rmtree(data)
        shutil.copytree(folder / "before", data, symlinks=True)
    assert boundary < LONGEST - stride
    print(f"{len(journal.all('killed'))} kills, the last boundary is before {boundary}")


def killed(archiving: Archiving, boundary: int, journal: Journal, step: Callable[[Archiving], object]) -> bool:
    """Do a step in a process that dies at that boundary; False if it came to its end before."""
    child = os.fork()
    if child == 0:
        try:
            Doom(at=boundary, group=False, later_seconds=0).arm(journal)
            step(archiving)
        except BaseException:
            journal.note("failed", trace=traceback.format_exc())
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    assert not journal.all("failed"), journal.all("failed")[0]["trace"]
    return os.WIFSIGNALED(status)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
