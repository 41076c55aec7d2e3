"""Several files of a device: read in one session, each proven by itself, and beside one another in git."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netraven_cli.cli.command import whoami
from tests.acceptance.test_backup import enter, lab

if TYPE_CHECKING:
    from pathlib import Path

    from tests.installed import Installed
    from tests.simulator import SimulatedDevice, SimulatedNetwork

VERSION = "Cisco IOS Software, Version 15.2(4)E10\ncore-1 uptime is {} minutes\nModel number: WS-C2960X-48TS-L\n"
INVENTORY = 'NAME: "1", DESCR: "WS-C2960X-48TS-L"\nPID: WS-C2960X-48TS-L , VID: V05  , SN: FOC1932X0GT\n'
KEPT = "Cisco IOS Software, Version 15.2(4)E10\nModel number: WS-C2960X-48TS-L\n"


def with_files(netraven: Installed, network: SimulatedNetwork, **answers: str) -> SimulatedDevice:
    settings = netraven.folder / "config.yml"
    settings.write_text(settings.read_text() + "\nbackup:\n  files: [startup, version, inventory, licence]\n")
    device = lab(network, "core-1", "cisco_ios")
    shown = {"show startup-config": device.config, "show version": VERSION.format(1), "show inventory": INVENTORY}
    network.change(device, answers=shown | {command.replace("_", " "): text for command, text in answers.items()})
    enter(netraven, [device])
    return device


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in (folder / "archive").glob("*.cfg")}


def test_further_files_come_in_the_same_session_and_stand_beside_the_running_one_in_one_commit(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    device = with_files(netraven, network, show_license_summary="Licence: ipbasek9\n")
    netraven.well("run", "backup")
    assert len(device.sessions) == 1
    assert files(netraven.folder) == {
        "core-1.cfg": device.configuration,
        "core-1~startup.cfg": device.configuration,
        "core-1~version.cfg": KEPT,
        "core-1~inventory.cfg": INVENTORY,
        "core-1~licence.cfg": "Licence: ipbasek9\n",
    }
    assert netraven.git("rev-list", "--count", "main").strip() == "1"
    assert (
        netraven.git("log", "-1", "--format=%s").strip()
        == "core-1: configuration, startup, version, inventory, licence"
    )
    assert netraven.git("log", "-1", "--format=%an / %cn").strip() == f"{whoami()} / NetRaven"
    assert netraven.well("snapshot", "show", "core-1", "--file", "version").out == KEPT
    assert [row["device"] for row in netraven.well("snapshot", "list", "--json").json["items"]] == ["core-1"]
    verified = netraven.well("snapshot", "verify", "--json").json["items"]
    assert [row["intact"] for row in verified] == [True] * 5


def test_what_a_version_tells_of_the_moment_makes_no_commit_and_a_new_one_does(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    device = with_files(netraven, network)
    netraven.well("run", "backup")
    network.change(device, answers=device.answers | {"show version": VERSION.format(7)})
    same = netraven.well("run", "backup", "--json")
    assert (same.summary["changed"], same.summary["unchanged"]) == (0, 1)
    newer = VERSION.format(9).replace("15.2(4)E10", "15.2(7)E11")
    network.change(device, answers=device.answers | {"show version": newer})
    assert netraven.well("run", "backup", "--json").summary["changed"] == 1
    assert netraven.git("log", "-1", "--format=%s").strip() == "core-1: version changed"
    assert netraven.git("rev-list", "--count", "main").strip() == "2"
    assert (
        "+Cisco IOS Software, Version 15.2(7)E11"
        in netraven.well("snapshot", "diff", "core-1", "--file", "version").out
    )


def test_a_further_file_that_is_not_whole_is_not_kept_and_spoils_no_other(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    device = with_files(netraven, network)
    cut = device.config[: len(device.config) // 2].rpartition("\n")[0] + "\n"
    network.change(device, answers=device.answers | {"show startup-config": cut})
    said = netraven.well("run", "backup", "--json")
    assert (said.summary["succeeded"], said.summary["quarantined"]) == (1, 0)
    assert sorted(files(netraven.folder)) == ["core-1.cfg", "core-1~inventory.cfg", "core-1~version.cfg"]
    attempt = next(line for line in said.lines if line["event"] == "attempt")
    assert "startup is not kept: its end marker" in attempt["reason"]
    assert "licence is not kept: the device answered with an error" in attempt["reason"]


def test_a_running_configuration_that_is_not_whole_leaves_its_further_files_out(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    device = with_files(netraven, network)
    network.change(device, fault="truncated")
    said = netraven("run", "backup", "--json", NETRAVEN_RETRY__ATTEMPTS="1")
    assert said.status == 1
    assert files(netraven.folder) == {}
