"""Files that move with their history: another template, zone, tag or name; and devices that are removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.acceptance.test_backup import enter, lab

if TYPE_CHECKING:
    from pathlib import Path

    from tests.installed import Installed
    from tests.simulator import SimulatedNetwork


def in_git(netraven: Installed) -> list[str]:
    return netraven.git("ls-tree", "-r", "--name-only", "main").split()


def test_a_file_moves_with_its_history_when_its_template_zone_tag_or_name_becomes_another(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    device = lab(network, "core-1", "cisco_ios")
    enter(netraven, [device])
    netraven.well("run", "backup")
    netraven.environ["NETRAVEN_ARCHIVE__PATH"] = "{zone}/{tag}/{name}.cfg"
    netraven.well("run", "backup")
    assert in_git(netraven) == ["default/cisco_ios/core-1.cfg"]
    netraven.well("device", "edit", "core-1", "--zone", "north", "--tag", "access")
    netraven.well("run", "backup")
    assert in_git(netraven) == ["north/access/core-1.cfg"]
    netraven.well("device", "edit", "core-1", "--name", "core-9")
    said = netraven.well("run", "backup", "--json")
    assert (said.summary["changed"], said.summary["unchanged"]) == (0, 1)
    assert in_git(netraven) == ["north/access/core-9.cfg"]
    assert not (netraven.folder / "archive" / "default").exists()

    history = netraven.git("log", "--follow", "--format=%s", "main", "--", "north/access/core-9.cfg").splitlines()
    assert history == [
        "core-9: configuration moved",
        "core-1: configuration moved",
        "core-1: configuration moved",
        "core-1: first configuration",
    ]
    head = netraven.git("rev-parse", "main")
    netraven.well("run", "backup")
    assert netraven.git("rev-parse", "main") == head


def test_lines_are_blamed_across_a_move(netraven: Installed, network: SimulatedNetwork) -> None:
    device = lab(network, "core-1", "cisco_ios")
    enter(netraven, [device])
    netraven.well("run", "backup")
    netraven.well("device", "edit", "core-1", "--name", "core-9")
    changed = device.config.replace("\nend\n", "\nbanner motd ^new^\nend\n")
    network.change(device, config=changed)
    netraven.well("run", "backup")
    rows = netraven.well("snapshot", "blame", "core-9", "--json").json["items"]
    newer, older = (row["id"] for row in netraven.well("snapshot", "list", "core-9", "--json").json["items"])
    assert {row["id"] for row in rows if "banner motd ^new^" in row["text"]} == {newer}
    assert {row["id"] for row in rows if "hostname" in row["text"]} == {older}
    netraven.well("snapshot", "verify")


def test_a_removed_device_leaves_the_archive_and_the_plain_folder_and_its_history_can_be_read(
    netraven: Installed, network: SimulatedNetwork, tmp_path: Path
) -> None:
    devices = [lab(network, name, "cisco_ios") for name in ("core-1", "core-2")]
    plain = tmp_path / "plain"
    netraven.environ |= {"NETRAVEN_ARCHIVE__PLAIN_DIR": str(plain), "NETRAVEN_ARCHIVE__SECRETS": "seal"}
    netraven.environ["NETRAVEN_BACKUP__FILES"] = "startup"
    for device in devices:
        network.change(device, answers={"show startup-config": device.config})
    enter(netraven, devices)
    netraven.well("run", "backup")
    assert in_git(netraven) == ["core-1.cfg", "core-1~startup.cfg", "core-2.cfg", "core-2~startup.cfg"]
    (version,) = netraven.well("snapshot", "list", "core-1", "--json").json["items"]

    said = netraven.well("device", "remove", "core-1", "--yes")
    assert "stays in history" in said.err
    assert in_git(netraven) == ["core-2.cfg", "core-2~startup.cfg"]
    assert sorted(one.name for one in plain.glob("*.cfg")) == ["core-2.cfg", "core-2~startup.cfg"]
    netraven.well("run", "backup")
    netraven.well("snapshot", "verify")
    full = netraven.well("snapshot", "show", "core-1", "--rev", version["commit"], "--unseal").out
    assert full.strip("\n") == devices[0].configuration.strip("\n")

    port = str(devices[0].port)
    netraven.well("device", "add", "core-1", "-a", "127.0.0.1", "--port", port, "-p", "cisco_ios", "-t", "cisco_ios")
    netraven.well("run", "backup")
    subjects = netraven.git("log", "--format=%s", "main", "--", "core-1.cfg").splitlines()
    assert subjects == ["core-1: configuration, startup", "core-1: removed", "core-1: configuration, startup"]
    netraven.well("snapshot", "verify")
    assert len(netraven.well("snapshot", "list", "core-1", "--json").json["items"]) == 1
    assert len(netraven.well("snapshot", "list", "core-1", "--ever", "--json").json["items"]) == 2


def test_a_name_that_others_rely_on_is_not_changed(netraven: Installed, network: SimulatedNetwork) -> None:
    enter(netraven, [lab(network, "core-1", "cisco_ios"), lab(network, "core-2", "cisco_ios")])
    netraven.well("schedule", "add", "nightly", "--type", "backup", "--daily", "02:00", "core-1")
    refused = netraven("device", "edit", "core-1", "--name", "core-9")
    assert (refused.status, "nightly" in refused.err) == (65, True)
    netraven.well("schedule", "remove", "nightly", "--yes")
    refused = netraven("device", "edit", "core-1", "--name", "core-2")
    assert (refused.status, "already" in refused.err) == (65, True)
    netraven.well("job", "submit", "backup", "core-1", "--at", "2099-01-01T00:00:00Z")
    waiting = netraven("device", "edit", "core-1", "--name", "core-9")
    assert (waiting.status, "wait or run" in waiting.err) == (75, True)
    assert [row["name"] for row in netraven.well("device", "list", "--json").json["items"]] == ["core-1", "core-2"]
