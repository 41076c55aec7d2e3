"""What other people do to the archive is kept, and our files are right all the same."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from netraven_cli.errors import CreateError
from netraven_cli.store import inventory

if TYPE_CHECKING:
    from pathlib import Path

    from tests.handlers.conftest import Archiving


def test_a_main_that_was_moved_back_is_put_forward_again(archiving: Archiving) -> None:
    head = archiving.git("rev-parse", "main")
    archiving.git("reset", "-q", "--hard", "main~3")
    assert archiving.archive() == 0
    assert archiving.git("rev-parse", "main") == head
    archiving.assert_whole()


def test_a_rewritten_history_is_kept_and_gets_what_it_lacks(archiving: Archiving) -> None:
    archiving.show(r1="three\n")
    archiving.archive()
    archiving.git("rebase", "-q", "-X", "theirs", "--onto", "main~3", "main~2", "main")  # r1's second one is dropped
    theirs = archiving.git("rev-parse", "main").strip()
    archiving.archive()
    assert archiving.git("merge-base", "main", theirs).strip() == theirs
    assert archiving.trailers() == [1, 2, 4, 5, 3]
    archiving.assert_in_step()


def test_an_older_copy_of_the_repository_gets_what_it_lacks(archiving: Archiving, tmp_path: Path) -> None:
    shutil.copytree(archiving.folder, tmp_path / "copy")
    archiving.show(r1="three\n", r2="drei\n")
    archiving.archive()
    shutil.rmtree(archiving.folder)
    (tmp_path / "copy").rename(archiving.folder)
    assert archiving.archive() == 6
    archiving.assert_whole()


def test_commits_of_others_are_kept_and_our_files_put_right(archiving: Archiving) -> None:
    (archiving.folder / "r1.cfg").write_text("edited\n")
    (archiving.folder / "README").write_text("theirs\n")
    (archiving.folder / "r2.cfg").unlink()
    archiving.git("add", "--all")
    archiving.git("commit", "-q", "-m", "By hand")
    archiving.archive()
    assert archiving.versions("r1") == ["one\n", "two\n", "edited\n", "two\n"]
    assert (archiving.folder / "README").read_text() == "theirs\n"
    assert archiving.trailers() == [1, 2, 3, 4]
    archiving.assert_in_step()


def test_a_commit_by_others_between_two_of_ours_is_seen(archiving: Archiving) -> None:
    (archiving.folder / "r1.cfg").write_text("edited\n")
    archiving.git("commit", "-q", "-a", "-m", "By hand")
    archiving.show(r2="drei\n")
    archiving.archive()
    assert archiving.versions("r2") == ["eins\n", "zwei\n", "drei\n"]
    archiving.assert_in_step()


def test_a_merge_by_others_is_kept_and_our_files_put_right(archiving: Archiving) -> None:
    archiving.git("checkout", "-q", "-b", "other", "main~1")
    (archiving.folder / "r1.cfg").write_text("edited\n")
    archiving.git("commit", "-q", "-a", "-m", "By hand")
    archiving.git("checkout", "-q", "main")
    archiving.git("merge", "-q", "--no-edit", "other")
    archiving.git("checkout", "-q", "other")
    archiving.archive()
    assert archiving.git("symbolic-ref", "HEAD").strip() == "refs/heads/main"
    archiving.assert_in_step()


def test_a_file_of_a_removed_device_may_be_deleted(archiving: Archiving) -> None:
    with archiving.context.database.write() as connection:
        inventory.remove(connection, [inventory.get(connection, "r1")], archiving.context.now())
    archiving.git("rm", "-q", "r1.cfg")
    archiving.git("commit", "-q", "-m", "Gone")
    archiving.archive()
    assert not (archiving.folder / "r1.cfg").exists()
    assert archiving.archive() == 0


def test_an_edited_file_is_kept_beside_ours(archiving: Archiving) -> None:
    for edit in ("edited\n", "again\n"):
        (archiving.folder / "r1.cfg").write_text(edit)
        archiving.archive()
    assert (archiving.folder / "r1.cfg.by-hand").read_text() == "edited\n"
    assert (archiving.folder / "r1.cfg.by-hand-2").read_text() == "again\n"
    archiving.assert_whole()


def test_a_file_in_the_place_of_a_new_device_is_kept(archiving: Archiving) -> None:
    (archiving.folder / "r3.cfg").write_text("a note\n")
    archiving.show(r3="drei\n")
    archiving.archive()
    assert (archiving.folder / "r3.cfg.by-hand").read_text() == "a note\n"
    archiving.assert_whole()


@pytest.mark.parametrize("text", ["", "tw", "one\n"], ids=["empty", "half written", "an older one"])
def test_a_work_tree_that_a_killed_git_left_is_mended_without_a_copy(archiving: Archiving, text: str) -> None:
    (archiving.folder / "r1.cfg").write_text(text)
    archiving.archive()
    assert list(archiving.folder.glob("*.by-hand")) == []
    archiving.assert_whole()


def test_a_folder_with_files_of_somebody_else_is_never_taken(archiving: Archiving) -> None:
    """Without a word of the records that our archive was there."""
    with archiving.context.database.write() as connection:
        connection.exec_driver_sql("UPDATE archive SET place = 'elsewhere:/archive'")
    shutil.rmtree(archiving.folder)
    archiving.folder.mkdir()
    (archiving.folder / "mine.txt").write_text("mine")
    archiving.show(r1="three\n")
    with pytest.raises(CreateError, match="not empty"):
        archiving.archive()
    assert [path.name for path in archiving.folder.iterdir()] == ["mine.txt"]
