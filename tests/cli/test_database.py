"""`netraven database backup|copy|check`, and the way back from a damaged file as the docs and the command say it."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.make import add_proven
from tests.installed import COMMAND

if TYPE_CHECKING:
    from tests.cli.conftest import Called
    from tests.installed import Installed, Said
    from tests.postgres import PostgresServer


def spoil(netraven: Installed, *, header: bool) -> None:
    """Write garbage into the pages of the tables."""
    file = netraven.folder / "netraven.db"
    content = bytearray(file.read_bytes())
    first = 0 if header else 4096
    content[first:] = os.urandom(len(content) - first)
    file.write_bytes(content)


def names(said: Said) -> set[str]:
    return {item["name"] for item in said.json["items"]}


@pytest.fixture
def three(called: Called) -> Called:
    add_proven(called, ["r1", "r2", "r3"], hours_ago=1)
    called.well("device", "disable", "r1", "r2", "r3")  # nobody answers at their addresses
    return called


def test_a_backup_goes_into_the_data_folder_or_where_it_is_told(three: Called) -> None:
    said = three.well("database", "backup", "--json").json
    (made,) = (three.folder / "backups").iterdir()
    assert said["items"] == [{"file": str(made), "bytes": made.stat().st_size}]
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    three.well("database", "backup", "mine.db")
    again = three("database", "backup", "mine.db")
    assert (again.status, "is there already" in again.err) == (73, True)
    back = three.well("device", "list", "--json", NETRAVEN_DATABASE__URL=f"sqlite:///{three.folder / 'mine.db'}")
    assert names(back) == {"r1", "r2", "r3"}


@pytest.mark.parametrize("header", [True, False], ids=["the header too", "the pages"])
def test_a_damaged_database_is_said_and_the_commands_of_check_are_the_way_back(three: Called, header: bool) -> None:
    three.well("database", "backup")
    spoil(three, header=header)
    for command in ("status", "run backup", "device list"):
        said = three(*command.split())
        assert (said.status, "is damaged" in said.err, "Traceback" in said.err) == (74, True, False), (command, said)
    (found,) = [one for one in three("doctor", "--json").json["items"] if one["check"] == "database"]
    assert (found["health"], "database check" in found["fix"]) == ("FAIL", True), found
    said = three("database", "check")
    assert (said.status, said.out != "") == (74, True)
    commands = said.err.split("the way back, with the timers stopped:")[1]
    shell(three, "\n".join(line for line in commands.splitlines() if not line.startswith("netraven:")))
    assert names(three.well("device", "list", "--json")) == {"r1", "r2", "r3"}
    assert [file.name for file in three.folder.glob("*.damaged")][:1] == ["netraven.db.damaged"]


def test_the_page_on_recovery_can_be_followed_word_for_word(three: Called) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "recover.md").read_text(encoding="utf-8")
    before, damaged = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)[:2]
    shell(three, before)
    spoil(three, header=False)
    shell(three, "\n".join(line for line in damaged.splitlines() if not line.startswith("systemctl")))
    assert names(three.well("device", "list", "--json")) == {"r1", "r2", "r3"}


def shell(netraven: Installed, script: str) -> None:
    environ = {**netraven.environment, "PATH": f"{COMMAND.parent}:{os.environ['PATH']}"}
    command = ["bash", "-eu", "-c", script]
    done = subprocess.run(command, cwd=netraven.folder, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (script, done)


def test_a_copy_asks_before_it_replaces_what_is_there(three: Called, postgres: PostgresServer) -> None:
    url = postgres.url(postgres.create())
    tried = three.well("database", "copy", url, "--dry-run", "--json").json
    assert tried["dry_run"]
    copied = three.well("database", "copy", url, "--json").json["items"]
    assert {one["table"]: one["rows"] for one in copied}["device"] == 3
    again = three("database", "copy", url)
    assert (again.status, "add --yes" in again.err) == (64, True)
    three.well("database", "copy", url, "--yes")
    there = three.well("device", "list", "--json", NETRAVEN_DATABASE__URL=url)
    assert names(there) == {"r1", "r2", "r3"}
    assert three("database", "copy", "postgresql://a:secret@b/c").status == 64


def test_a_copy_into_a_file_brings_all_of_it_back(three: Called) -> None:
    url = f"sqlite:///{three.folder / 'other.db'}"
    three.well("database", "copy", url, "--dry-run")
    assert not (three.folder / "other.db").exists()
    three.well("database", "copy", url)
    assert names(three.well("device", "list", "--json", NETRAVEN_DATABASE__URL=url)) == {"r1", "r2", "r3"}
