from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.snapshot.canaries import CANARY, configuration, hidden_in

if TYPE_CHECKING:
    from tests.cli.conftest import Called

DATA = Path(__file__).parents[1] / "data" / "platforms"


def test_the_list_says_of_each_platform_what_proves_it_and_who_gave_its_data(called: Called) -> None:
    (called.folder / "own.yml").write_text("f5_tmsh: {commands: [list], title: F5 TMOS}\n")
    called.environ["NETRAVEN_PLATFORMS_FILE"] = "own.yml"
    found = {row["name"]: row for row in called.well("platform", "list", "--json").json["items"]}
    assert (found["cisco_ios"]["is_proven"], found["cisco_ios"]["proof"]) == (True, "end marker ^end$")
    assert found["cisco_nxos"]["proof"] == "prompt, two equal reads of what is new"
    assert (found["zyxel_os"]["is_proven"], found["zyxel_os"]["proof"]) == (False, "unproven: two equal reads")
    assert found["zyxel_os"]["origin"] == "shipped"
    assert found["f5_tmsh"]["origin"] == str(called.folder / "own.yml")
    rows = called.well("platform", "list").out.splitlines()
    assert "cisco_ios\tCisco IOS\tyes\tend marker ^end$\tshipped" in rows


def test_a_folder_may_hold_the_users_platforms(called: Called) -> None:
    (called.folder / "platforms").mkdir()
    (called.folder / "platforms" / "f5.yml").write_text("f5_tmsh:\n  comands: [list]\n")
    called.environ["NETRAVEN_PLATFORMS_FILE"] = "platforms"
    said = called("platform", "list")
    assert said.status == 78
    assert "f5.yml, line 2, platform f5_tmsh: unknown key 'comands'; did you mean commands?" in said.err


def test_a_platform_is_shown_by_any_of_its_names(called: Called) -> None:
    found = called.well("platform", "show", "FortiOS", "--json").json
    assert (found["schema"], found["name"]) == ("netraven.platform/1", "fortinet")
    assert "fortigate" in found["aliases"]
    assert found["ignore_blocks"][0]["last"] == '"$'
    assert found["changed_keys"] == []
    assert "commands\tshow" in called.well("platform", "show", "fortinet").out.splitlines()


@pytest.mark.parametrize("verb", [("show", "cisco_iso"), ("test", "-", "--platform", "cisco_iso")])
def test_a_platform_that_there_is_not_is_named_with_the_nearest(verb: tuple[str, ...], called: Called) -> None:
    said = called("platform", *verb)
    assert (said.status, said.out) == (68, "")
    assert "did you mean cisco_ios" in said.err


def test_a_recorded_session_is_judged_as_a_backup_would(called: Called) -> None:
    folder = DATA / "cisco_ios"
    found = called.well("platform", "test", str(folder / "complete.txt"), "--platform", "ios", "--json").json
    assert (found["schema"], found["platform"]) == ("netraven.platform-test/1", "cisco_ios")
    assert (found["accepted"], found["reasons"], found["error_class"]) == (True, [], None)
    assert found["text"] == (folder / "complete.cfg").read_text()
    said = called("platform", "test", str(folder / "truncated.txt"), "--platform", "ios", "--json")
    assert (said.status, said.json["accepted"], said.json["error_class"]) == (1, False, "incomplete")
    assert "its end is missing" in said.json["reasons"][0]
    said = called("platform", "test", str(folder / "error.txt"), "--platform", "ios")
    assert said.status == 1
    assert "accepted\tno" in said.out.splitlines()
    assert "hostname" not in said.out


@pytest.mark.parametrize(
    ("secrets", "options"), [("keep", ["--redact"]), ("redact", []), ("seal", []), ("redact", ["--redact"])]
)
def test_secrets_of_a_recorded_session_are_hidden_if_that_is_wanted_with_neither_database_nor_vault(
    secrets: str, options: list[str], called: Called
) -> None:
    called.environ["NETRAVEN_ARCHIVE__SECRETS"] = secrets
    for name in ("netraven.db", "vault.key"):
        (called.folder / name).unlink()
    shown = configuration("nokia_sros")
    found = called.well("platform", "test", "-", "-p", "sros", "--json", *options, stdin=shown).json
    assert (found["accepted"], found["redacted"]) == (True, True)
    assert not CANARY.search(found["text"])
    assert found["secrets"] == found["text"].count("redacted-") > 15
    assert not (called.folder / "netraven.db").exists()


def test_secrets_of_a_recorded_session_are_shown_and_counted_where_the_settings_keep_them(called: Called) -> None:
    shown = configuration("dell_os9")
    found = called.well("platform", "test", "-", "-p", "dell_os9", "--json", stdin=shown).json
    assert (found["redacted"], found["secrets"]) == (False, hidden_in("dell_os9"))
    assert CANARY.findall(found["text"]) == CANARY.findall(shown)


def test_a_recorded_session_in_which_a_secret_would_be_left_is_refused_without_it(called: Called) -> None:
    shown = (
        "hostname a\nsnmp-server location Canary12345678901234 $9$abcdefgh~\n-----BEGIN RSA PRIVATE KEY-----\nx\nend\n"
    )
    said = called("platform", "test", "-", "-p", "cisco_ios", "--redact", "--json", stdin=shown)
    assert (said.status, said.json["accepted"]) == (1, False)
    assert any("a private key is still in line 3" in reason for reason in said.json["reasons"])
    assert "$9$" not in said.out


def test_one_read_of_what_is_read_twice_is_judged_and_said_to_be_one(called: Called) -> None:
    answer = (DATA / "cisco_nxos" / "complete.cfg").read_text()
    said = called("platform", "test", "-", "--platform", "nxos", stdin=answer)
    assert said.status == 0
    assert "this is one read; of cisco_nxos a backup takes two" in said.err


def test_a_file_that_is_not_there_is_no_input(called: Called) -> None:
    said = called("platform", "test", "none.txt", "--platform", "ios")
    assert (said.status, said.out) == (66, "")
    assert "none.txt" in said.err


def test_a_device_is_shown_with_what_proves_its_configuration(called: Called) -> None:
    for name, platform in (("sw1", "zyxel_os"), ("r1", "ios")):
        called.well("device", "add", name, "--address", "192.0.2.1", "--platform", platform)
    assert called.well("device", "show", "sw1", "--json").json["proof"] == "unproven: two equal reads"
    assert called.well("device", "show", "r1", "--json").json["proof"] == "end marker ^end$"
