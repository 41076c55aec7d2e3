"""Sixty devices of six platforms, faults among them, through the installed command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.installed import Installed
    from tests.simulator import SimulatedDevice, SimulatedNetwork

PLATFORMS = ("cisco_ios", "cisco_nxos", "arista_eos", "juniper_junos", "mikrotik_routeros", "linux")
FAULTS: dict[str, tuple[dict[str, Any], set[str]]] = {  # device's name: what is wrong, and the classes that fit
    "refused": ({"fault": "refused"}, {"network"}),
    "password": ({"password": "another one"}, {"authentication"}),
    "cut": ({"fault": "cut"}, {"incomplete"}),
    "stalled": ({"fault": "stall"}, {"incomplete"}),
    "cli-error": ({"fault": "cli_error"}, {"command"}),
    "empty": ({"fault": "empty"}, {"incomplete"}),
}
QUICK = {  # limits that suit a simulator on loopback
    "NETRAVEN_SESSION__IDLE_TIMEOUT_SECONDS": "2",
    "NETRAVEN_RETRY__FIRST_BACKOFF_SECONDS": "0.2",
}


def enter(netraven: Installed, devices: list[SimulatedDevice]) -> None:
    """Enter devices into the inventory, with the credentials of the simulator."""
    first = devices[0]
    netraven.well(
        "credential", "add", "lab", "--username", first.username,
        "--password-from", "env:LAB_PASSWORD", "--enable-from", "env:LAB_ENABLE",
        LAB_PASSWORD="secret-of-the-lab", LAB_ENABLE="enable-of-the-lab",
    )  # fmt: skip
    rows = [f"{one.name},{one.address},{one.port},{one.platform},site|{one.platform},default" for one in devices]
    said = netraven.well("device", "import", "-", stdin="\n".join(["name,address,port,platform,tags,zone", *rows]))
    assert str(len(devices)) in said.out + said.err


def lab(network: SimulatedNetwork, name: str, platform: str, **more: Any) -> SimulatedDevice:
    values = {"username": "backup", "password": "secret-of-the-lab", "enable": "enable-of-the-lab", **more}
    return network.add(name=name, platform=platform, **values)


@pytest.mark.timeout(240)
def test_every_good_device_is_in_git_as_it_showed_itself_and_no_bad_one_is(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    good = [lab(network, f"{platform}-{n}", platform, seed=n) for platform in PLATFORMS for n in range(9)]
    bad = {
        name: lab(network, name, platform, **what)
        for platform, (name, (what, _)) in zip(PLATFORMS, FAULTS.items(), strict=True)
    }
    enter(netraven, [*good, *bad.values()])

    first = netraven("run", "backup", "--json", **QUICK)
    assert first.status == 1, first.err
    assert {key: first.summary[key] for key in ("succeeded", "changed", "unchanged", "retry", "dead")} == {
        "succeeded": 54, "changed": 54, "unchanged": 0, "retry": 0, "dead": 6,
    }  # fmt: skip

    in_git = netraven.git("ls-tree", "-r", "--name-only", "-z", "main").split("\0")[:-1]
    assert sorted(in_git) == sorted(f"{device.name}.cfg" for device in good)
    for device in good:
        assert netraven.git("show", f"main:{device.name}.cfg") == device.configuration, device.name
        assert (netraven.folder / "archive" / f"{device.name}.cfg").read_text() == device.configuration
    assert len(netraven.git("rev-list", "main").split()) == 54

    last = {line["subject"]: line for line in first.lines if line["event"] == "attempt"}
    for name, (_, classes) in FAULTS.items():
        assert last[name]["outcome"] == "dead", last[name]
        assert last[name]["error_class"] in classes, last[name]
        assert last[name]["reason"], last[name]
    dead = netraven.well("job", "list", "--state", "dead", "--json").json["items"]
    assert {job["subject"]: job["error_class"] for job in dead} == {name: last[name]["error_class"] for name in FAULTS}
    held = {row["device"] for row in netraven.well("snapshot", "list", "--quarantined", "--json").json["items"]}
    assert held == {"cut", "stalled", "cli-error", "empty"}

    for name in FAULTS:
        netraven.well("device", "disable", name)
    head = netraven.git("rev-parse", "main")
    second = netraven("run", "backup", "--json", **QUICK)
    assert second.status == 0, second.err
    assert (second.summary["succeeded"], second.summary["unchanged"], second.summary["changed"]) == (54, 54, 0)
    assert netraven.git("rev-parse", "main") == head
    assert all(device.max_concurrent <= 1 for device in network.devices.values())


def test_a_change_makes_one_commit_and_is_seen_in_the_difference(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    device = lab(network, "core-1", "cisco_ios")
    enter(netraven, [device, lab(network, "core-2", "arista_eos")])
    netraven.well("run", "backup")
    changed = device.config.replace("\nend\n", "\nbanner motd ^Wartung am Sonntag^\nend\n")
    network.change(device, config=changed)
    said = netraven("run", "backup", "--exit-code", "--json")
    assert (said.status, said.summary["changed"], said.summary["unchanged"]) == (10, 1, 1)
    assert len(netraven.git("rev-list", "main").split()) == 3
    assert "+banner motd" in netraven.well("snapshot", "diff", "core-1").out
    assert netraven.well("snapshot", "show", "core-1").out == device.configuration
    trailers = netraven.git("log", "-1", "--format=%(trailers)")
    assert "NetRaven-Job:" in trailers
    assert "NetRaven-Run:" in trailers
