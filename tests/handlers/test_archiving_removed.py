"""The file of a device that was removed leaves main in a commit that says so; its history stays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from netraven_cli.store import inventory, renaming

if TYPE_CHECKING:
    from tests.handlers.conftest import Archiving


def subjects(archiving: Archiving, *paths: str) -> list[str]:
    return archiving.git("log", "--reverse", "--format=%s", "main", "--", *paths).splitlines()


def files(archiving: Archiving) -> list[str]:
    return archiving.git("ls-tree", "-r", "--name-only", "main").split()


def test_it_is_one_commit_by_who_removed_it_that_names_what_stood_there(archiving: Archiving) -> None:
    archiving.remove("r1")
    archiving.archive()
    form = "%an <%ae>%n%cn%n%s%n%(trailers:only)"
    assert archiving.git("log", "-1", f"--format={form}", "main").split("\n")[:5] == [
        "alice <netraven@localhost>", "NetRaven", "r1: removed", "NetRaven-Removed: 3", "NetRaven-Cause: alice",
    ]  # fmt: skip
    assert files(archiving) == ["r2.cfg"]
    archiving.assert_whole()


def test_each_device_has_its_own_commit_unless_a_run_has_one(archiving: Archiving) -> None:
    archiving.show(r3="drei\n", r4="vier\n")
    archiving.archive()
    archiving.remove("r1", "r2")
    archiving.archive()
    assert subjects(archiving)[-2:] == ["r1: removed", "r2: removed"]
    settings = archiving.context.settings
    per_run = settings.model_copy(update={"archive": settings.archive.model_copy(update={"commit": "run"})})
    archiving.context = replace(archiving.context, settings=per_run)
    archiving.remove("r3", "r4")
    archiving.archive()
    assert subjects(archiving)[-1] == "2 devices removed"
    assert files(archiving) == []
    archiving.assert_whole()


def test_what_it_showed_last_comes_into_its_history_before(archiving: Archiving) -> None:
    archiving.show(r1="three\n")
    archiving.remove("r1")
    assert archiving.archive() == 1
    assert subjects(archiving, "r1.cfg")[-2:] == ["r1: configuration changed", "r1: removed"]
    archiving.assert_whole()


def test_a_new_device_of_its_name_begins_anew(archiving: Archiving) -> None:
    archiving.remove("r1")
    archiving.archive()
    archiving.show(r1="newer\n")
    archiving.archive()
    assert subjects(archiving, "r1.cfg")[-2:] == ["r1: removed", "r1: first configuration"]
    archiving.assert_whole()


def test_a_new_device_of_its_name_follows_in_its_file_if_the_archive_learns_of_both_at_once(
    archiving: Archiving,
) -> None:
    archiving.remove("r1")
    archiving.show(r1="new\n")
    archiving.archive()
    assert subjects(archiving, "r1.cfg")[-2:] == ["r1: configuration changed"] * 2
    archiving.assert_whole()


def test_a_device_that_takes_its_name_keeps_its_own_file_there(archiving: Archiving) -> None:
    archiving.remove("r1")
    with archiving.context.database.write() as connection:
        before = inventory.get(connection, "r2")
        renaming.rename(connection, before, replace(before, name="r1"), archiving.context.now())
    archiving.archive()
    assert files(archiving) == ["r1.cfg"]
    assert archiving.git("show", "main:r1.cfg") == "zwei\n"
    head = archiving.git("rev-parse", "main")
    archiving.archive()
    assert archiving.git("rev-parse", "main") == head


def test_it_goes_again_if_somebody_puts_it_back(archiving: Archiving) -> None:
    archiving.remove("r1")
    archiving.archive()
    archiving.git("revert", "--no-edit", "main")
    assert files(archiving) == ["r1.cfg", "r2.cfg"]
    archiving.archive()
    assert files(archiving) == ["r2.cfg"]
    archiving.assert_in_step()


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_archive_that_is_made_again_has_its_history_and_not_its_file(archiving: Archiving) -> None:
    archiving.remove("r1")
    archiving.archive()
    (archiving.folder / ".git/refs/heads/main").write_text("1" * 40 + "\n")
    assert archiving.archive() == 4
    archiving.assert_whole()


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_what_somebody_wrote_into_its_file_is_kept_beside(archiving: Archiving) -> None:
    archiving.remove("r1")
    (archiving.folder / "r1.cfg").write_text("edited\n")
    archiving.archive()
    assert (archiving.folder / "r1.cfg.by-hand").read_text() == "edited\n"
    archiving.assert_whole()
