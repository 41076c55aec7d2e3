from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from netraven_cli.model.discovery import Facts, Found, Sighting
from netraven_cli.store import findings
from tests.cli.make import ago, writing

if TYPE_CHECKING:
    from tests.cli.conftest import Called
    from tests.installed import Installed


def find(netraven: Installed, *addresses: str, **more: Any) -> None:
    """Let a sweep have found these, and a login have identified them."""
    sightings = [
        Sighting(
            address=address, ports=(22,), port=22, range="lab", tried=True,
            **{"platform": "cisco_ios", "credential": None, "facts": Facts(hostname=f"sw-{number}"), **more},
        )
        for number, address in enumerate(addresses)
    ]  # fmt: skip
    with writing(netraven) as connection:
        findings.take(connection, Found(zone="default", sightings=tuple(sightings)), gone_after=3, now=ago(1))


def test_a_range_is_added_shown_changed_and_removed(called: Called) -> None:
    called.well("range", "add", "lab", "192.0.2.0/24,198.51.100.7", "-x", "192.0.2.1", "--rate", "50", "--tag", "dc1")
    (row,) = called.well("range", "list", "--json").json["items"]
    assert (row["networks"], row["exclusions"], row["addresses"]) == (
        ["192.0.2.0/24", "198.51.100.7"],
        ["192.0.2.1"],
        254,
    )
    called.well("range", "edit", "lab", "192.0.2.0/30", "--exclude-nothing", "--auto-accept", "--ping")
    row = called.well("range", "show", "lab", "--json").json
    assert (row["addresses"], row["auto_accept"], row["ping"], row["rate"]) == (2, True, True, 50)
    called.well("range", "disable", "lab")
    said = called("run", "discovery")
    assert (said.status, "no enabled range" in said.err) == (68, True)
    called.well("range", "enable", "lab")
    called.well("range", "remove", "lab", "--yes")
    assert called.well("range", "list").out == ""


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (("range", "add", "lab", "192.0.2.1/24"), 65, "write 192.0.2.0/24"),
        (("range", "add", "lab", "2001:db8::/32"), 65, "name smaller networks"),
        (("range", "add", "lab", "192.0.2.0/24", "--credential", "nobody"), 68, "there is no credential nobody"),
        (("range", "edit", "lab", "--rate", "5"), 68, "there is no range lab"),
        (("run", "discovery", "--param", "range=lab"), 68, "there is no range lab"),
        (("run", "discovery", "--param", "colour=red"), 65, "no parameter 'colour'"),
        (("run", "discovery", "core-1"), 68, "there is no device core-1"),
        (("discovery", "crawl", "core-1"), 68, "there is no device core-1"),
        (("discovery", "accept"), 64, "say which findings"),
        (("discovery", "accept", "192.0.2.1"), 68, "nothing was found at 192.0.2.1"),
        (("discovery", "show", "192.0.2.1"), 68, "nothing was found at 192.0.2.1"),
        (("discovery", "list", "--range", "lab"), 68, "there is no range lab"),
    ],
)
def test_a_mistake_gets_one_sentence_and_changes_nothing(
    called: Called, arguments: tuple[str, ...], status: int, sentence: str
) -> None:
    said = called(*arguments)
    assert (said.status, sentence in said.err) == (status, True), said
    assert called.well("range", "list").out == ""


def test_findings_are_accepted_all_or_none(called: Called) -> None:
    find(called, "192.0.2.1", "192.0.2.2")
    clash = called("discovery", "accept", "--all", "--name", "same")
    assert (clash.status, "there is a device of this name already: same" in clash.err) == (65, True)
    assert called.well("device", "list").out == ""
    called.well("discovery", "accept", "--all", "--dry-run")
    assert called.well("device", "list").out == ""
    called.well("discovery", "accept", "--all", "--name", "{hostname}.{range}")
    assert [line.split("\t")[0] for line in called.well("device", "list").out.splitlines()] == ["sw-0.lab", "sw-1.lab"]
    assert {row["state"] for row in called.well("discovery", "list", "--json").json["items"]} == {"known"}
    again = called("discovery", "accept", "192.0.2.1")
    assert (again.status, "is the device sw-0.lab already" in again.err) == (65, True)


def test_what_was_not_identified_is_accepted_with_a_platform_and_named_by_its_address(called: Called) -> None:
    find(called, "192.0.2.1", platform=None, facts=None, reason="refused")
    left = called.well("discovery", "accept", "--all")
    assert "1 left" in left.err
    refused = called("discovery", "accept", "192.0.2.1")
    assert (refused.status, "say it with --platform" in refused.err) == (65, True)
    wrong = called("discovery", "accept", "192.0.2.1", "--platform", "cisco_ois")
    assert (wrong.status, "did you mean cisco_ios" in wrong.err) == (65, True)
    template = called("discovery", "accept", "192.0.2.1", "--platform", "linux", "--name", "{colour}")
    assert (template.status, "is no template" in template.err) == (65, True)
    called.well("discovery", "accept", "192.0.2.1", "--platform", "linux")
    assert called.well("device", "show", "192.0.2.1", "--json").json["platform"] == "linux"


def test_an_ignored_finding_is_left_alone_until_it_is_wanted_again(called: Called) -> None:
    find(called, "192.0.2.1")
    called.well("discovery", "ignore", "192.0.2.1")
    assert called.well("discovery", "list", "--state", "new").out == ""
    assert "0 devices added" in called.well("discovery", "accept", "--all").err
    called.well("discovery", "ignore", "192.0.2.1", "--undo")
    assert called.well("discovery", "list", "--state", "new").out.startswith("192.0.2.1\t")
    assert called.well("status", "--json").json["findings"] == {"new": 1, "known": 0, "ignored": 0, "gone": 0}
    assert 'netraven_findings{state="new"} 1.0' in called.well("metrics").out


def test_an_address_that_two_zones_have_is_shown_by_its_zone(called: Called) -> None:
    find(called, "192.0.2.1")
    with writing(called) as connection:
        other = Found(zone="site-2", sightings=(Sighting(address="192.0.2.1", ports=(22,), port=22),))
        findings.take(connection, other, gone_after=3, now=ago(1))
    said = called("discovery", "show", "192.0.2.1")
    assert (said.status, "one of default, site-2" in said.err) == (64, True)
    assert called.well("discovery", "show", "192.0.2.1", "--zone", "site-2", "--json").json["zone"] == "site-2"


def test_facts_of_a_device_that_nobody_asked_say_how_to_ask(called: Called) -> None:
    called.well("device", "add", "core-1", "-a", "192.0.2.1", "-p", "cisco_ios")
    said = called.well("device", "facts", "core-1")
    assert (said.out, "netraven run discovery core-1" in said.err) == ("", True)
