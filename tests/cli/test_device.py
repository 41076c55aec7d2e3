from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Called
from tests.installed import COMMAND

if TYPE_CHECKING:
    from tests.installed import Installed

STRANGE = [
    "sw 1",
    "Zürich/Süd",
    "../../etc/passwd",
    "-rf",
    "=1+1",
    "a'b\"c;--",
    "$(id)`id`",
    "<b>&amp;",
    "[red]x[/red]",
]
HEADER = "name,address,port,platform,tags,zone\n"


def add(netraven: Installed, name: str, *more: str) -> None:
    netraven.well("device", "add", "--address", "192.0.2.1", "--platform", "cisco_ios", *more, "--", name)


def listed(netraven: Installed, *more: str) -> list[str]:
    said = netraven.well("device", "list", "--json", *more)
    assert said.json["schema"] == "netraven.device/1"
    return [item["name"] for item in said.json["items"]]


def test_names_with_strange_characters_are_added_listed_exported_and_imported_exactly(netraven: Installed) -> None:
    rows = [f'"{name.replace(chr(34), chr(34) * 2)}",192.0.2.1,22,cisco_ios,a|b,\n' for name in STRANGE]
    netraven.well("device", "import", "-", stdin=HEADER + "".join(rows))
    assert listed(netraven) == sorted(STRANGE)
    exported = netraven.well("device", "export").out
    assert "\n=1+1," not in exported
    said = netraven.well("device", "import", "-", "--json", stdin=exported)
    assert said.json["items"] == []
    assert f"{len(STRANGE)} left as they were" in said.err
    netraven.well("device", "remove", "--yes", "--json", "--", *STRANGE)
    netraven.well("device", "import", "-", stdin=exported)
    assert netraven.well("device", "export").out == exported


def test_a_name_given_on_the_command_line_never_becomes_an_option(called: Called) -> None:
    add(called, "--all")
    assert listed(called) == ["--all"]
    assert called.well("device", "show", "--json", "--", "--all").json["name"] == "--all"


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["add", "x", "--address", "a b", "--platform", "cisco_ios"], 65, "no host name"),
        (["add", "x\x1b[2J", "--address", "a", "--platform", "cisco_ios"], 65, r"\x1b[2J"),
        (["add", "x", "--address", "a", "--platform", "cisco-oss"], 65, "did you mean cisco_"),
        (["add", "x", "--address", "a", "--platform", "cisco_ios", "--credential", "c"], 68, "no credential c"),
        (["add", "x", "--address", "a"], 64, "--platform"),
        (["add", "there", "--address", "a", "--platform", "cisco_ios"], 65, "already"),
        (["edit", "there"], 64, "nothing to change"),
        (["edit", "there", "--port", "70000"], 65, "65535"),
        (["show", "ther"], 68, "did you mean there?"),
        (["list", "--tag", "nowhere"], 68, "no device has the tag nowhere"),
        (["remove"], 64, "say which devices"),
        (["remove", "there"], 64, "add --yes"),
        (["import", "missing.csv"], 66, "missing.csv"),
        (["test", "--tag", "nowhere"], 68, "nowhere"),
    ],
)
def test_bad_input_gets_one_sentence_the_right_status_and_changes_nothing(
    called: Called, arguments: list[str], status: int, said: str
) -> None:
    add(called, "there")
    before = called.well("device", "list", "--json").out
    answer = called("device", *arguments)
    assert (answer.status, answer.out) == (status, "")
    assert said in answer.err
    assert "\x1b" not in answer.err
    assert called.well("device", "list", "--json").out == before


def test_an_import_with_bad_rows_names_each_with_its_line_and_imports_none(called: Called) -> None:
    said = called("device", "import", "-", stdin=HEADER + "a,a,22,cisco_ios,,\nb,b,0,cisco_ios,,\nc,c,22,nope,,\n")
    assert said.status == 65
    assert "line 3:" in said.err
    assert "line 4:" in said.err
    assert listed(called) == []


def test_an_import_keeps_what_is_there_unless_it_is_told_to_update(called: Called) -> None:
    add(called, "sw1", "--tag", "mine", "--description", "of mine")
    text = HEADER + "sw1,198.51.100.1,22,ios,theirs,\nsw2,198.51.100.2,22,ios,,\n"
    assert called.well("device", "import", "-", "--json", stdin=text).json["items"] == [
        {"name": "sw2", "change": "added"}
    ]
    assert called.well("device", "show", "sw1", "--json").json["tags"] == ["mine"]
    said = called.well("device", "import", "-", "--update", "--json", stdin=text)
    assert said.json["items"] == [{"name": "sw1", "change": "changed"}]
    assert called.well("device", "show", "sw1", "--json").json["address"] == "198.51.100.1"


def test_the_json_list_of_one_inventory_is_imported_by_another(called: Called) -> None:
    add(called, "sw1", "--tag", "a", "--zone", "dmz", "--description", "x")
    before = called.well("device", "list", "--json")
    called.well("device", "remove", "--all", "--yes")
    called.well("device", "import", "-", stdin=before.out)
    after = called.well("device", "list", "--json")
    assert [{**item, "id": 0} for item in after.json["items"]] == [{**item, "id": 0} for item in before.json["items"]]


def test_an_edit_changes_what_it_names_and_nothing_else(called: Called) -> None:
    add(called, "sw1", "--tag", "a", "--tag", "b", "--description", "rack 2")
    called.well("device", "edit", "sw1", "--port", "2222", "--tag", "c", "--untag", "a", "--platform", "eos")
    found = called.well("device", "show", "sw1", "--json").json
    assert (found["port"], found["tags"], found["platform"]) == (2222, ["b", "c"], "arista_eos")
    assert (found["address"], found["details"]) == ("192.0.2.1", {"description": "rack 2"})


def test_a_disabled_device_is_listed_and_left_out_of_runs(called: Called) -> None:
    add(called, "sw1")
    called.well("device", "disable", "sw1")
    assert called.well("device", "list").out.split("\t")[-1] == "no\n"
    said = called("run", "backup", "sw1")
    assert (said.status, "netraven device enable sw1" in said.err) == (68, True)
    called.well("device", "enable", "--all")
    assert called.well("device", "list").out.split("\t")[-1] == "yes\n"


def test_a_dry_run_says_what_it_would_do_and_does_nothing(called: Called) -> None:
    add(called, "sw1")
    before = called.well("device", "list", "--json").out
    for arguments in (
        ["add", "sw2", "--address", "a", "--platform", "cisco_ios"],
        ["edit", "sw1", "--port", "23"],
        ["disable", "sw1"],
        ["remove", "sw1"],
    ):
        assert "nothing was changed" in called.well("device", *arguments, "--dry-run").err
    called.well("device", "import", "-", "--dry-run", stdin=HEADER + "sw3,a,22,cisco_ios,,\n")
    assert called.well("device", "list", "--json").out == before


def test_in_prod_a_script_needs_force_to_remove_and_elsewhere_yes_is_enough(called: Called) -> None:
    add(called, "sw1")
    refused = called("device", "remove", "sw1", "--yes", NETRAVEN_ENV="prod")
    assert (refused.status, "--force" in refused.err) == (77, True)
    assert listed(called) == ["sw1"]
    called.well("device", "remove", "sw1", "--yes", "--force", NETRAVEN_ENV="prod")
    assert listed(called) == []


def test_every_answer_in_json_is_one_object_with_its_schema(called: Called) -> None:
    add(called, "sw1")
    for arguments, schema in (
        (["device", "list"], "device"),
        (["device", "show", "sw1"], "device"),
        (["device", "edit", "sw1", "--port", "23"], "device"),
        (["device", "export"], "inventory"),
        (["credential", "list"], "credential"),
        (["credential", "stats"], "credential-use"),
        (["settings", "show"], "settings"),
        (["settings", "check"], "settings-check"),
        (["database", "check"], "database-check"),
        (["database", "migrate"], "migration"),
        (["doctor"], "doctor"),
        (["init"], "init"),
    ):
        said = called.well(*arguments, "--json")
        assert json.loads(said.out)["schema"] == f"netraven.{schema}/1"


@pytest.mark.parametrize(("answer", "left"), [("n", ["sw1"]), ("y", [])])
def test_on_a_terminal_a_removal_is_asked_for(netraven: Installed, answer: str, left: list[str]) -> None:
    called = Called(netraven.folder)
    add(called, "sw1")
    ours, theirs = os.openpty()
    os.write(ours, f"{answer}\n".encode())
    done = subprocess.run(
        [str(COMMAND), "device", "remove", "sw1"], cwd=netraven.folder, env=netraven.environment,
        stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, check=False, timeout=60,
    )  # fmt: skip
    asked = os.read(ours, 4096)
    os.close(ours)
    os.close(theirs)
    assert b"Remove sw1 from the inventory?" in asked
    assert (done.returncode == 0) is (answer == "y")
    assert listed(called) == left
