"""Whatever boundary a process is killed at, the next ones complete what it began: nothing is lost, nothing doubled.

The seed is printed; NETRAVEN_SEED replays it, NETRAVEN_CRASHES says how many there are. Two processes at once, git and
the workers' threads go as the kernel schedules them: a seed that needs them to fail may need several replays.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from netraven_cli.snapshot.archive import Archive
from netraven_cli.store.database import Database
from netraven_cli.store.tables import metadata
from netraven_cli.store.vault import create_key_file
from tests.crash import world as worlds
from tests.crash.doom import Doom
from tests.crash.invariants import check
from tests.crash.journal import Journal
from tests.crash.nursery import Nursery
from tests.crash.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


SEEDS = int(os.environ.get("NETRAVEN_CRASHES", "200"))
BLOCKS = 10  # of seeds for each database: what the processes of a parallel run of the tests share out
BOUNDARIES = 450  # about as many as a whole life has
KILLS, WEIGHTS = (1, 2, 3), (5, 4, 1)  # of one world; each costs half a second, so most have few


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    with Nursery() as opened:
        yield opened


@pytest.fixture(scope="session")
def archive_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "archive"
    Archive.create(folder)
    return folder


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder without a disk under it, where there is one: a killed process needs no fsync, and each takes 8 ms."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if os.access(shared, os.W_OK) else tmp_path) as folder:
        yield Path(folder)


@pytest.fixture
def new_database(database_kind: str, database_url: str, memory: Path) -> Iterator[Callable[[int], str]]:
    """A populated database for each seed."""
    opened = Database(database_url)
    worlds.populate(opened)

    def copy(seed: int) -> str:
        file = memory / f"{seed}.db"
        with closing(sqlite3.connect(opened.engine.url.database or "")) as source, closing(sqlite3.connect(file)) as to:
            source.backup(to)
        return f"sqlite:///{file}"

    def empty(_seed: int) -> str:
        with opened.write() as connection:
            # The versions of parts are rows that the migration made; what is read by them is read anew if they go on.
            tables = ", ".join(table.name for table in metadata.sorted_tables if table.name != "version")
            connection.exec_driver_sql(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
        worlds.populate(opened)
        return database_url

    yield copy if database_kind == "sqlite" else empty
    opened.close()


@pytest.mark.timeout(3600 if "NETRAVEN_CRASHES" in os.environ else 300)
@pytest.mark.parametrize("block", range(BLOCKS))
def test_a_process_killed_at_any_boundary_loses_and_doubles_nothing(
    block: int, nursery: Nursery, new_database: Callable[[int], str], archive_template: Path, memory: Path
) -> None:
    replayed = os.environ.get("NETRAVEN_SEED")
    for number in range(max(1, SEEDS // BLOCKS // 2)):
        seed = int(replayed) if replayed else random.randrange(10**9)
        world = World(seed=seed, folder=memory / f"world-{number}", url=new_database(number))
        shutil.copytree(archive_template, world.folder / "archive")
        create_key_file(world.settings.vault_key_file)
        kill_and_resume(nursery, world)
        shutil.rmtree(world.folder)


def kill_and_resume(nursery: Nursery, world: World) -> None:
    """Print the seed with what happened to it, for the report of a failure."""
    journal = Journal.open(world.journal_path)
    try:
        for generation, dooms in enumerate(fates(world.seed), 1):
            nursery.live(world, generation, dooms)
        assert not journal.all("failed"), journal.all("failed")[0]["trace"]
        assert len(journal.all("day over")) >= worlds.DAYS, "the last process did not come to its end"
        check(world, journal)
    except BaseException:
        print(f"NETRAVEN_SEED={world.seed} {world.url}", *journal.all("killed"), sep="\n")
        raise
    finally:
        os.close(journal.descriptor)


def fates(seed: int) -> Iterator[list[Doom | None]]:
    """The processes of each generation, now and then two at once; the last one ends in order."""
    chance = random.Random(seed)
    for _ in range(chance.choices(KILLS, WEIGHTS)[0]):
        yield [_doom(chance) for _ in range(chance.choice((1, 1, 1, 1, 2)))]
    yield [None]


def _doom(chance: random.Random) -> Doom:
    return Doom(
        at=chance.randrange(1, BOUNDARIES), group=chance.random() < 0.5, later_seconds=chance.choice((0, 0.002, 0.01))
    )
