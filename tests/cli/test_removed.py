"""What a removed device showed can be read under its name, and is not taken for that of the next one of the name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netraven_cli.app import open_context
from netraven_cli.handlers.archiving import archive_pending
from tests.cli.make import CORE, ago, hours, show

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.cli.conftest import Called


def versions(network: Called, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = network.well("snapshot", "list", "core", *options, "--json").json["items"]
    return found


def add_again(network: Called, monkeypatch: pytest.MonkeyPatch) -> None:
    network.well("device", "add", "core", "--address", "192.0.2.7", "--platform", "cisco_ios")
    show(network, "core", "hostname another\nend\n", ago(0))
    monkeypatch.delenv("NETRAVEN_CI", raising=False)
    with open_context(network.folder / "config.yml") as context:
        archive_pending(context)


def test_what_a_removed_device_showed_is_read_by_its_name(network: Called) -> None:
    newer, older = versions(network)
    network.well("device", "remove", "core", "--yes")
    said = network.well("snapshot", "show", "core")
    assert (said.out, "this core was removed at" in said.err) == (CORE[1], True)
    after = versions(network)
    assert [row["id"] for row in after] == [newer["id"], older["id"]]
    assert after[0]["valid_until"] is not None
    assert network.well("snapshot", "show", "core", "--rev", older["commit"]).out == CORE[0]
    assert network.well("snapshot", "show", "core", "--at", hours(20)).out == CORE[0]
    assert "+ntp server 192.0.2.9" in network.well("snapshot", "diff", "core").out
    blamed = network.well("snapshot", "blame", "core", "--json").json["items"]
    assert {row["id"] for row in blamed} == {newer["id"], older["id"]}
    verified = network("snapshot", "verify", "--json").json["items"]
    assert [(row["device"], row["intact"]) for row in verified] == [("edge", True)]
    never = network("snapshot", "list", "cora")
    assert (never.status, never.out) == (68, "")


def test_a_new_device_of_its_name_has_versions_of_its_own(network: Called, monkeypatch: pytest.MonkeyPatch) -> None:
    newer, older = versions(network)
    network.well("device", "remove", "core", "--yes")
    add_again(network, monkeypatch)
    (mine,) = versions(network)
    assert [row["id"] for row in versions(network, "--ever")] == [mine["id"], newer["id"], older["id"]]
    assert network.well("snapshot", "show", "core").out == "hostname another\nend\n"
    assert network("snapshot", "diff", "core").status == 66
    blamed = network.well("snapshot", "blame", "core", "--json").json["items"]
    assert {row["id"] for row in blamed} == {mine["id"]}

    before = network.well("snapshot", "show", "core", "--id", str(newer["id"]))
    assert (before.out, "was removed at" in before.err) == (CORE[1], True)
    assert network.well("snapshot", "show", "core", "--at", hours(20)).out == CORE[0]
    assert "ntp" in network.well("snapshot", "diff", "core", "--to", str(newer["id"])).out
    earlier = network.well("snapshot", "blame", "core", "--rev", newer["commit"], "--json").json["items"]
    assert {row["id"] for row in earlier} == {newer["id"], older["id"]}
    assert network("snapshot", "list", "--ever").status == 64


def test_the_network_as_it_was_has_what_was_removed_since(
    network: Called, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    network.well("device", "remove", "core", "--yes")
    add_again(network, monkeypatch)
    network.well("snapshot", "at", hours(20), "--output", str(tmp_path / "then"))
    assert (tmp_path / "then" / "core.cfg").read_text() == CORE[0]
    network.well("snapshot", "export", "--output", str(tmp_path / "now"))
    assert (tmp_path / "now" / "core.cfg").read_text() == "hostname another\nend\n"
    ever = network.well("snapshot", "search", "^hostname", "--ever", "--json").json["items"]
    assert [row["text"] for row in ever] == ["hostname core", "hostname another", "hostname edge"]
    assert ever[0]["valid_until"] is not None
    assert network.well("snapshot", "search", "hostname core", "--json").json["items"] == []
    inner = network.well("snapshot", "search", "hostname", "--ever", "--tag", "inner", "--json").json["items"]
    assert [row["text"] for row in inner] == ["hostname core"]


def test_a_removal_that_is_only_tried_leaves_the_archive_alone(network: Called) -> None:
    network.well("device", "remove", "core", "--dry-run")
    assert (network.folder / "archive" / "core.cfg").exists()
    network.well("device", "remove", "core", "--yes")
    assert not (network.folder / "archive" / "core.cfg").exists()


def test_an_archive_that_cannot_be_written_keeps_no_device_in_the_inventory(network: Called) -> None:
    lock = network.folder / "archive" / ".git" / "netraven.lock"
    lock.unlink()
    lock.mkdir()
    said = network.well("device", "remove", "core", "--yes")
    assert "the next run takes the files out of the archive" in said.err
    assert network("device", "show", "core").status == 68
    lock.rmdir()
    network.well("device", "remove", "edge", "--yes")
    assert list((network.folder / "archive").glob("*.cfg")) == []
