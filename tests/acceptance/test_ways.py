"""Host keys and jump hosts, through the installed command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncssh
import pytest

from tests.acceptance.discoverable import discoverable
from tests.acceptance.test_backup import QUICK, enter, lab

if TYPE_CHECKING:
    from tests.installed import Installed
    from tests.simulator import SimulatedNetwork


def test_a_changed_host_key_is_an_event_shown_everywhere_and_accepted_by_a_command(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    device = lab(network, "sw1", "cisco_ios")
    enter(netraven, [device])
    netraven.well("run", "backup", **QUICK)
    known = netraven.well("host-key", "list", "--json").json["items"][0]["fingerprint"]
    network.change(device, host_key=asyncssh.generate_private_key("ssh-ed25519"))
    sessions = len(device.sessions)
    for _ in range(2):
        assert netraven("run", "backup", **QUICK).status == 1
    assert (len(device.sessions), device.logins_refused) == (sessions, 0)

    item = netraven.well("host-key", "list", "--refused", "--json").json["items"][0]
    assert item["fingerprint"] == known
    shown = item["refused"]
    events = netraven.well("device", "facts", "sw1", "--json").json["events"]
    assert [(one["fact"], one["before"], one["after"]) for one in events] == [("host_key", known, shown)]
    assert "show another host key than the one on record: sw1" in netraven("status").out
    assert f"host_key_refused device=sw1 known={known}" in "".join(
        path.read_text() for path in (netraven.folder / "logs").glob("*.log")
    )

    assert netraven("host-key", "accept", "sw1").status == 64
    assert shown in netraven.well("host-key", "accept", "sw1", "--yes").err
    assert "show another host key" not in netraven("status").out
    netraven.well("run", "backup", **QUICK)
    assert netraven.well("host-key", "list", "--refused", "--json").json["items"] == []
    line = netraven.well("host-key", "export").out.split()
    assert line[0] == f"[127.0.0.1]:{device.port}"
    assert line[3] == "sw1"
    netraven.well("host-key", "forget", "sw1", "--yes")
    assert netraven.well("host-key", "export").out == ""


def test_a_device_that_shows_its_old_key_again_is_no_problem_any_more(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    device = lab(network, "sw1", "cisco_ios")
    enter(netraven, [device])
    netraven.well("run", "backup", **QUICK)
    network.change(device, host_key=asyncssh.generate_private_key("ssh-ed25519"))
    assert netraven("run", "backup", **QUICK).status == 1
    network.change(device, host_key=None)
    netraven.well("run", "backup", **QUICK)
    assert netraven.well("host-key", "list", "--refused", "--json").json["items"] == []


def test_a_device_behind_two_jump_hosts_is_backed_up_once_their_keys_are_accepted(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    device = lab(network, "sw1", "cisco_ios")
    hops = [lab(network, name, "linux", forwards=True) for name in ("outer", "inner")]
    enter(netraven, [*hops, device])
    netraven.well("device", "disable", "outer", "inner")
    netraven.well("device", "edit", "inner", "--option", "jump=outer")
    netraven.well("device", "edit", "sw1", "--option", "jump=inner")
    refused = netraven("run", "backup", "--json", **QUICK)
    assert refused.status == 1
    assert "netraven host-key accept outer" in refused.out
    assert not any(one.sessions for one in (device, *hops))

    assert netraven("host-key", "accept", "inner", "--yes").status == 69
    for name in ("outer", "inner"):
        netraven.well("host-key", "accept", name, "--yes")
    netraven.well("run", "backup", **QUICK)
    assert hops[1].forwarded == [(device.address, device.port)]
    assert netraven.well("device", "test", "sw1", "--json").json["items"][0]["outcome"] == "succeeded"
    netraven.well("run", "discovery", "sw1", **QUICK)
    assert len(device.sessions) == 3
    assert netraven("device", "remove", "inner", "--yes").status == 65


def test_a_jump_host_that_refuses_its_credential_is_not_asked_for_ever(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    devices = [lab(network, f"sw{number}", "cisco_ios") for number in range(6)]
    hop = lab(network, "hop", "linux", forwards=True)
    enter(netraven, [hop, *devices])
    netraven.well(
        "credential", "add", "hop", "-u", "backup", "--tag", "hop", "--password-from", "stdin", stdin="not-the-one"
    )
    netraven.well("device", "edit", "hop", "--credential", "hop")
    netraven.well("host-key", "accept", "hop", "--yes")
    netraven.well("device", "disable", "hop")
    for one in devices:
        netraven.well("device", "edit", one.name, "--option", "jump=hop")
    options = {**QUICK, "NETRAVEN_BREAKER__CREDENTIAL_DEVICES": "3"}
    for _ in range(2):
        assert netraven("run", "backup", "--workers", "1", **options).status == 1
    assert hop.logins_refused <= 4
    assert "credential:hop" in netraven.well("breaker", "list").out


def test_the_last_good_credential_is_tried_first_and_rates_are_kept(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    device = lab(network, "sw1", "cisco_ios")
    enter(netraven, [device])
    netraven.well(
        "credential", "add", "first", "-u", "backup", "--priority", "1", "--password-from", "stdin", stdin="wrong"
    )
    netraven.well("run", "backup", **QUICK)
    assert device.logins_refused == 1
    netraven.well("run", "backup", **QUICK)
    assert device.logins_refused == 1
    rates = {one["credential"]: one for one in netraven.well("credential", "stats", "--json").json["items"]}
    assert [(rates[name]["logins"], rates[name]["refused"], rates[name]["success_rate"]) for name in rates] == [
        (0, 1, 0.0),
        (2, 0, 1.0),
    ]
    assert netraven.well("device", "show", "sw1", "--json").json["tried_credentials"] == ["lab", "first"]


def test_a_device_with_telnet_is_backed_up_and_checked_and_no_secret_of_it_is_kept(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    device = lab(network, "old1", "cisco_ios", telnet=True)
    enter(netraven, [device])
    netraven.well("device", "edit", "old1", "--option", "telnet=yes")
    netraven.well("run", "backup", NETRAVEN_NETMIKO__PRESERVE_LOGS="always", **QUICK)
    assert (netraven.folder / "archive" / "old1.cfg").read_text() == device.configuration
    netraven.well("run", "status-check", **QUICK)
    assert netraven.well("device", "health", "old1", "--json").json["items"][0]["state"] == "ok"
    netraven.well("run", "discovery", "old1", **QUICK)
    assert (len(device.sessions), device.open_sessions, device.max_concurrent) == (2, 0, 1)

    network.change(device, password="an0ther-Pa55")
    failed = netraven("run", "backup", "--json", **QUICK)
    attempt = failed.lines[0]
    assert (failed.status, attempt["error_class"]) == (1, "authentication")
    assert device.logins_refused == 1
    written = [path for path in netraven.folder.rglob("*") if path.is_file()]
    assert any("netmiko_logs" in path.parts for path in written)
    for secret in (b"secret-of-the-lab", b"enable-of-the-lab"):
        assert not [path for path in written if secret in path.read_bytes()]


@pytest.mark.parametrize("login", ["true", "false"])
def test_a_device_behind_a_jump_host_is_checked_through_it(
    login: str, netraven: Installed, network: SimulatedNetwork
) -> None:
    device = discoverable(network, "cisco_ios", "sw1", username="backup", password="secret-of-the-lab")
    hop = lab(network, "hop", "linux", forwards=True)
    enter(netraven, [hop, device])
    netraven.well("device", "disable", "hop")
    netraven.well("device", "edit", "sw1", "--option", "jump=hop")
    netraven.well("host-key", "accept", "hop", "--yes")
    checked = ("run", "status-check", "--param", f"login={login}")
    netraven.well(*checked, **QUICK)
    found = netraven.well("device", "health", "sw1", "--json").json["items"][0]
    assert found["state"] == "ok", found
    assert set(hop.forwarded) == {(device.address, device.port)}
    assert len(device.sessions) == (1 if login == "true" else 0)

    network.change(device, fault="refused")  # the hop is there and says that the device is not
    netraven.well(*checked, **QUICK)
    found = netraven.well("device", "health", "sw1", "--json").json["items"][0]
    assert found["state"] == "down"
    assert "the jump host hop" in found["reasons"][0]

    network.change(hop, fault="refused")  # nothing is known of the device then
    netraven.well(*checked, **QUICK)
    found = netraven.well("device", "health", "sw1", "--json").json["items"][0]
    assert found["state"] == "unknown"
