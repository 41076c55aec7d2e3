"""What an operator asks of the archive: by commit, over all time, with secrets, and whether it is still true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netraven_cli.app import open_context
from netraven_cli.handlers.archiving import archive_pending
from tests.cli.make import CORE, ago, hours, show

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Called

WHOLE = "hostname whole\nversion 15.2\nend\n"


def in_git(network: Called) -> None:
    with open_context(network.folder / "config.yml") as context:
        archive_pending(context)


def test_a_version_is_named_by_its_commit_or_how_that_begins(network: Called) -> None:
    newer, older = network.well("snapshot", "list", "core", "--json").json["items"]
    assert network.well("snapshot", "show", "core", "--rev", older["commit"]).out == CORE[0]
    assert network.well("snapshot", "show", "core", "--rev", newer["commit"][:12]).out == CORE[1]
    blamed = network.well("snapshot", "blame", "core", "--rev", older["commit"], "--json").json["items"]
    assert [row["id"] for row in blamed] == [older["id"]] * 3
    plan = network.well("snapshot", "restore-plan", "core", "--rev", older["commit"], "--json").json
    assert plan["to"] == older["id"]
    assert network("snapshot", "show", "core", "--rev", "0" * 40).status == 66
    assert network("snapshot", "show", "core", "--rev", "HEAD~1").status == 64
    assert network("snapshot", "show", "core", "--rev", newer["commit"], "--at", hours(1)).status == 64


def test_a_search_over_all_time_says_from_when_until_when_each_line_stood(network: Called) -> None:
    newer, older = network.well("snapshot", "list", "core", "--json").json["items"]
    rows = network.well("snapshot", "search", "^(ntp|hostname) ", "core", "--ever", "--json").json["items"]
    assert [(row["text"], row["captured_at"], row["valid_until"]) for row in rows] == [
        ("hostname core", older["captured_at"], None),
        ("ntp server 192.0.2.1", older["captured_at"], newer["captured_at"]),
        ("ntp server 192.0.2.9", newer["captured_at"], None),
    ]
    lacking = network.well("snapshot", "search", "192.0.2.1$", "--ever", "--missing", "--json").json["items"]
    assert [row["device"] for row in lacking] == ["edge"]
    assert network("snapshot", "search", "x", "--ever", "--at", hours(1)).status == 64


def test_a_line_that_came_back_stands_twice(network: Called) -> None:
    show(network, "core", CORE[0], ago(2))
    rows = network.well("snapshot", "search", "192.0.2.1$", "core", "--ever", "--json").json["items"]
    assert [row["valid_until"] is None for row in rows] == [False, True]


def test_the_network_as_of_a_time_tells_how_old_each_file_was_then(network: Called, tmp_path: Path) -> None:
    said = network.well("snapshot", "at", hours(20), "--output", str(tmp_path / "then"), "--json").json
    assert [row["device"] for row in said["items"]] == ["core", "edge"]
    ages = [row["age_seconds"] / 3600 for row in said["items"]]
    assert [round(age) for age in ages] == [30, 10]
    assert said["uncovered"] == ["new"]
    assert (tmp_path / "then" / "core.cfg").read_text() == CORE[0]


def test_what_no_secret_was_sealed_of_cannot_be_unsealed(network: Called, tmp_path: Path) -> None:
    refused = network("snapshot", "export", "--unseal", "--output", str(tmp_path / "out"))
    assert (refused.status, refused.out) == (66, "")
    assert not (tmp_path / "out").exists()


def test_each_file_is_verified_by_its_digest_and_by_its_proof(network: Called) -> None:
    show(network, "new", WHOLE, ago(1))
    in_git(network)
    said = network("snapshot", "verify", "--json")
    rows = {row["device"]: row for row in said.json["items"]}
    assert said.status == 1
    assert [rows["new"][key] for key in ("intact", "proven", "reason")] == [True, True, ""]
    assert [rows["edge"][key] for key in ("intact", "proven")] == [True, False]
    assert "which every configuration of cisco_ios has" in rows["edge"]["reason"]
    assert network("snapshot", "verify", "new").status == 0


def test_a_file_that_is_not_what_was_accepted_is_found(network: Called) -> None:
    show(network, "new", WHOLE, ago(1))
    assert network.well("snapshot", "list", "new", "--json").json["items"][0]["commit"] is None
    missing = network("snapshot", "verify", "new", "--json")
    assert (missing.status, missing.json["items"][0]["reason"]) == (1, "it is not in git")
