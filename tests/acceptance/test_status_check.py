"""Status checks of devices that go down, flap, are replaced, started anew and upgraded, through the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncssh
import pytest

from tests.acceptance.discoverable import discoverable
from tests.cli.conftest import Called
from tests.sshd import running_sshd

if TYPE_CHECKING:
    from tests.installed import Installed, Said
    from tests.simulator import SimulatedDevice, SimulatedNetwork

QUICK = {"NETRAVEN_SESSION__IDLE_TIMEOUT_SECONDS": "5", "NETRAVEN_RETRY__FIRST_BACKOFF_SECONDS": "0.2"}
UPTIME = "1 year, 2 weeks, 3 days, 4 hours, 5 minutes"


@pytest.fixture
def netraven(netraven: Installed) -> Called:
    """The command line without a process for each call: a tenth of the time."""
    return Called(netraven.folder)


def add(netraven: Installed, *devices: SimulatedDevice) -> None:
    for one in devices:
        place = ("--address", one.address, "--port", str(one.port), "--platform", one.platform)
        netraven.well("device", "add", one.name, *place)


def add_credential(netraven: Installed) -> None:
    netraven.well(
        "credential", "add", "lab", "--username", "backup", "--password-from", "env:LAB_PASSWORD",
        LAB_PASSWORD="secret-of-the-lab",
    )  # fmt: skip


def check(netraven: Installed, *more: str, **environ: str) -> Said:
    said = netraven("run", "status-check", "--json", *more, **{**QUICK, **environ})
    assert said.status == 0, said
    return said


def health(netraven: Installed, name: str) -> dict[str, Any]:
    found: dict[str, Any] = netraven.well("device", "show", name, "--json").json["health"]
    return found


def happened(netraven: Installed, name: str, *, damped: bool = False) -> list[tuple[str, str, str]]:
    rows = netraven.well("device", "history", name, "--json").json["items"]
    return [(row["fact"], row["before"], row["after"]) for row in rows[::-1] if row["damped"] in (False, damped)]


def test_a_device_that_goes_down_is_a_finding_and_comes_back_with_nothing_secret_sent(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    device, steady = (network.add(name=name, platform="cisco_ios", banner="Cisco-1.25") for name in ("edge", "core"))
    add(netraven, device, steady)
    check(netraven)
    for fault in ("refused", "refused", None):
        network.change(device, fault=fault)
        said = check(netraven)
        assert said.summary["succeeded"] == 2
        assert health(netraven, "edge")["state"] == ("down" if fault else "ok")
        status = netraven("status", "--check", "--json")
        assert [line for line in status.json["problems"] if line.startswith("down: edge;")] != [] or fault is None
    assert happened(netraven, "edge") == [
        ("health", "unchecked", "ok"), ("health", "ok", "down"), ("health", "down", "ok"),
    ]  # fmt: skip
    assert happened(netraven, "core") == [("health", "unchecked", "ok")]
    assert (device.sessions, device.logins_refused, steady.sessions) == ([], 0, [])
    found = health(netraven, "edge")
    assert (found["banner"], found["reasons"], found["availability"].keys()) == (
        "SSH-2.0-Cisco-1.25", [], {"24h", "7d", "30d"},
    )  # fmt: skip
    assert netraven.well("device", "show", "edge", "--json").json["host_key"].startswith("ssh-ed25519 ")
    assert 0 < found["availability"]["24h"] < 100
    assert 'netraven_devices_health{state="ok"} 2.0' in netraven.well("metrics").out


def test_a_device_that_flaps_is_told_once_and_its_changes_are_kept(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    device = network.add(name="edge", platform="cisco_ios")
    add(netraven, device)
    for number in range(8):
        network.change(device, fault="refused" if number % 2 else None)
        check(netraven, NETRAVEN_HEALTH__FLAP_CHANGES="4")
    assert [fact for fact, _, _ in happened(netraven, "edge")] == ["health"] * 4 + ["flapping"]
    assert len(happened(netraven, "edge", damped=True)) == 9
    assert "flapping: edge;" in netraven.well("status").out


@pytest.mark.parametrize("login", [False, True], ids=["probe", "login"])
def test_another_host_key_is_a_finding_once_and_no_password_is_sent(
    netraven: Installed, network: SimulatedNetwork, login: bool
) -> None:
    device = discoverable(network, "cisco_ios", "edge")
    add(netraven, device)
    add_credential(netraven)
    more = ("--param", f"login={str(login).lower()}")
    check(netraven, *more)
    network.change(device, host_key=asyncssh.generate_private_key("ssh-ed25519"))
    before = len(device.sessions)
    for _ in range(2):
        check(netraven, *more)
    assert (len(device.sessions), device.logins_refused) == (before, 0)
    found = health(netraven, "edge")
    assert (found["state"], "another host key" in found["reasons"][0]) == ("degraded", True)
    assert [fact for fact, _, _ in happened(netraven, "edge")] == ["health", "health", "host_key"]
    netraven.well("host-key", "accept", "edge", "--yes")
    check(netraven, *more)
    assert health(netraven, "edge")["state"] == "ok"


def test_a_reboot_and_an_upgrade_are_findings_once_each_and_a_backup_is_queued(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    device = discoverable(network, "cisco_ios", "edge", enable="")
    add(netraven, device)
    add_credential(netraven)
    login = ("--param", "login=true")
    version = device.answers["show version"]
    told = {"NETRAVEN_HEALTH__BACKUP_ON": "reboot,os_version"}
    check(netraven, *login, **told)
    restarted = version.replace(UPTIME, "10 minutes")
    upgraded = restarted.replace("15.2(7)E4", "15.2(7)E5").replace("10 minutes", "9 minutes")
    for text in (restarted, restarted, upgraded, upgraded):
        network.change(device, answers={**device.answers, "show version": text})
        check(netraven, *login, **told)
    facts = [one for one in happened(netraven, "edge") if one[0] != "health"]
    assert facts == [
        ("reboot", "33019500", "600"), ("os_version", "15.2(7)E4", "15.2(7)E5"), ("reboot", "600", "540"),
    ]  # fmt: skip
    jobs = netraven.well("job", "list", "--type", "backup", "--json").json["items"]
    assert [(job["subject"], job["state"]) for job in jobs] == [("edge", "ready")]  # one, however much was told
    due = netraven("run", "--due", "--json", **QUICK)
    assert (due.status, due.summary["changed"]) == (0, 1), due


def test_without_the_setting_a_reboot_queues_nothing(netraven: Installed, network: SimulatedNetwork) -> None:
    device = discoverable(network, "cisco_ios", "edge")
    add(netraven, device)
    add_credential(netraven)
    for text in (device.answers["show version"], device.answers["show version"].replace(UPTIME, "10 minutes")):
        network.change(device, answers={**device.answers, "show version": text})
        check(netraven, "--param", "login=true")
    assert netraven.well("job", "list", "--type", "backup", "--json").json["items"] == []


def test_what_a_device_says_is_held_against_the_limits(netraven: Installed, network: SimulatedNetwork) -> None:
    processes = (
        "CPU utilization for five seconds: 99%/1%; one minute: 98%; five minutes: 97%\n"
        " PID Runtime(ms)     Invoked      uSecs   5Sec   1Min   5Min TTY Process\n"
        "   1        1234         567       2176  0.00%  0.00%  0.00%   0 Chunk Manager\n"
    )
    device = discoverable(network, "cisco_ios", "edge", answers={"show processes cpu": processes})
    add(netraven, device)
    add_credential(netraven)
    check(netraven, "--param", "login=true")
    found = health(netraven, "edge")
    assert (found["state"], found["reasons"]) == ("degraded", ["processor 97 % in use, more than 90"])
    assert (found["vitals"]["cpu_percent"], found["vitals"]["interfaces_up"]) == (97.0, 2)
    facts = netraven.well("device", "facts", "edge", "--json").json["items"]
    assert facts[0]["os_version"] == "15.2(7)E4"


@pytest.mark.parametrize(
    ("password", "state", "reason"),
    [("another one", "degraded", "refused the login of backup"), (None, "unknown", "no credential fits edge")],
)
def test_that_nobody_is_let_in_is_a_finding_and_the_job_succeeds(
    netraven: Installed, network: SimulatedNetwork, password: str | None, state: str, reason: str
) -> None:
    device = discoverable(network, "cisco_ios", "edge", password=password or "any")
    add(netraven, device)
    if password:
        add_credential(netraven)
    check(netraven, "--param", "login=true")
    found = health(netraven, "edge")
    assert (found["state"], reason in found["reasons"][0]) == (state, True)
    assert device.logins_refused == (1 if password else 0)


def test_a_name_without_an_address_says_nothing_of_the_device(netraven: Installed) -> None:
    netraven.well("device", "add", "edge", "--address", "edge.invalid", "--platform", "cisco_ios")
    check(netraven)
    found = health(netraven, "edge")
    assert (found["state"], "cannot be resolved" in found["reasons"][0]) == ("unknown", True)
    assert found["availability"] == {}


def test_a_port_without_ssh_is_a_finding(netraven: Installed, network: SimulatedNetwork) -> None:
    device = network.add(name="edge", platform="cisco_ios", fault="silent")
    add(netraven, device)
    check(netraven, NETRAVEN_HEALTH__TIMEOUT_SECONDS="0.5")
    found = health(netraven, "edge")
    assert (found["state"], "said nothing of SSH within 0.5 seconds" in found["reasons"][0]) == ("degraded", True)


def test_a_probe_holds_up_no_backup_and_a_check_that_logs_in_has_the_one_session(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    device = discoverable(network, "cisco_ios", "edge", enable="", latency_seconds=0.05)
    add(netraven, device)
    add_credential(netraven)
    netraven.well("job", "submit", "backup", "edge")
    netraven.well("job", "submit", "status-check", "edge", "--param", "login=true")
    netraven.well("job", "submit", "status-check", "edge")
    due = netraven("run", "--due", "--json", **QUICK)
    assert (due.status, due.summary["succeeded"]) == (0, 3), due
    assert (len(device.sessions), device.max_concurrent) == (2, 1)


@pytest.mark.timeout(120)
def test_a_host_with_openssh_is_checked_and_asked(netraven: Installed, tmp_path: Path) -> None:
    with running_sshd(tmp_path / "sshd") as server:
        netraven.well("credential", "add", "key", "--username", server.username, "--key-file", str(server.key_file))
        place = ("--address", server.address, "--port", str(server.port), "--platform", "linux")
        netraven.well("device", "add", "here", *place)
        limits = {"NETRAVEN_HEALTH__MAX_CPU_PERCENT": "100000", "NETRAVEN_HEALTH__MAX_MEMORY_PERCENT": "100"}
        check(netraven, "--param", "login=true", **limits)
        found = health(netraven, "here")
        assert (found["state"], found["reasons"]) == ("ok", [])
        assert found["banner"].startswith("SSH-2.0-OpenSSH")
        assert 0 < found["vitals"]["memory_percent"] <= 100
        assert found["vitals"]["cpu_percent"] >= 0
    check(netraven, "--param", "login=true")
    assert health(netraven, "here")["state"] == "down"


@pytest.mark.parametrize("preserve", ["always", "failure", "never"])
def test_checks_with_a_login_keep_transcripts_as_backups_do_without_secrets(
    preserve: str, netraven: Installed, network: SimulatedNetwork
) -> None:
    good, stalled = (discoverable(network, "cisco_ios", name) for name in ("good", "stalled"))
    network.change(stalled, fault="no_prompt")
    add_credential(netraven)
    add(netraven, good, stalled)
    said = check(
        netraven, "--param", "login=true", NETMIKO_PRESERVE_LOGS=preserve, NETRAVEN_SESSION__IDLE_TIMEOUT_SECONDS="1"
    )
    kept = {}
    for line in (one for one in said.lines if one["event"] == "attempt"):
        found = netraven.well("job", "show", str(line["job"]), "--json").json["attempts"][0]["transcript"]
        kept[line["subject"]] = Path(found).read_text() if found else None
    assert {name for name, text in kept.items() if text} == {
        "always": {"good", "stalled"}, "failure": {"stalled"}, "never": set(),
    }[preserve]  # fmt: skip
    assert kept["good"] is None or "show version" in kept["good"]
    assert not any("secret-of-the-lab" in text for text in kept.values() if text)
