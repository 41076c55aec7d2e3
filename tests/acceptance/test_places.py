"""A place that cannot be written, whichever it is, keeps no configuration from being archived."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.test_backup import enter, lab
from tests.installed import COMMAND

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.installed import Installed
    from tests.simulator import SimulatedDevice, SimulatedNetwork


def file_instead(path: Path) -> None:
    """A file where a folder is wanted: root cannot write there either."""
    if path.exists():
        path.rename(f"{path}.aside")
    path.write_text("in the way\n")


def folder_instead(path: Path) -> None:
    path.unlink(missing_ok=True)
    (path / "in the way").mkdir(parents=True)


PLACES: dict[str, tuple[Callable[[Path], None], str]] = {  # the harm, and what is said of it
    "logs": (file_instead, "the log"),
    "netmiko_logs": (file_instead, ""),
    "runners": (file_instead, "runner_without_lock"),
    "metrics": (file_instead, "the metrics cannot be written"),
    ".netraven-idle": (folder_instead, ""),
    "backups": (file_instead, ""),
}
LOG_FILE = {"logs/netraven.log": (folder_instead, "the log")}


@pytest.fixture
def device(netraven: Installed, network: SimulatedNetwork) -> SimulatedDevice:
    found = lab(network, "core-1", "cisco_ios")
    enter(netraven, [found])
    netraven.environ["NETRAVEN_METRICS__TEXTFILE"] = str(netraven.folder / "metrics" / "netraven.prom")
    netraven.environ["NETMIKO_PRESERVE_LOGS"] = "always"
    (netraven.folder / "metrics").mkdir()
    return found


def is_archived(netraven: Installed, device: SimulatedDevice) -> bool:
    return netraven.git("show", f"main:{device.name}.cfg") == device.configuration


@pytest.mark.parametrize("places", [PLACES, LOG_FILE], ids=["all of them", "the log file"])
def test_bad_places_keep_nothing_from_being_archived(
    netraven: Installed, device: SimulatedDevice, places: Mapping[str, tuple[Callable[[Path], None], str]]
) -> None:
    for path, (harm, _sentence) in places.items():
        harm(netraven.folder / path)
    said = netraven.well("run", "backup")
    assert [sentence for _harm, sentence in places.values() if sentence not in said.err] == []
    assert "Traceback" not in said.err
    assert is_archived(netraven, device)
    assert [path.name for path in netraven.folder.glob(".netraven-idle*")] == [".netraven-idle"]


@pytest.mark.parametrize(("stdout", "stderr", "status"), [("/dev/full", None, 74), (None, "/dev/full", 0)])
def test_output_that_a_full_disk_does_not_take_keeps_nothing_from_being_archived(
    netraven: Installed, device: SimulatedDevice, stdout: str | None, stderr: str | None, status: int
) -> None:
    with Path(stdout or os.devnull).open("w") as out, Path(stderr or netraven.folder / "err").open("w") as err:
        done = subprocess.run([str(COMMAND), "run", "backup", "--json"], cwd=netraven.folder, stdout=out, stderr=err,
                              env=netraven.environment, check=False)  # fmt: skip
    assert done.returncode == status
    assert is_archived(netraven, device)
    if stdout:
        assert (netraven.folder / "err").read_text() == (
            "netraven: not all output could be written: No space left on device\n"
        )


def test_a_reader_that_has_gone_keeps_nothing_from_being_archived(netraven: Installed, device: SimulatedDevice) -> None:
    run = netraven.start("run", "backup", "--json")
    assert run.stdout
    run.stdout.close()
    assert run.wait(timeout=60) == 0
    assert run.stderr
    assert run.stderr.read() == ""
    run.stderr.close()
    assert is_archived(netraven, device)


def test_a_long_list_that_a_full_disk_does_not_take_is_said(netraven: Installed) -> None:
    rows = "".join(f"a-device-with-a-long-name-{n},192.0.2.1,22,cisco_ios,,default\n" for n in range(500))
    netraven.well("device", "import", "-", stdin=f"name,address,port,platform,tags,zone\n{rows}")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([str(COMMAND), "device", "list"], cwd=netraven.folder, env=netraven.environment,
                              stdout=full, stderr=subprocess.PIPE, text=True, check=False)  # fmt: skip
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        74,
        "netraven: No space left on device; nothing that was recorded is lost; see: netraven doctor",
    )
    assert "bug" not in done.stderr
