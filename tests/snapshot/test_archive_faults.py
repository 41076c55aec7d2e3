"""What goes wrong while an archive is written, or was done to it: nothing is lost, nothing is half done."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from netraven_cli.errors import CreateError, PermissionDeniedError, StorageError, TryLaterError
from netraven_cli.snapshot.archive import Archive
from tests.snapshot.archives import commits_of_snapshots, git, pending


def test_a_source_that_fails_half_way_changes_nothing(folder: Path) -> None:
    class Failing:
        def __iter__(self) -> object:
            yield pending(1, "r1", "a\n" * 100_000)
            raise ConnectionError("the database went away")

    with pytest.raises(ConnectionError):
        Archive(folder).write(Failing())  # type: ignore[arg-type]  # an iterable by its __iter__
    assert git(folder, "for-each-ref") == ""
    Archive(folder).write([pending(1, "r1", "a\n")])
    assert Archive(folder).check() == []


def test_two_writers_at_once_lose_and_double_nothing(folder: Path) -> None:
    def write(writer: int) -> None:
        for turn in range(5):
            number = writer * 100 + turn
            Archive(folder).write(
                [pending(number, f"r{writer}", f"{turn}\n"), pending(number + 50, "shared", f"{number}\n")]
            )

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    commits = commits_of_snapshots(folder)
    assert len(commits) == 40
    assert all(len(found) == 1 for found in commits.values())
    assert Archive(folder).check() == []


def test_a_locked_archive_is_waited_for_and_its_holder_named(folder: Path) -> None:
    with (folder / ".git" / "netraven.lock").open("w") as held:
        held.write("process 4711 on elsewhere")
        held.flush()
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(TryLaterError, match="locked by process 4711 on elsewhere"):
            Archive(folder, lock_wait_seconds=0.1).write([pending(1, "r1", "a\n")])
        assert Archive(folder).check() == []


def test_a_failed_write_leaves_nothing_half_done_and_the_next_completes_it(folder: Path) -> None:
    archive = Archive(folder)
    archive.write([pending(1, "r1", "a\n")])
    head = git(folder, "rev-parse", "main")
    packs = folder / ".git" / "objects" / "pack"
    packs.rename(packs.with_name("aside"))
    packs.write_text("no folder")
    with pytest.raises(StorageError, match="nothing is lost"):
        archive.write([pending(2, "r1", "b\n")], head)
    packs.unlink()
    packs.with_name("aside").rename(packs)
    assert git(folder, "rev-parse", "main") == head
    archive.write([pending(2, "r1", "b\n")], head)
    assert archive.check() == []


FULL_DISK = """
import resource, sys
from pathlib import Path
from netraven_cli.errors import StorageError
from netraven_cli.snapshot.archive import Archive
from tests.snapshot.archives import pending
import random
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    Archive(Path(sys.argv[1])).write([pending(1, "r1", random.Random(1).randbytes(400_000).hex())])
except StorageError as error:
    print(error)
"""


def test_a_disk_that_takes_no_more_is_a_sentence_and_changes_nothing(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL_DISK, str(folder)], capture_output=True, text=True, check=True)
    assert "git fast-import failed in the archive" in done.stdout
    assert git(folder, "for-each-ref") == ""
    Archive(folder).write([pending(1, "r1", "a\n")])
    assert Archive(folder).check() == []


HOSTILE_ENVIRONMENT = {
    "HOME": "",
    "GIT_DIR": "/nowhere",
    "GIT_WORK_TREE": "/nowhere",
    "GIT_INDEX_FILE": "/nowhere/index",
    "GIT_OBJECT_DIRECTORY": "/nowhere/objects",
    "GIT_COMMON_DIR": "/nowhere",
    "GIT_NAMESPACE": "other",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "core.worktree",
    "GIT_CONFIG_VALUE_0": "/nowhere",
    "GIT_AUTHOR_NAME": "Mallory",
    "GIT_EXTERNAL_DIFF": "/bin/false",
}
WHOLE_LIFE = """
import sys
from pathlib import Path
from netraven_cli.snapshot.archive import Archive
from tests.snapshot.archives import pending
folder = Path(sys.argv[1])
Archive.create(folder)
archive = Archive(folder)
first, second = archive.write([pending(1, "r1", "a\\n"), pending(2, "r1", "b\\n")])
assert archive.read("r1.cfg", first.commit) == "a\\n"
assert archive.line_counts([second.commit]) == {(second.commit, "r1.cfg"): (1, 1)}
(line,) = archive.blame("r1.cfg", second.commit, [second.commit, first.commit])
assert line.commit == second.commit
assert "+b" in archive.diff(("r1.cfg", first.commit), ("r1.cfg", second.commit))
assert archive.check() == [], archive.check()
"""


def test_nothing_of_the_callers_environment_leads_git_elsewhere(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)} | HOSTILE_ENVIRONMENT
    command = [sys.executable, "-W", "error", "-c", WHOLE_LIFE, str(tmp_path / "archive")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert git(tmp_path / "archive", "log", "-1", "--format=%an") == "NetRaven"


def test_damage_is_found_by_check(folder: Path) -> None:
    archive = Archive(folder)
    archive.write([pending(1, "r1", "a\n" * 100)])
    (pack,) = (folder / ".git" / "objects" / "pack").glob("*.pack")
    pack.chmod(0o600)
    with pack.open("r+b") as file:
        file.seek(20)
        file.write(b"\0\0\0\0")
    folder.chmod(0o755)
    found = " ".join(archive.check())
    assert "open to others" in found
    assert "damage" in found or "damaged" in found


def test_two_thousand_devices_are_written_at_once(folder: Path) -> None:
    snapshots = [pending(number, f"device-{number}", f"hostname {number}\n" * 500) for number in range(2000)]
    began = time.monotonic()
    written = Archive(folder).write(snapshots)
    print(f"2,000 devices in {time.monotonic() - began:.1f} s")
    assert len({entry.commit for entry in written}) == 2000
    assert len(list((folder / ".git" / "objects" / "pack").glob("*.pack"))) == 1


def test_an_archive_of_another_user_is_refused_with_what_to_do(folder: Path) -> None:
    if os.geteuid() == 0:
        os.chown(folder, 4711, -1)
    foreign = folder if os.geteuid() == 0 else Path("/")
    with pytest.raises(PermissionDeniedError, match=r"belongs to user id \d+, NetRaven runs as \d+.*chown -R"):
        Archive(foreign).write([pending(1, "r1", "a\n")])
    with pytest.raises(CreateError, match="chown -R"):
        Archive.create(foreign)
    assert len(Archive(foreign).check()) == 1


def test_hooks_of_the_repository_are_not_run(folder: Path) -> None:
    hooks = folder / ".git" / "hooks"
    hooks.mkdir()
    for name in ("reference-transaction", "post-index-change", "post-checkout"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {folder}/ran\nexit 1\n")
        (hooks / name).chmod(0o755)
    Archive(folder).write([pending(1, "r1", "a\n")])
    assert not (folder / "ran").exists()
