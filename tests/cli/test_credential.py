from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from netraven_cli.store import tables
from netraven_cli.store.database import Database
from tests.simulator import SimulatedNetwork
from tests.snmp_agent import COMMUNITY, ENCRYPTED, KINDS, SIGNED, USER, Told, running_agent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Called
    from tests.installed import Installed

CANARY = "c4n4ry-Pässwörd"
ENABLE = "c4n4ry-enable"


@pytest.fixture(scope="module")
def network() -> Iterator[SimulatedNetwork]:
    with SimulatedNetwork() as opened:
        yield opened


def all_bytes(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_password_is_read_by_reference_used_and_stands_nowhere(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    device = network.add(name="sw1", platform="cisco_ios", username="ops", password=CANARY, enable=ENABLE)
    said = [
        netraven.well("credential", "add", "ops", "-u", "ops", "--password-from", "stdin", "--enable-from", "env:E",
                      "--json", "--verbose", stdin=f"{CANARY}\n", E=ENABLE),
        netraven.well("credential", "show", "ops"),
        netraven.well("device", "add", "sw1", "--address", device.address, "--port", str(device.port),
                      "--platform", "cisco_ios"),
        netraven.well("credential", "test", "ops", "sw1", "--json", "--verbose", NETMIKO_PRESERVE_LOGS="always"),
        netraven.well("device", "test", "sw1", "--verbose"),
        netraven("credential", "add", "ops", "-u", "ops", "--password-from", CANARY),
        netraven("credential", "add", "ops", "-u", "ops", "--password-from", "stdin", stdin=CANARY),
        netraven.well("doctor", "--json"),
    ]  # fmt: skip
    assert said[3].json["items"][0]["outcome"] == "succeeded"
    assert netraven.well("device", "show", "sw1", "--json").json["host_key"]
    assert netraven.well("device", "list", "--json").json["items"][0]["host_key"]
    assert [one.status for one in said[5:7]] == [64, 65]
    for one in said:
        assert "c4n4ry" not in one.out + one.err
    for path, content in all_bytes(netraven.folder).items():
        assert b"c4n4ry" not in content, path


def test_a_wrong_password_fails_the_test_with_status_1_and_the_reason(
    called: Called, network: SimulatedNetwork
) -> None:
    device = network.add(name="sw2", platform="cisco_ios", username="ops", password="right")
    called.well("credential", "add", "ops", "-u", "ops", "--password-from", "env:P", P=CANARY)
    called.well("device", "add", "sw2", "-a", device.address, "--port", str(device.port), "-p", "cisco_ios")
    said = called("device", "test", "sw2", "--json")
    (row,) = said.json["items"]
    assert (said.status, row["outcome"], row["error_class"]) == (1, "failed", "authentication")
    assert "c4n4ry" not in said.out + said.err


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["add", "x", "-u", "u"], 64, "--password-from"),
        (["add", "x", "-u", "u", "--password-from", "prompt"], 66, "no terminal"),
        (["add", "x", "-u", "u", "--password-from", "env:NOT_SET"], 66, "NOT_SET"),
        (["add", "x", "-u", "u", "--password-from", "file:loose"], 77, "chmod 600"),
        (["add", "x", "-u", "u", "--key-file", "missing"], 66, "missing"),
        (["add", "x\n", "-u", "u", "--password-from", "env:P"], 65, "printable"),
        (["add", "x", "-u", "u", "--password-from", "env:P", "--tag", "a b"], 65, "tag"),
        (["edit", "x", "--priority", "1"], 68, "no credential x"),
        (["remove", "x"], 68, "no credential x"),
        (["test", "x", "sw1"], 68, "no credential x"),
    ],
)
def test_bad_input_gets_one_sentence_and_the_right_status(
    called: Called, arguments: list[str], status: int, said: str
) -> None:
    (called.folder / "loose").write_text("secret")
    (called.folder / "loose").chmod(0o644)
    answer = called("credential", *arguments, P="p")
    assert (answer.status, answer.out) == (status, "")
    assert said in answer.err
    assert called.well("credential", "list").out == ""


def test_credentials_are_listed_in_the_order_in_which_they_are_tried(called: Called) -> None:
    for name, priority in (("b", "10"), ("c", "1"), ("a", "10")):
        called.well("credential", "add", name, "-u", "u", "--password-from", "env:P", "--priority", priority, P="p")
    listed = [line.split("\t")[0] for line in called.well("credential", "list").out.splitlines()]
    assert listed == ["c", "a", "b"]


def test_an_edit_keeps_the_password_that_it_does_not_give(called: Called) -> None:
    called.well("credential", "add", "a", "-u", "u", "--password-from", "env:P", P="p")
    called.well("credential", "edit", "a", "--username", "v", "--enable-from", "env:P", P="q")
    found = called.well("credential", "show", "a", "--json").json
    assert (found["username"], found["has_password"], found["has_enable"]) == ("v", True, True)


def test_a_credential_in_use_is_not_removed(called: Called) -> None:
    called.well("credential", "add", "a", "-u", "u", "--password-from", "env:P", P="p")
    called.well("device", "add", "sw1", "-a", "a", "-p", "cisco_ios", "--credential", "a")
    said = called("credential", "remove", "a", "--yes")
    assert (said.status, "sw1" in said.err) == (65, True)
    called.well("device", "edit", "sw1", "--any-credential")
    called.well("credential", "remove", "a", "--yes")
    assert called.well("credential", "list").out == ""


def test_after_a_rotation_of_the_key_all_secrets_open_and_the_old_key_is_gone(called: Called) -> None:
    key_file = called.folder / "vault.key"
    called.well("credential", "add", "a", "-u", "u", "--password-from", "env:P", P="p")
    before = key_file.read_text()
    called.well("credential", "rotate-key", "--dry-run")
    assert key_file.read_text() == before
    called.well("credential", "rotate-key", "--yes")
    after = key_file.read_text()
    assert (len(after.splitlines()), after == before) == (1, False)
    assert called.well("doctor").status == 0
    key_file.write_text(before)
    said = called("doctor", "--json")
    broken = [item for item in said.json["items"] if item["health"] == "FAIL"]
    assert (said.status, [item["check"] for item in broken]) == (1, ["credentials"])


def test_rotations_at_the_same_time_leave_every_secret_to_be_opened(netraven: Installed) -> None:
    for name in ("a", "b"):
        netraven.well("credential", "add", name, "-u", "u", "--password-from", "env:P", P="p")
    running = [netraven.start("credential", "rotate-key", "--yes") for _ in range(3)]
    running += [netraven.start("credential", "edit", name, "--password-from", "env:P", P="q") for name in ("a", "b")]
    for process in running:
        _out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert "FAIL" not in netraven.well("doctor").out


def test_a_key_file_that_others_can_read_is_refused(called: Called) -> None:
    os.chmod(called.folder / "vault.key", 0o644)  # noqa: PTH101 - as an operator's chmod
    said = called("credential", "add", "a", "-u", "u", "--password-from", "env:P", P="p")
    assert (said.status, "chmod 600" in said.err) == (77, True)
    assert called("doctor").status == 1


def test_a_device_that_a_job_is_in_a_session_with_is_not_tested_now(called: Called) -> None:
    called.well("device", "add", "sw1", "-a", "127.0.0.1", "--port", "9", "-p", "cisco_ios")
    called.well("job", "submit", "backup", "sw1")
    database = Database(f"sqlite:///{called.folder / 'netraven.db'}")
    with database.write() as connection:
        connection.execute(update(tables.job).values(state="running"))
    database.close()
    said = called("device", "test", "sw1")
    assert (said.status, "a job is in a session with sw1" in said.err) == (75, True)


def test_a_credential_of_snmp_asks_and_nobody_logs_in_with_it(netraven: Installed) -> None:
    said = [
        netraven.well("credential", "add", "ro", "--snmp", "2c", "--password-from", "env:C", "--json", C=CANARY),
        netraven.well("credential", "add", "v3", "--snmp", "3", "-u", "mon", "--password-from", "env:C",
                      "--privacy-from", "env:E", "--authentication", "sha512", "--privacy", "aes256", "--json",
                      C=CANARY, E=ENABLE),
        netraven.well("credential", "edit", "v3", "--password-from", "env:C", C=CANARY),
        netraven.well("credential", "list", "--json"),
        netraven.well("credential", "rotate-key", "--yes"),
    ]  # fmt: skip
    shown = {row["name"]: row for row in said[3].json["items"]}
    assert shown["ro"]["snmp"]["version"] == "2c"
    assert shown["v3"]["snmp"] == {"version": "3", "authentication": "sha512", "privacy": "aes256"}
    assert (shown["v3"]["has_password"], shown["v3"]["has_privacy"], shown["ro"]["has_privacy"]) == (True, True, False)
    netraven.well("device", "add", "sw1", "--address", "127.0.0.1", "--platform", "cisco_ios")
    for words in (
        ("device", "edit", "sw1", "--credential", "ro"),
        ("range", "add", "lab", "192.0.2.0/24", "--credential", "ro"),
    ):
        refused = netraven(*words)
        assert (refused.status, "is for SNMP, and nobody logs in with it" in refused.err) == (65, True), refused
    assert "no credential fits sw1" in netraven("doctor").out
    for one in said:
        assert "c4n4ry" not in one.out + one.err
    for path, content in all_bytes(netraven.folder).items():
        assert b"c4n4ry" not in content, path


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--snmp", "2c"), "a community alone"),
        (("--snmp", "2c", "-u", "ops", "--password-from", "env:C"), "a community alone"),
        (("--snmp", "3", "-u", "ops", "--privacy-from", "env:C"), "give --password-from REF too"),
        (("--snmp", "3", "-u", "ops", "--enable-from", "env:C"), "alone"),
        (("-u", "ops", "--password-from", "env:C", "--privacy-from", "env:C"), "say --snmp 3 too"),
        (("-u", "ops", "--password-from", "env:C", "--privacy", "des"), "say --snmp 3 too"),
        (("--password-from", "env:C"), "say who logs in"),
    ],
)
def test_a_credential_that_is_neither_fish_nor_fowl_is_refused(
    netraven: Installed, words: tuple[str, ...], why: str
) -> None:
    refused = netraven("credential", "add", "odd", *words, C=CANARY)
    assert (refused.status, why in refused.err) == (64, True), refused
    assert netraven.well("credential", "list", "--json").json["items"] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_credential_of_snmp_is_tried_on_a_device_and_on_an_address(called: Called, tmp_path: Path, kind: str) -> None:
    secrets = {"COMMUNITY": COMMUNITY, "SIGNED": SIGNED, "ENCRYPTED": ENCRYPTED, "WRONG": CANARY}
    user = ("credential", "add", "--snmp", "3", "-u", USER, "--privacy-from", "env:ENCRYPTED", "--password-from")
    called.well("credential", "add", "ro", "--snmp", "2c", "--password-from", "env:COMMUNITY", **secrets)
    called.well("credential", "add", "other", "--snmp", "2c", "--password-from", "env:WRONG", **secrets)
    called.well(*user, "env:SIGNED", "v3", **secrets)
    called.well(*user, "env:WRONG", "v3-other", **secrets)
    called.well("device", "add", "core-9", "-a", "127.31.3.1", "-p", "cisco_ios")
    with running_agent(kind, "127.31.3.1", Told(parts=((1, 3, "FOC1"),)), tmp_path / "agent") as port:
        said = {
            (name, place): called("credential", "test", name, place, "--snmp-port", str(port), "--json")
            for name in ("ro", "v3", "other", "v3-other")
            for place in ("core-9", *(["127.31.3.1"] if name == "ro" else []))
        }
    for (name, place), one in said.items():
        (row,) = one.json["items"]
        assert (row["device"], row["credential"]) == (place, name)
        assert one.status == int("other" in name)
        told = {"hostname": "core-9", "platform": "cisco_ios", "serial": "FOC1"}
        wanted = dict.fromkeys(told) if one.status else told
        assert {fact: row[fact] for fact in told} == wanted
        assert "c4n4ry" not in one.out + one.err
    (wrong,), (unsigned,) = (said[name, "core-9"].json["items"] for name in ("other", "v3-other"))
    assert wrong["error_class"] == unsigned["error_class"] == "authentication"
    assert "the community is another one" in wrong["reason"]
    assert f"it knows the user {USER}, and not the password" in unsigned["reason"]


def test_an_address_is_for_credentials_of_snmp_alone_and_so_is_their_port(called: Called) -> None:
    called.well("credential", "add", "ops", "-u", "ops", "--password-from", "env:P", P="p")
    called.well("credential", "add", "ro", "--snmp", "2c", "--password-from", "env:P", P="p")
    called.well("device", "add", "sw1", "-a", "127.31.3.2", "-p", "cisco_ios")
    for words, status, sentence in (
        (("ops", "127.31.3.2"), 68, "there is no device 127.31.3.2"),
        (("ops", "sw1", "--snmp-port", "1161"), 64, "--snmp-port is for credentials of SNMP"),
        (("ro", "sw2"), 68, "there is no device sw2"),
        (("ro", "sw1", "--snmp-port", "0"), 64, "--snmp-port"),
        (("rw", "sw1"), 68, "there is no credential rw"),
    ):
        refused = called("credential", "test", *words)
        assert (refused.status, sentence in refused.err) == (status, True), refused
