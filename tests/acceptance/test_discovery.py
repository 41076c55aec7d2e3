"""Address ranges are searched, devices identified and accepted, through the installed command."""

from __future__ import annotations

import signal
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from netraven_cli.device.neighbours import JUNOS_TABLE
from tests.acceptance.discoverable import PLATFORMS, discoverable, linked
from tests.cli.conftest import Called
from tests.device.test_facts import JUNOS_DETAIL, JUNOS_LLDP
from tests.installed import Installed, Said
from tests.listener import listening
from tests.separate_hosts import PORT, separate_hosts
from tests.simulator import SimulatedNetwork
from tests.snmp_agent import COMMUNITY, ENCRYPTED, KINDS, SIGNED, USER, Told, running_agent, simulated_agent
from tests.sshd import running_sshd

if TYPE_CHECKING:
    from tests.simulator import SimulatedDevice

QUICK = {"NETRAVEN_SESSION__IDLE_TIMEOUT_SECONDS": "5", "NETRAVEN_RETRY__FIRST_BACKOFF_SECONDS": "0.2"}


class Driven(Called):
    """What searches is a process; what enters and reads is called, so that little time goes to starts."""

    def __call__(self, *arguments: str, stdin: str = "", **environ: str) -> Said:
        if arguments[0] == "run" or arguments[:2] == ("discovery", "crawl"):
            return Installed.__call__(self, *arguments, stdin=stdin, **environ)
        return super().__call__(*arguments, stdin=stdin, **environ)


@pytest.fixture
def netraven(tmp_path: Path) -> Installed:
    driven = Driven(tmp_path)
    driven.well("init", "--dir", str(tmp_path))
    return driven


def add_credential(netraven: Installed, *more: str) -> None:
    netraven.well(
        "credential", "add", "lab", "--username", "backup", "--password-from", "env:LAB_PASSWORD", *more,
        LAB_PASSWORD="secret-of-the-lab",
    )  # fmt: skip


def add_snmp(netraven: Installed) -> None:
    secrets = {"COMMUNITY": COMMUNITY, "SIGNED": SIGNED, "ENCRYPTED": ENCRYPTED}
    netraven.well(
        "credential", "add", "v3", "--snmp", "3", "--username", USER, "--password-from", "env:SIGNED",
        "--privacy-from", "env:ENCRYPTED", "--priority", "50", **secrets,
    )  # fmt: skip
    netraven.well("credential", "add", "ro", "--snmp", "2c", "--password-from", "env:COMMUNITY", **secrets)


def found(netraven: Installed, *more: str) -> dict[str, dict[str, Any]]:
    return {row["address"]: row for row in netraven.well("discovery", "list", "--json", *more).json["items"]}


@pytest.mark.timeout(240)
def test_exactly_the_devices_that_are_there_are_found_and_every_platform_is_told(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    devices: dict[str, SimulatedDevice] = {}
    port = 0
    for number in range(42):
        platform = PLATFORMS[number % len(PLATFORMS)]
        address = f"127.20.{number % 3}.{number + 10}"
        devices[address] = discoverable(network, platform, f"dev-{number}", address=address, port=port)
        port = devices[address].port
    excluded = discoverable(network, "cisco_ios", "taboo", address="127.20.1.200", port=port)
    add_credential(netraven)
    with listening() as listener:
        ports = ("--port", str(port), "--port", str(listener.port), "--rate", "2000")
        netraven.well("range", "add", "one", "127.20.0.0/24", *ports)
        netraven.well("range", "add", "two", "127.20.1.0/24,127.20.2.0/24", *ports, "-x", "127.20.1.192/26")
        said = netraven("run", "discovery", "--json", **QUICK)
    assert said.status == 0, said
    assert said.summary["succeeded"] == 2 + len(devices), said.out  # parts of the ranges, and addresses

    asked = Counter(listener.asked)
    assert set(asked.values()) == {1}
    assert len(asked) == 254 + 254 + 254 - 63  # without network and broadcast; 127.20.1.255 is in the exclusion
    assert not [address for address in asked if address.startswith("127.20.1.") and int(address.split(".")[3]) >= 192]
    assert (excluded.connections, excluded.sessions, excluded.logins_refused) == (0, [], 0)

    rows = {address: row for address, row in found(netraven).items() if row["port"]}
    assert {address: (row["platform"], row["hostname"]) for address, row in rows.items()} == {
        address: (device.platform, device.name) for address, device in devices.items()
    }
    assert {row["state"] for row in rows.values()} == {"new"}
    for address, device in devices.items():
        assert len(device.sessions) == 1, address
        if device.platform not in ("cisco_xr", "huawei", "linux"):  # whose answers name no serial number
            assert rows[address]["serial"] == f"SN{device.name.upper().replace('-', '')}"

    again = netraven("run", "discovery", "--json", **QUICK)
    assert again.summary["succeeded"] == 2  # nobody is logged in on a second time
    assert {len(device.sessions) for device in devices.values()} == {1}


def test_a_killed_sweep_goes_on_where_it_was_and_repeats_no_finished_part(netraven: Installed) -> None:
    with listening() as listener:
        netraven.well("range", "add", "wide", "127.22.0.0/22", "--port", str(listener.port), "--rate", "200")
        parts = {"NETRAVEN_DISCOVERY__PART_SECONDS": "1"}
        with netraven.start("run", "discovery", "--json", **parts) as process:
            assert process.stdout
            first = process.stdout.readline()  # the first part is settled, the second under way
            process.send_signal(signal.SIGKILL)
            process.communicate()
        assert '"outcome": "succeeded"' in first
        before = len(listener.asked)
        netraven.well("range", "edit", "wide", "--rate", "5000")
        said = netraven("run", "--due", "--json", **parts)
        asked = Counter(listener.asked)
    assert said.status == 0, said
    jobs = netraven.well("job", "list", "--type", "discovery", "--json").json["items"]
    assert [(job["state"], job["attempt"]) for job in jobs] == [("succeeded", 1)] * 6  # of 200 addresses at most
    assert len(asked) == 1022
    assert max(asked.values()) <= 2
    assert sum(asked.values()) - 1022 <= before - 170  # what is asked twice is of the part that was not finished
    assert len(found(netraven)) == 1022


@pytest.mark.parametrize(
    ("protocol", "links"),
    [
        pytest.param("lldp", [[1, 7], [2, 0], [3, 1], [4, 2], [5, 3], [6, 4], [7, 5], [0, 6]], id="ring"),
        pytest.param("cdp", [[1, 2], [0, 3, 4], [0, 5, 6], [1], [1], [2], [2]], id="tree"),
    ],
)
def test_a_crawl_comes_to_the_end_of_a_network_and_asks_each_device_once(
    netraven: Installed, network: SimulatedNetwork, protocol: str, links: list[list[int]]
) -> None:
    devices = linked(network, links, third_octet=len(links), protocol=protocol)
    add_credential(netraven)
    seed = devices[0]
    netraven.well("range", "add", "lab", f"127.21.{len(links)}.0/24", "--port", str(seed.port))
    netraven.well("device", "add", "sw-0", "-a", seed.address, "-p", "cisco_ios", "--port", str(seed.port))
    said = netraven("discovery", "crawl", "sw-0", "--depth", "5", "--json", **QUICK)
    assert said.status == 0, said
    rows = found(netraven)
    assert {row["address"]: row["state"] for row in rows.values()} == {
        device.address: "known" if device is seed else "new" for device in devices
    }
    assert {row["platform"] for row in rows.values() if row["state"] == "new"} == {"cisco_ios"}
    assert {device.name: len(device.sessions) for device in devices} == {device.name: 1 for device in devices}


def test_a_crawl_goes_as_far_as_it_is_told_and_logs_in_where_a_range_lets_it(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    devices = linked(network, [[1], [2], [3], []], third_octet=40)
    add_credential(netraven)
    port = str(devices[0].port)
    netraven.well("range", "add", "lab", "127.21.40.0/24", "--port", port, "--exclude", "127.21.40.3")
    netraven.well("device", "add", "sw-0", "-a", devices[0].address, "-p", "cisco_ios", "--port", port)
    netraven.well("discovery", "crawl", "sw-0", "--depth", "9", **QUICK)
    rows = found(netraven)
    assert {device.name: len(device.sessions) for device in devices} == {"sw-0": 1, "sw-1": 1, "sw-2": 0, "sw-3": 0}
    assert rows["127.21.40.3"]["reason"] == "no range lets NetRaven log in there"
    assert (rows["127.21.40.3"]["hostname"], rows["127.21.40.3"]["source"]) == ("sw-2", "neighbour of 127.21.40.2")
    netraven.well("range", "edit", "lab", "--exclude-nothing")
    netraven.well("discovery", "crawl", "sw-0", "--depth", "2", **QUICK)
    assert {device.name: len(device.sessions) for device in devices} == {"sw-0": 2, "sw-1": 2, "sw-2": 1, "sw-3": 0}


def test_a_crawl_does_not_try_again_where_nobody_was_let_in(netraven: Installed, network: SimulatedNetwork) -> None:
    devices = linked(network, [[1], [0]], third_octet=50)
    network.change(devices[1], password="another one")
    add_credential(netraven)
    port = str(devices[0].port)
    netraven.well("range", "add", "lab", "127.21.50.0/24", "--port", port)
    netraven.well("device", "add", "sw-0", "-a", devices[0].address, "-p", "cisco_ios", "--port", port)
    for _ in range(2):
        netraven.well("discovery", "crawl", "sw-0", **QUICK)
    assert (len(devices[0].sessions), devices[1].logins_refused) == (2, 1)


def test_a_refused_password_is_tried_once_and_told(netraven: Installed, network: SimulatedNetwork) -> None:
    device = discoverable(network, "cisco_ios", "vault", address="127.23.0.1", password="another one")
    add_credential(netraven)
    netraven.well("range", "add", "lab", "127.23.0.1", "--port", str(device.port))
    for _ in range(2):
        assert netraven("run", "discovery", **QUICK).status == 0
    row = found(netraven)["127.23.0.1"]
    assert (device.logins_refused, row["platform"]) == (1, None)
    assert "refused the login of backup" in row["reason"]
    assert row["host_key"]
    network.change(device, password="secret-of-the-lab")
    netraven.well("run", "discovery", "--param", "again=true", **QUICK)
    assert (found(netraven)["127.23.0.1"]["platform"], found(netraven)["127.23.0.1"]["reason"]) == ("cisco_ios", None)
    assert "secret-of-the-lab" not in "".join(path.read_text() for path in (netraven.folder / "logs").iterdir())


def test_one_device_on_two_addresses_becomes_one_device(netraven: Installed, network: SimulatedNetwork) -> None:
    one = discoverable(network, "cisco_ios", "twin", address="127.24.0.1")
    other = SimulatedNetwork()
    with other:
        discoverable(other, "cisco_ios", "twin", address="127.24.0.2", port=one.port)
        add_credential(netraven, "--tag", "site")
        netraven.well("range", "add", "lab", "127.24.0.0/29", "--port", str(one.port), "--tag", "site")
        netraven.well("run", "discovery", "--workers", "1", **QUICK)
    first, second = found(netraven).values()
    assert (first["duplicate_of"], second["duplicate_of"]) == (None, first["address"])
    refused = netraven("discovery", "accept", second["address"])
    assert (refused.status, "the same device as" in refused.err) == (65, True)
    made = netraven.well("discovery", "accept", "--all", "--name", "lab-{hostname}", "--tag", "new", "--json").json
    (device,) = made["items"]
    assert (device["name"], device["address"], device["credential"]) == ("lab-twin", first["address"], "lab")
    assert device["tags"] == ["new", "site"]
    assert device["details"] == {"serial_number": "SNTWIN", "model": "WS-C2960X-48TS-L", "source": "discovery"}
    assert {row["device"] for row in found(netraven).values()} == {"lab-twin"}
    facts = netraven.well("device", "facts", "lab-twin", "--json").json
    assert (facts["items"][0]["serial"], facts["events"]) == ("SNTWIN", [])


def test_a_replaced_device_is_an_event_and_its_facts_have_a_history(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    device = discoverable(network, "cisco_ios", "edge", address="127.25.0.1")
    add_credential(netraven)
    netraven.well("device", "add", "edge", "-a", device.address, "-p", "cisco_ios", "--port", str(device.port))
    for serial in ("SNEDGE", "SNEDGE", "SNOTHER"):
        said = {name: text.replace("SNEDGE", serial) for name, text in device.answers.items()}
        network.change(device, answers=said)
        netraven.well("run", "discovery", "edge", **QUICK)
    told = netraven.well("device", "facts", "edge", "--json").json
    assert [row["serial"] for row in told["items"]] == ["SNOTHER", "SNEDGE"]
    assert [(row["fact"], row["before"], row["after"]) for row in told["events"]] == [("serial", "SNEDGE", "SNOTHER")]


@pytest.mark.timeout(120)
def test_a_host_with_openssh_is_found_identified_accepted_by_itself_and_backed_up(
    netraven: Installed, tmp_path: Path
) -> None:
    with running_sshd(tmp_path / "sshd") as server:
        key = ("--key-file", str(server.key_file))
        netraven.well("credential", "add", "key", "--username", server.username, *key)
        netraven.well("range", "add", "here", server.address, "--port", str(server.port), "--auto-accept")
        said = netraven("run", "discovery", "--json", **QUICK)
        assert said.status == 0, said
        row = found(netraven)[server.address]
        assert (row["state"], row["platform"], row["host_key"]) == ("known", "linux", server.host_key), row
        assert row["os_version"]
        assert row["uptime_seconds"] > 0
        device = netraven.well("device", "show", row["device"], "--json").json
        assert (device["platform"], device["credential"], device["host_key"]) == ("linux", "key", server.host_key)
        backup = netraven("run", "backup", "--json", **QUICK)
        assert (backup.status, backup.summary["changed"]) == (0, 1), backup


@pytest.mark.parametrize("kind", KINDS)
def test_an_agent_of_snmp_tells_the_platform_before_anybody_logs_in(
    netraven: Installed, network: SimulatedNetwork, tmp_path: Path, kind: str
) -> None:
    told = Told(name="closet-7", object_id="1.3.6.1.4.1.674.10895.3068", description="Dell EMC Networking OS10")
    parts = ((1, 3, "CN-7"),)
    printer = Told(name="printer", object_id="1.3.6.1.4.1.11.2.3.9.1", description="JETDIRECT", parts=parts)
    account = {"username": "backup", "password": "secret-of-the-lab"}
    device = network.add(name="closet-7", platform="cisco_ios", address="127.26.0.1", answers={}, **account)
    add_credential(netraven)
    add_snmp(netraven)
    with (
        running_agent(kind, "127.26.0.1", told, tmp_path / "agent") as port,
        simulated_agent("127.26.0.2", printer, port),
        simulated_agent("127.26.0.3", printer, port),
    ):
        ports = ("--port", str(device.port), "--snmp", "--snmp-port", str(port))
        netraven.well("range", "add", "lab", "127.26.0.1-127.26.0.3", *ports)
        netraven.well("run", "discovery", **QUICK)
    rows = found(netraven)
    assert set(rows) == {"127.26.0.1", "127.26.0.2", "127.26.0.3"}
    assert (rows["127.26.0.1"]["platform"], rows["127.26.0.1"]["credential"]) == ("dell_os10", "lab"), rows
    asked = rows["127.26.0.2"]
    assert (asked["hostname"], asked["source"], asked["platform"]) == ("printer", "SNMP", None)
    assert asked["reason"] == "no SSH server answered there; by SNMP it is: JETDIRECT"
    print(rows)
    assert (asked["serial"], asked["duplicate_of"]) == ("CN-7", None)
    assert (rows["127.26.0.3"]["serial"], rows["127.26.0.3"]["duplicate_of"]) == ("CN-7", "127.26.0.2")
    written = b"".join(
        path.read_bytes() for path in netraven.folder.rglob("*") if path.is_file() and path.parent.name != "agent"
    )
    assert b"closet-7" in written
    assert not [secret for secret in (COMMUNITY, SIGNED, ENCRYPTED) if secret.encode() in written]


def test_a_range_that_wants_snmp_without_a_credential_for_it_says_how_to_add_one(netraven: Installed) -> None:
    netraven.well("range", "add", "lab", "127.26.1.1", "--snmp")
    said = netraven("run", "discovery", "--json", **QUICK)
    assert (said.status, said.summary["dead"]) == (1, 1)
    assert "netraven credential add NAME --snmp 2c --password-from prompt" in said.out


def test_a_crawl_goes_on_from_junos_and_keeps_transcripts_without_secrets(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    far = discoverable(network, "cisco_ios", "access-7", address="127.27.0.7")
    said = {
        JUNOS_TABLE: JUNOS_LLDP,
        f"{JUNOS_TABLE} interface ge-0/0/7.0": JUNOS_DETAIL.format(
            interface="ge-0/0/7.0", name="access-7", address=far.address
        ),
    }
    near = discoverable(network, "juniper_junos", "core-1", address="127.27.0.1", port=far.port, answers=said)
    add_credential(netraven)
    netraven.well("range", "add", "lab", "127.27.0.0/24", "--port", str(near.port))
    netraven.well("device", "add", "core-1", "-a", near.address, "-p", "juniper_junos", "--port", str(near.port))
    netraven.well("discovery", "crawl", "core-1", "--depth", "1", NETMIKO_PRESERVE_LOGS="always", **QUICK)
    assert (found(netraven)[far.address]["platform"], len(far.sessions)) == ("cisco_ios", 1)
    jobs = netraven.well("job", "list", "--type", "discovery", "--json").json["items"]
    paths = [netraven.well("job", "show", str(job["id"]), "--json").json["attempts"][0]["transcript"] for job in jobs]
    texts = [Path(path).read_text() for path in paths]
    assert len(texts) == 2
    assert all("show version" in text and "secret-of-the-lab" not in text for text in texts)


def test_a_crawl_that_is_killed_goes_on_in_another_run_and_asks_no_device_again(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    ring = [[(number + 1) % 8, (number - 1) % 8] for number in range(8)]
    devices = linked(network, ring, third_octet=60)
    add_credential(netraven)
    port = str(devices[0].port)
    netraven.well("range", "add", "lab", "127.21.60.0/24", "--port", port)
    netraven.well("device", "add", "sw-0", "-a", devices[0].address, "-p", "cisco_ios", "--port", port)
    one = {**QUICK, "NETRAVEN_RUNNER__WORKERS": "1"}
    with netraven.start("discovery", "crawl", "sw-0", "--depth", "5", "--json", **one) as process:
        assert process.stdout
        done = [process.stdout.readline() for _ in range(3)]
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert all('"outcome": "succeeded"' in line for line in done)
    said = netraven("run", "--due", "--json", **one)
    assert said.status == 0, said
    assert {row["platform"] for row in found(netraven).values() if row["state"] == "new"} == {"cisco_ios"}
    sessions = [len(device.sessions) for device in devices]
    assert len(sessions) == 8
    assert sum(sessions) <= 9  # one may have been asked when the run was killed
    jobs = netraven.well("job", "list", "--type", "discovery", "--json").json["items"]
    assert sorted(job["subject"] for job in jobs) == sorted(["sw-0", *(device.address for device in devices[1:])])


@pytest.mark.timeout(120)
def test_real_hosts_in_networks_of_their_own_are_found_told_accepted_checked_and_backed_up(
    netraven: Installed, tmp_path: Path
) -> None:
    with separate_hosts(tmp_path / "hosts", 3) as hosts:
        netraven.within = hosts.within
        (username, key_file), *_ = {(one.username, str(one.key_file)) for one in hosts.servers.values()}
        netraven.well("credential", "add", "key", "--username", username, "--key-file", key_file)
        apart = ("--exclude", ",".join(hosts.own_addresses), "--port", str(PORT), "--rate", "2000")
        netraven.well("range", "add", "lab", "10.251.0.0/22", *apart)
        assert netraven("run", "discovery", "--json", **QUICK).summary["succeeded"] == 1 + 3
        rows = found(netraven)
        assert {row["hostname"]: (row["address"], row["platform"], row["host_key"]) for row in rows.values()} == {
            name: (one.address, "linux", one.host_key) for name, one in hosts.servers.items()
        }
        netraven.well("discovery", "accept", "--all")
        # The hosts' load is that of this machine, and no promise of theirs.
        busy = {"NETRAVEN_HEALTH__MAX_CPU_PERCENT": "null", "NETRAVEN_HEALTH__MAX_MEMORY_PERCENT": "null"}
        checked = netraven("run", "status-check", "--param", "login=true", "--json", **QUICK, **busy)
        assert (checked.status, checked.summary["succeeded"]) == (0, 3), checked
        states = netraven.well("device", "health", "--json").json["items"]
        assert {row["device"]: row["state"] for row in states} == dict.fromkeys(hosts.servers, "ok")
        backup = netraven("run", "backup", "--json", **QUICK)
        assert (backup.status, backup.summary["changed"]) == (0, 3), backup
    assert netraven.git("ls-tree", "--name-only", "main").split() == [f"{name}.cfg" for name in hosts.servers]
