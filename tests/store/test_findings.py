from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from netraven_cli.errors import NotFoundError
from netraven_cli.model.discovery import Facts, FindingState, Found, Sighting
from netraven_cli.store import facts, findings, host_keys, inventory
from tests.store.make import NOW, new_device

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from netraven_cli.model.discovery import Finding
    from netraven_cli.store.database import Database


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.write() as opened:
        yield opened


def see(connection: Connection, *sightings: Sighting, silent: set[str] | None = None, **more: Any) -> list[Finding]:
    given = {"zone": "default", "range": "lab", **more}
    found = Found(sightings=sightings, silent=frozenset(silent or ()), **given)
    findings.take(connection, found, gone_after=3, now=NOW)
    return findings.list_findings(connection)


def sighting(address: str = "192.0.2.1", **more: Any) -> Sighting:
    return Sighting(**{"address": address, "ports": (22,), "port": 22, "banner": "SSH-2.0-x", "range": "lab", **more})


def identified(address: str, **more: Any) -> Sighting:
    told = {name: more.pop(name) for name in ("hostname", "serial") if name in more}
    return Sighting(address=address, platform="cisco_ios", tried=True, facts=Facts(**told), **more)


def test_a_second_look_adds_to_the_first_and_takes_nothing_away(connection: Connection) -> None:
    see(connection, sighting(), sighting("192.0.2.2", port=None, banner=None, ports=(443,)))
    one, other = see(connection, identified("192.0.2.1", hostname="core-1", serial="S1", credential="lab"))
    assert (one.ports, one.banner, one.platform, one.hostname, one.serial) == (
        (22,), "SSH-2.0-x", "cisco_ios", "core-1", "S1",
    )  # fmt: skip
    assert (one.state, one.range, one.tried_at, one.credential) == (FindingState.NEW, "lab", NOW, "lab")
    assert (other.ports, other.port, other.tried_at) == ((443,), None, None)


def test_another_greeting_is_worth_another_login(connection: Connection) -> None:
    see(connection, sighting())
    see(connection, identified("192.0.2.1", hostname="core-1"))
    assert findings.tried(connection) == {("default", "192.0.2.1")}
    see(connection, sighting())
    assert findings.tried(connection) == {("default", "192.0.2.1")}
    see(connection, sighting(banner="SSH-2.0-y"))
    assert findings.tried(connection) == set()


def test_what_a_neighbour_says_does_not_replace_what_a_device_said_itself(connection: Connection) -> None:
    told = Sighting(address="192.0.2.1", facts=Facts(hostname="CORE"), source="neighbour of edge-1")
    (one,) = see(connection, told)
    assert (one.hostname, one.source) == ("CORE", "neighbour of edge-1")
    see(connection, identified("192.0.2.1", hostname="core-1", serial="S1"))
    (one,) = see(connection, told)
    assert (one.hostname, one.serial) == ("core-1", "S1")


def test_an_address_of_the_inventory_is_known_in_its_own_zone_alone(connection: Connection) -> None:
    inventory.add_devices(connection, [new_device("core-1", address="192.0.2.1")], NOW)
    (one,) = see(connection, sighting())
    assert (one.state, one.device) == (FindingState.KNOWN, "core-1")
    elsewhere = see(connection, sighting(), zone="site-2")[-1]
    assert (elsewhere.zone, elsewhere.state, elsewhere.device) == ("site-2", FindingState.NEW, None)
    inventory.remove(connection, [inventory.get(connection, "core-1")], NOW)
    assert see(connection, sighting())[0].state is FindingState.NEW


def test_a_device_is_known_on_another_address_by_its_serial_number(connection: Connection) -> None:
    inventory.add_devices(connection, [new_device("core-1", address="192.0.2.9")], NOW)
    facts.keep(connection, {inventory.get(connection, "core-1").id: Facts(serial="S1", hostname="core-1")}, NOW)
    (one,) = see(connection, identified("192.0.2.1", serial="S1", hostname="anything"))
    assert (one.state, one.device) == (FindingState.KNOWN, "core-1")


@pytest.mark.parametrize(
    ("hostname", "key", "known"),
    [("core-1", "k1", True), ("CORE-1", "k1", True), ("core-1", "k2", False), ("core-2", "k1", False)],
)
def test_without_a_serial_number_a_device_is_known_by_host_name_and_host_key_together(
    connection: Connection, hostname: str, key: str, known: bool
) -> None:
    inventory.add_devices(connection, [new_device("core-1", address="192.0.2.9")], NOW)
    host_keys.remember(connection, {inventory.get(connection, "core-1").id: "k1"})
    (one,) = see(connection, identified("192.0.2.1", hostname=hostname, host_key=key))
    assert (one.device == "core-1") is known


def test_the_same_name_and_key_with_another_serial_number_is_another_device(connection: Connection) -> None:
    """As cloned images have them."""
    both = {"hostname": "switch", "host_key": "k1"}
    found = see(connection, *(identified(f"192.0.2.{n}", serial=f"S{n}", **both) for n in (1, 2)))
    assert [one.duplicate_of for one in found] == [None, None]


def test_of_two_findings_that_are_one_device_the_first_counts(connection: Connection) -> None:
    see(connection, sighting("192.0.2.2"), sighting("192.0.2.1"))
    see(connection, identified("192.0.2.1", serial="S1"))
    found = see(connection, identified("192.0.2.2", serial="S1"), identified("192.0.2.3", serial="S1"))
    assert [(one.address, one.duplicate_of) for one in found] == [
        ("192.0.2.1", None), ("192.0.2.2", "192.0.2.1"), ("192.0.2.3", "192.0.2.1"),
    ]  # fmt: skip


def test_one_miss_removes_nothing_and_three_in_a_row_are_gone(connection: Connection) -> None:
    see(connection, sighting())
    states = [see(connection, silent={"192.0.2.1", "192.0.2.7"})[0].state for _ in range(2)]
    assert states == [FindingState.NEW, FindingState.NEW]
    (one,) = see(connection, sighting())
    assert one.misses == 0
    states = [see(connection, silent={"192.0.2.1"})[0].state for _ in range(3)]
    assert states == [FindingState.NEW, FindingState.NEW, FindingState.GONE]
    assert see(connection, sighting())[0].state is FindingState.NEW


def test_what_is_ignored_or_a_device_is_never_gone_and_ignored_stays_so(connection: Connection) -> None:
    inventory.add_devices(connection, [new_device("core-1", address="192.0.2.1")], NOW)
    see(connection, sighting(), sighting("192.0.2.2"))
    findings.set_state(connection, findings.by_addresses(connection, ["192.0.2.2"]), FindingState.IGNORED)
    for _ in range(4):
        found = see(connection, silent={"192.0.2.1", "192.0.2.2"})
    assert [one.state for one in found] == [FindingState.KNOWN, FindingState.IGNORED]
    assert see(connection, sighting("192.0.2.2"))[1].state is FindingState.IGNORED
    assert ("default", "192.0.2.2") in findings.tried(connection)  # nobody is to log in there


def test_silence_in_one_range_says_nothing_of_another(connection: Connection) -> None:
    see(connection, sighting(range="other"))
    assert see(connection, silent={"192.0.2.1"})[0].misses == 0


def test_anything_may_be_said_by_a_device(connection: Connection) -> None:
    evil = "x\0\ud800" * 500
    (one,) = see(connection, sighting(banner=evil), zone="default")
    see(connection, identified("192.0.2.1", hostname=evil, serial=evil, host_key="k"))
    (one,) = findings.list_findings(connection)
    assert len(one.hostname or "") == 255
    assert "\0" not in (one.banner or "")


def test_an_address_where_nothing_was_found_is_told(connection: Connection) -> None:
    see(connection, sighting("192.0.2.1"))
    with pytest.raises(NotFoundError, match=r"nothing was found at 192.0.2.11; did you mean 192.0.2.1"):
        findings.by_addresses(connection, ["192.0.2.11"])


def test_facts_have_a_row_for_each_change_and_another_serial_number_is_an_event(connection: Connection) -> None:
    inventory.add_devices(connection, [new_device("core-1")], NOW)
    key = inventory.get(connection, "core-1").id
    steps = [
        Facts(serial="S1", os_version="1", uptime_seconds=10),
        Facts(serial="S1", os_version="1", uptime_seconds=20),
        Facts(os_version="2", uptime_seconds=5),  # it did not say its serial number: it has not vanished
        Facts(serial="S2", os_version="2", hostname="core-1"),
    ]
    told = []
    for number, step in enumerate(steps):
        told += facts.keep(connection, {key: step}, NOW + timedelta(hours=number))
    assert [(one.fact, one.before, one.after) for one in told] == [
        ("os_version", "1", "2"), ("reboot", "20", "5"), ("serial", "S1", "S2"),
    ]  # fmt: skip
    assert facts.events(connection, key) == told[::-1]
    rows = facts.history(connection, key)
    assert [(row.serial, row.os_version, row.uptime_seconds) for row in rows] == [
        ("S2", "2", None), ("S1", "2", 5), ("S1", "1", 20),
    ]  # fmt: skip
    assert (rows[-1].seen_at, rows[-1].verified_at) == (NOW, NOW + timedelta(hours=1))
    assert facts.newest(connection, [key]) == {key: rows[0]}


def by_snmp(**more: Any) -> Sighting:
    told = {"facts": Facts(hostname="core-1.example.net", vendor="Cisco"), "platform": "cisco_ios", "source": "SNMP"}
    return Sighting(**{"address": "192.0.2.1", "range": "lab", **told, **more})


def test_what_snmp_tells_counts_more_than_a_neighbour_and_less_than_a_login(connection: Connection) -> None:
    neighbour = Sighting(address="192.0.2.1", facts=Facts(hostname="told"), source="neighbour of edge")
    see(connection, neighbour)
    (one,) = see(connection, by_snmp())
    assert (one.hostname, one.platform, one.source) == ("core-1.example.net", "cisco_ios", "SNMP")
    (one,) = see(connection, neighbour)
    assert (one.hostname, one.source) == ("core-1.example.net", "SNMP")
    (one,) = see(connection, by_snmp(platform="cisco_xe"))
    assert one.platform == "cisco_xe"
    see(connection, replace(identified("192.0.2.1", hostname="core-1", credential="lab"), platform="cisco_nxos"))
    (one,) = see(connection, by_snmp(reason="no SSH server answered there"))
    assert (one.hostname, one.platform, one.reason) == ("core-1", "cisco_nxos", None)


def test_an_address_that_answers_by_snmp_alone_is_no_miss_and_says_so(connection: Connection) -> None:
    (one,) = see(connection, by_snmp(reason="no SSH server answered there"), silent={"192.0.2.2"})
    assert (one.state, one.misses, one.reason) == (FindingState.NEW, 0, "no SSH server answered there")
    for _ in range(3):
        (one,) = see(connection, silent={"192.0.2.1"})
    assert one.state is FindingState.GONE
    (one,) = see(connection, by_snmp())
    assert (one.state, one.misses) == (FindingState.NEW, 0)
