"""Where processes come from: forked by a process that has imported everything, opened nothing and has one thread.

A fork takes a few milliseconds, a new interpreter with all that the product imports most of a second.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg  # noqa: F401 - imported once, before the first fork
import sqlalchemy.dialects.postgresql.psycopg
import sqlalchemy.dialects.sqlite.pysqlite  # noqa: F401 - the same

from tests.crash.doom import Doom
from tests.crash.world import World, live

if TYPE_CHECKING:
    from collections.abc import Sequence


class Nursery:
    """Forks the processes of a generation and waits for all of them; to be used in a `with` block."""

    def __enter__(self) -> Nursery:
        command = [sys.executable, "-m", "tests.crash.nursery"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def live(self, world: World, generation: int, dooms: Sequence[Doom | None]) -> None:
        wanted = {
            "world": {"seed": world.seed, "folder": str(world.folder), "url": world.url},
            "generation": generation,
            "dooms": [asdict(doom) if doom else None for doom in dooms],
        }
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(wanted) + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "all of them ended\n"


def _main() -> None:
    for line in sys.stdin:
        wanted = json.loads(line)
        world = World(**{**wanted["world"], "folder": Path(wanted["world"]["folder"])})
        dooms = [Doom(**doom) if doom else None for doom in wanted["dooms"]]
        for child in [_fork(world, wanted["generation"], doom) for doom in dooms]:
            os.waitpid(child, 0)
        print("all of them ended", flush=True)


def _fork(world: World, generation: int, doom: Doom | None) -> int:
    child = os.fork()
    if child == 0:
        try:
            live(world, generation, doom)
        finally:
            os._exit(0)  # what failed is in the journal
    return child


if __name__ == "__main__":
    _main()
