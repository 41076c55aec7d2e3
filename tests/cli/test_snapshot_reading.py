from __future__ import annotations

from typing import TYPE_CHECKING

from netraven_cli.errors import ErrorClass
from netraven_cli.model import Capture
from netraven_cli.snapshot.rules import LineRule, read_rules
from netraven_cli.store import inventory, snapshots
from tests.cli.make import CORE, ago, hours, show, writing

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Called


def found(network: Called, *arguments: str) -> list[tuple[str, int]]:
    said = network.well("snapshot", "search", *arguments, "--json").json
    assert said["schema"] == "netraven.search/1"
    return [(row["device"], row["number"]) for row in said["items"]]


def test_lines_are_found_on_all_devices_with_and_without(network: Called) -> None:
    assert found(network, "^hostname") == [("core", 1), ("edge", 1)]
    assert found(network, "^hostname", "--and", "ntp") == [("core", 1), ("core", 2)]
    assert found(network, "^hostname", "--without", "ntp") == [("edge", 1)]
    assert found(network, "HOSTNAME E", "--words", "--ignore-case") == [("edge", 1)]
    assert found(network, "^hostname", "--tag", "outer") == [("edge", 1)]


def test_a_search_can_go_back_in_time(network: Called) -> None:
    assert found(network, "192.0.2.1$") == []
    assert found(network, "192.0.2.1$", "--at", hours(20)) == [("core", 2)]
    assert found(network, "hostname", "--at", hours(40)) == [("core", 1)]


def test_devices_that_lack_a_line_are_listed_and_those_that_nobody_knows_are_named(network: Called) -> None:
    said = network.well("snapshot", "search", "ntp server", "--missing", "--json")
    assert [row["device"] for row in said.json["items"]] == ["edge"]
    assert said.json["uncovered"] == ["new"]
    assert "nothing is known of 1 of these devices" in said.err


def test_a_search_says_by_its_exit_status_whether_it_found_something_if_asked(network: Called) -> None:
    assert network("snapshot", "search", "nowhere").status == 0
    assert network("snapshot", "search", "nowhere", "--exit-code").status == 1
    wrong = network("snapshot", "search", "(")
    assert (wrong.status, wrong.out) == (65, "")


def test_changes_are_listed_with_the_lines_that_were_added_and_removed(network: Called) -> None:
    items = network.well("snapshot", "changes", "--since", hours(40), "--json").json["items"]
    assert [(row["device"], row["added"], row["removed"]) for row in items] == [("core", 2, 1), ("edge", 2, 0)]
    assert network("snapshot", "changes", "--since", hours(5), "--exit-code").status == 0
    assert network("snapshot", "changes", "--exit-code").status == 1
    assert network("snapshot", "changes", "--since", hours(1), "--until", hours(2)).status == 64


def test_each_version_says_from_when_to_when_it_was_valid(network: Called) -> None:
    newer, older = network.well("snapshot", "list", "core", "--json").json["items"]
    assert older["valid_until"] == newer["captured_at"]
    assert newer["valid_until"] is None
    assert (newer["added"], newer["removed"]) == (2, 1)


def test_a_configuration_is_shown_as_it_was_at_a_time(network: Called) -> None:
    assert network.well("snapshot", "show", "core", "--at", hours(20)).out == CORE[0]
    assert network.well("snapshot", "show", "core").out == CORE[1]
    early = network("snapshot", "show", "core", "--at", hours(60))
    assert (early.status, early.out) == (66, "")
    assert "no accepted configuration of before" in early.err
    assert network("snapshot", "show", "core", "--at", hours(20), "--id", "1").status == 64


def test_a_difference_begins_with_a_time_and_is_shown_in_three_styles(network: Called) -> None:
    since = ("snapshot", "diff", "core", "--since", hours(20))
    assert "+ntp server 192.0.2.9" in network.well(*since).out
    assert "ntp server [-192.0.2.1-]{+192.0.2.9+}" in network.well(*since, "--style", "words").out
    beside = network.well(*since, "--style", "side-by-side", COLUMNS="60").out
    assert "ntp server 192.0.2.1         | ntp server 192.0.2.9" in beside
    assert network.well("snapshot", "diff", "core", "--since", hours(1)).out == ""


def test_each_line_is_blamed_on_the_version_that_brought_it(network: Called) -> None:
    items = network.well("snapshot", "blame", "core", "--json").json["items"]
    newer, older = (row["id"] for row in network.well("snapshot", "list", "core", "--json").json["items"])
    assert [(row["text"], row["id"]) for row in items] == [
        ("hostname core", older),
        ("ntp server 192.0.2.9", newer),
        (" banner", newer),
        ("end", older),
    ]


def test_the_network_as_it_was_is_written_into_a_folder(network: Called, tmp_path: Path) -> None:
    said = network.well("snapshot", "export", "--at", hours(20), "--output", str(tmp_path / "then"), "--json").json
    assert [(row["device"], row["path"]) for row in said["items"]] == [("core", "core.cfg"), ("edge", "edge.cfg")]
    assert said["uncovered"] == ["new"]
    assert {path.name: path.read_text() for path in (tmp_path / "then").iterdir()} == {
        "core.cfg": CORE[0],
        "edge.cfg": "hostname edge\nend\n",
    }
    assert (tmp_path / "then" / "core.cfg").stat().st_mode & 0o777 == 0o600
    again = network("snapshot", "export", "--output", str(tmp_path / "then"))
    assert (again.status, again.out) == (64, "")
    assert network("snapshot", "export", "core", "--output", str(tmp_path / "then" / "core.cfg" / "x")).status == 73


def test_configurations_are_held_to_rules(network: Called, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text("rules:\n  - {name: time, must_have: ['^ntp '], must_not_have: ['^ banner']}\n")
    said = network("snapshot", "compliance", str(rules), "--json")
    assert said.status == 1
    assert [(row["device"], row["problem"], row["line"]) for row in said.json["items"]] == [
        ("core", "forbidden", 3),
        ("edge", "missing", None),
    ]
    assert (said.json["checked"], said.json["uncovered"]) == (2, ["new"])
    assert network("snapshot", "compliance", str(rules), "core", "--at", hours(20)).status == 0
    assert network("snapshot", "compliance", str(tmp_path / "none.yml")).status == 66


def test_what_to_enter_to_have_an_earlier_configuration_again_is_told(network: Called) -> None:
    said = network.well("snapshot", "restore-plan", "core")
    assert said.out.splitlines() == ["no ntp server 192.0.2.9", "ntp server 192.0.2.1"]
    assert "nothing was sent" in said.err
    assert network.well("snapshot", "restore-plan", "core", "--at", hours(1), "--json").json["lines"] == []
    assert network("snapshot", "restore-plan", "edge").status == 66


def test_a_structural_difference_does_not_see_the_order_of_lines(network: Called) -> None:
    show(network, "edge", "interface a\n mtu 1\ninterface b\n mtu 2\nend\n", ago(5))
    show(network, "edge", "interface b\n mtu 3\ninterface a\n mtu 1\nend\n", ago(4))
    structural = network.well("snapshot", "diff", "edge", "--style", "structural").out
    assert structural == "interface b\n  - mtu 2\n  + mtu 3\n"


def test_a_platform_whose_lines_cannot_be_taken_back_is_said(network: Called) -> None:
    network.well("device", "edit", "core", "--platform", "juniper_junos")
    refused = network("snapshot", "restore-plan", "core")
    assert (refused.status, refused.out) == (65, "")
    assert "netraven snapshot show" in refused.err


def test_lines_that_come_and_go_are_listed_and_a_rule_for_them_can_be_used_at_once(network: Called) -> None:
    for number, hours_ago in ((3, 5), (1, 4), (3, 3)):
        show(network, "core", CORE[0].replace("192.0.2.1", f"192.0.2.{number}"), ago(hours_ago))
    (first, *_) = network.well("snapshot", "noise", "--json").json["items"]
    assert (first["pattern"], first["alone"], first["back"]) == (r"^ntp\ server\ \d+\.\d+\.\d+\.\d+$", 2, 1)
    assert first["is_proposed"]
    text = network.well("snapshot", "noise", "--rules").out
    (network.folder / "rules.yml").write_text(text)
    assert [rule.platforms for rule in read_rules(network.folder / "rules.yml", LineRule)] == [("cisco_ios",)]
    network.well("device", "list", NETRAVEN_RULES_FILE="rules.yml")


def test_what_is_in_quarantine_is_compared_with_the_newest_version_and_accepting_it_teaches_its_size(
    network: Called,
) -> None:
    small = "hostname core\nend\n"
    with writing(network) as connection:
        device = inventory.get(connection, "core")
        origin = snapshots.Origin(device_id=device.id, job_id=1, run_id="r", attempt=1, captured_at=ago(1))
        held = Capture(text=small, digest="d", lines=2, reasons=("short",), error_class=ErrorClass.INCOMPLETE)
        snapshots.keep(connection, origin, held)
    said = network("snapshot", "diff", "core", "--quarantined", "--exit-code")
    assert said.status == 1
    assert "-ntp server 192.0.2.9\n" in said.out
    assert "b/quarantined" in said.out
    assert network("snapshot", "diff", "core", "--quarantined", "--to", "1").status == 64
    network.well("snapshot", "accept", "core", "--yes")
    assert network("snapshot", "diff", "core", "--quarantined").status == 66
    with writing(network) as connection:
        known = snapshots.known_for(connection, [device.id])[device.id]
    assert (known.accepted_lines, known.accepted_bytes) == (2, len(small))
