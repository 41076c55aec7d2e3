"""A disk that is full or read-only: a sentence, nothing lost, and with room again the next run completes it, once."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.test_backup import QUICK, enter, lab
from tests.installed import Installed
from tests.small_disk import SmallDisk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.installed import Said
    from tests.simulator import SimulatedDevice, SimulatedNetwork


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def disk(data: Path) -> Iterator[SmallDisk]:
    """One for the data, another one for the archive."""
    opened = SmallDisk(data, data / "archive", size="16m")
    yield opened
    opened.close()


@pytest.fixture
def small(data: Path, disk: SmallDisk) -> Installed:
    found = Installed(data, {"NETRAVEN_CONFIG": str(data / "config.yml"), **QUICK}, disk.within)
    found.well("init", "--dir", str(data))
    return found


@pytest.fixture
def device(small: Installed, network: SimulatedNetwork) -> SimulatedDevice:
    """A device whose configuration is in git."""
    found = lab(network, "core-1", "cisco_ios")
    enter(small, [found])
    small.well("run", "backup")
    return found


def change(network: SimulatedNetwork, device: SimulatedDevice, more: str) -> None:
    network.change(device, config=device.config.replace("\nend\n", f"\n{more}\nend\n"))


def git(small: Installed, *arguments: str) -> str:
    command = [*small.within, "git", "-C", str(small.folder / "archive"), *arguments]
    return subprocess.run(command, env=small.environment, capture_output=True, text=True, check=True).stdout


def assert_archived(small: Installed, disk: SmallDisk, device: SimulatedDevice, commits: int) -> None:
    assert git(small, "show", f"main:{device.name}.cfg") == device.configuration
    assert disk.path(small.folder / "archive" / f"{device.name}.cfg").read_text() == device.configuration
    assert len(git(small, "rev-list", "main").split()) == commits
    assert git(small, "status", "--porcelain", "--untracked-files=no") == ""
    jobs = small.well("job", "list", "--json").json["items"]
    assert {job["state"] for job in jobs} == {"succeeded"}


def assert_refused(said: Said, status: int, *sentences: str) -> None:
    assert said.status == status, said
    assert "Traceback" not in said.err
    assert any(sentence in said.err for sentence in sentences), said


def test_the_database_on_a_full_disk(
    small: Installed, disk: SmallDisk, device: SimulatedDevice, network: SimulatedNetwork
) -> None:
    change(network, device, "ntp server 192.0.2.7")
    disk.fill(small.folder)
    assert_refused(small("run", "backup"), 74, "no space left", "is refused by its disk")
    assert_refused(small("device", "add", "r2", "-a", "a", "-p", "cisco_ios"), 74, "no space left", "is refused by")
    found = {one["check"]: one for one in small("doctor", "--json").json["items"]}
    assert (found["disk"]["health"], "make room" in found["disk"]["fix"]) == ("FAIL", True), found["disk"]
    disk.free(small.folder)
    small.well("run", "backup")
    assert_archived(small, disk, device, commits=2)


def test_the_archive_on_a_full_disk_and_then_the_database(
    small: Installed, disk: SmallDisk, device: SimulatedDevice, network: SimulatedNetwork
) -> None:
    archive = small.folder / "archive"
    change(network, device, "ntp server 192.0.2.7")
    disk.fill(archive)
    assert_refused(small("run", "backup"), 74, "the disk is full: make room")
    assert len(git(small, "rev-list", "main").split()) == 1
    disk.free(archive)
    disk.fill(small.folder)  # git takes the commit, the database cannot say so
    assert_refused(small("run", "backup", NETRAVEN_RETRY__ATTEMPTS="1"), 74, "no space left", "is refused by its disk")
    disk.free(small.folder)
    small.well("run", "backup")
    assert_archived(small, disk, device, commits=2)


def test_a_work_tree_for_which_there_is_no_room(
    small: Installed, disk: SmallDisk, device: SimulatedDevice, network: SimulatedNetwork
) -> None:
    """git has the configuration, and its text has no room."""
    archive = small.folder / "archive"
    before = disk.path(archive / "core-1.cfg").read_text()
    disk.fill(archive, but_kib=300)
    change(network, device, "\n".join(f"ip route 192.0.2.{n % 256} 255.255.255.255 Null0" for n in range(9000)))
    small.well("run", "backup")
    assert git(small, "show", "main:core-1.cfg") == device.configuration
    assert not device.configuration.startswith(before)
    assert "differ from main" in small("doctor").out
    disk.free(archive)
    small.well("run", "backup")
    assert_archived(small, disk, device, commits=2)
    assert [path.name for path in disk.path(archive).glob("*.by-hand")] == []


@pytest.mark.parametrize("place", ["archive", "."])
def test_a_read_only_file_system(
    small: Installed, disk: SmallDisk, device: SimulatedDevice, network: SimulatedNetwork, place: str
) -> None:
    change(network, device, "ntp server 192.0.2.7")
    disk.remount(small.folder / place, "ro")
    said = small("run", "backup")
    assert_refused(said, 74, "cannot be written: Read-only file system" if place == "archive" else "cannot be opened")
    assert small("doctor").status == 1
    disk.remount(small.folder / place, "rw")
    small.well("run", "backup")
    assert_archived(small, disk, device, commits=2)
