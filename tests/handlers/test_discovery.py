"""Which parts a range has, and which of its findings become devices by themselves."""

from __future__ import annotations

import pytest

from netraven_cli.handlers.accepting import accept_by_itself
from netraven_cli.handlers.discovery import DiscoveryHandler
from netraven_cli.model import Selector
from netraven_cli.model.discovery import Facts, Found, Range, Sighting
from netraven_cli.store import facts, findings, inventory, ranges
from tests.handlers.conftest import BEGIN, Archiving


@pytest.mark.parametrize(("rate", "ports", "parts"), [(500, (22,), 1), (1, (22, 23), 9), (10, (22,), 1), (1, (22,), 5)])
def test_a_part_takes_a_minute_at_the_pace_of_its_range_whatever_that_is(
    archiving: Archiving, rate: int, ports: tuple[int, ...], parts: int
) -> None:
    context = archiving.context
    with context.database.write() as connection:
        ranges.add(connection, Range(name="lab", networks=("198.51.100.0/24",), rate=rate, ports=ports), BEGIN)
    jobs = list(DiscoveryHandler().plan(context, Selector(), {}))
    assert len(jobs) == parts
    assert {job.exclusive_key for job in jobs} == {"range:lab"}
    assert len({job.dedupe_key for job in jobs}) == parts
    assert 254 / parts * len(ports) / rate <= 60


def test_a_range_that_wants_it_gets_its_devices_and_what_cannot_be_one_says_why_once(archiving: Archiving) -> None:
    context = archiving.context
    sightings = [
        Sighting(
            address=f"198.51.100.{n}", ports=(22,), port=22, range=home, tried=True, platform=platform,
            host_key=f"k{n}", facts=Facts(hostname=name, serial=f"SN{n}"),
        )
        for n, home, platform, name in (
            (1, "auto", "cisco_ios", "sw-1"), (2, "auto", "cisco_ios", "sw-1"), (3, "auto", "accedian", "sw-3"),
            (4, "by-hand", "cisco_ios", "sw-4"), (5, "auto", None, "sw-5"),
        )
    ]  # fmt: skip
    with context.database.write() as connection:
        for name, auto in (("auto", True), ("by-hand", False)):
            ranges.add(
                connection, Range(name=name, networks=("198.51.100.0/24",), tags=("new",), auto_accept=auto), BEGIN
            )
        findings.take(connection, Found(zone="default", sightings=tuple(sightings)), gone_after=3, now=BEGIN)
    assert [accept_by_itself(context), accept_by_itself(context)] == [1, 0]
    with context.database.read() as connection:
        made = inventory.get(connection, "sw-1")
        found = {one.address: one for one in findings.list_findings(connection)}
        said = facts.newest(connection, [made.id])[made.id]
    assert (made.address, made.tags, made.host_key, said.serial) == ("198.51.100.1", ("new",), "k1", "SN1")
    assert [(one.address, one.state.value) for one in found.values() if one.device] == [("198.51.100.1", "known")]
    assert "there is a device of this name already: sw-1" in (found["198.51.100.2"].reason or "")
    assert "netmiko knows the platform accedian, but NetRaven has no commands" in (found["198.51.100.3"].reason or "")
    assert (found["198.51.100.4"].reason, found["198.51.100.5"].reason) == (None, None)
