from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from netraven_cli.snapshot.archive import Archive
from tests.snapshot.archives import commits_of_snapshots, git
from tests.snapshot.writer import TABLES, conclude

if TYPE_CHECKING:
    from pathlib import Path

KILLS = int(os.environ.get("KILLS", "20"))


def kill_a_writer(folder: Path, file: Path, rng: random.Random) -> None:
    command = [sys.executable, "-m", "tests.snapshot.writer", str(folder), str(file), str(rng.random())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"  # it has completed what the one before left
        with pytest.raises(subprocess.TimeoutExpired):
            writer.wait(rng.uniform(0, 0.4))  # the random moment
        os.killpg(writer.pid, signal.SIGKILL)  # fast-import has a session of its own and lives on


def test_a_writer_killed_at_any_moment_loses_and_doubles_nothing(tmp_path: Path) -> None:
    seed = time.time_ns()
    print(f"seed {seed}")
    rng = random.Random(seed)
    folder, file = tmp_path / "archive", tmp_path / "records.db"
    Archive.create(folder)
    for _ in range(KILLS):
        kill_a_writer(folder, file, rng)
    archive = Archive(folder)
    with closing(sqlite3.connect(file)) as database:
        database.executescript(TABLES)
        conclude(database, archive)
        rows = database.execute(
            'SELECT id, device, text, "commit", path FROM snapshot LEFT JOIN revision ON id = snapshot_id ORDER BY id'
        ).fetchall()
    print(f"{len(rows)} snapshots, {KILLS} kills")
    assert commits_of_snapshots(folder) == {row[0]: [row[3]] for row in rows}
    for device in {row[1] for row in rows}:
        of_device = [row for row in rows if row[1] == device]
        assert git(folder, "log", "--reverse", "--format=%H", "--", f"{device}.cfg").split() == [
            row[3] for row in of_device
        ]
    blobs = "".join(f"{commit}:{path}\n" for _id, _device, _text, commit, path in rows)
    expected = "".join(f"\n{text}\n" for _id, _device, text, _commit, _path in rows)
    assert git(folder, "cat-file", "--batch=", given=blobs) == expected.strip()
    assert archive.check() == []
