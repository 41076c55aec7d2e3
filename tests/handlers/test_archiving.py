"""Whatever happens to the archive, the next run puts it right from the captures that are kept."""

from __future__ import annotations

import logging
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from netraven_cli.errors import StorageError
from netraven_cli.store.backup import back_up

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.handlers.conftest import Archiving


def scribble(path: Path, text: bytes = b"\0garbage\n") -> None:
    path.chmod(0o600)
    path.write_bytes(text)


def spoil_pack(git: Path) -> None:
    for pack in (git / "objects" / "pack").glob("*.pack"):
        pack.chmod(0o600)
        pack.write_bytes(pack.read_bytes()[:12] + os.urandom(pack.stat().st_size - 12))


def make_foreign(git: Path) -> None:
    """Somebody's own repository in our place."""
    (git / "config").write_text("[core]\n\tbare = false\n")


LOST: dict[str, Callable[[Path], object]] = {  # what becomes of the folder .git, and no commit of it is of use
    "the archive is deleted": lambda git: shutil.rmtree(git.parent),
    "its .git is deleted": shutil.rmtree,
    "its packs are spoilt": spoil_pack,
    "its packs are deleted": lambda git: shutil.rmtree(git / "objects" / "pack"),
    "its objects are deleted": lambda git: shutil.rmtree(git / "objects"),
    "its config is garbage": lambda git: scribble(git / "config"),
    "it is another repository": make_foreign,
    "its branch names a commit that is not there": lambda git: scribble(git / "refs/heads/main", b"1" * 40 + b"\n"),
}
MISPLACED: dict[str, Callable[[Path], object]] = {  # the commits are there
    "HEAD is garbage": lambda git: scribble(git / "HEAD"),
    "HEAD is empty": lambda git: scribble(git / "HEAD", b""),
    "HEAD is deleted": lambda git: (git / "HEAD").unlink(),
    "the branch is garbage": lambda git: scribble(git / "refs/heads/main"),
    "the branch is empty": lambda git: scribble(git / "refs/heads/main", b""),
    "the branch is deleted": lambda git: (git / "refs/heads/main").unlink(),
    "the index is garbage": lambda git: scribble(git / "index"),
    "the index is locked": lambda git: (git / "index.lock").touch(),
    "the branch is locked": lambda git: (git / "refs/heads/main.lock").touch(),
    "a pack is half written": lambda git: (git / "objects/pack/tmp_pack_Xyz").write_bytes(b"PACK"),
}
KINDS = [("sqlite", True), ("postgresql", False)]  # with and without something that waits to be written


@pytest.mark.parametrize("harm", LOST.values(), ids=LOST)
@pytest.mark.parametrize(("database_kind", "pending"), KINDS)
def test_a_lost_archive_is_made_again_with_its_history_in_order(
    archiving: Archiving, harm: Callable[[Path], object], pending: bool, caplog: pytest.LogCaptureFixture
) -> None:
    messages = archiving.git("log", "--format=%B", "main")
    harm(archiving.folder / ".git")
    if pending:
        archiving.show(r1="three\n")
    assert archiving.archive() == 4 + pending
    said = [record for record in caplog.records if "archive_made_again" in record.getMessage()]
    assert [record.levelno for record in said] == [logging.ERROR]
    archiving.assert_whole()
    assert archiving.git("log", "--format=%B", "main").endswith(messages)


@pytest.mark.parametrize("harm", MISPLACED.values(), ids=MISPLACED)
@pytest.mark.parametrize(("database_kind", "pending"), KINDS)
def test_a_repository_that_has_its_commits_is_kept(
    archiving: Archiving, harm: Callable[[Path], object], pending: bool
) -> None:
    head = archiving.git("rev-parse", "main").strip()
    harm(archiving.folder / ".git")
    if pending:
        archiving.show(r1="three\n")
    assert archiving.archive() == int(pending)
    if not pending and (archiving.folder / ".git/refs/heads/main.lock").exists():
        return  # what a killed git left is in nobody's way until something is to be written
    assert archiving.git("merge-base", "main", head).strip() == head
    archiving.show(r2="drei\n")
    archiving.archive()
    archiving.assert_whole()


def test_what_is_left_of_a_damaged_repository_is_kept(archiving: Archiving) -> None:
    scribble(archiving.folder / ".git" / "config", b"garbage [ not a config")
    archiving.archive()
    (aside,) = archiving.folder.glob(".git-damaged-*")
    assert (aside / "config").read_bytes() == b"garbage [ not a config"
    assert archiving.git("status", "--porcelain") == ""


def test_identical_texts_of_two_devices_each_stand_in_their_own_file(archiving: Archiving) -> None:
    """Also if the writer was killed before it could record them."""
    archiving.show(r1="same\n", r2="same\n")
    archiving.archive()
    with archiving.context.database.write() as connection:
        connection.exec_driver_sql("INSERT INTO archive_pending SELECT archive_id, snapshot_id FROM revision")
        connection.exec_driver_sql("DELETE FROM revision")
    archiving.archive()
    with archiving.context.database.read() as connection:
        places = connection.exec_driver_sql("SELECT path FROM revision ORDER BY snapshot_id").scalars().all()
    assert places == ["r1.cfg", "r2.cfg"] * 3
    archiving.assert_whole()


def test_a_repository_that_git_cannot_open_for_another_reason_is_left_alone(archiving: Archiving) -> None:
    file = archiving.folder / ".git" / "netraven.lock"
    file.unlink()
    file.mkdir()
    archiving.show(r1="three\n")
    with pytest.raises(StorageError, match="nothing is lost"):
        archiving.archive()
    assert list(archiving.folder.glob(".git-damaged-*")) == []
    file.rmdir()
    archiving.archive()
    archiving.assert_whole()


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_database_from_a_backup_neither_doubles_nor_loses_what_git_has(archiving: Archiving, tmp_path: Path) -> None:
    """Numbers are given again, to other texts and devices; what was pending in the backup is in git by now."""
    archiving.show(r1="three\n")
    saved = tmp_path / "saved.db"
    back_up(archiving.context.database, saved)
    archiving.archive()
    archiving.show(r1="four\n", r2="drei\n")
    archiving.archive()
    archiving.context.database.close()
    for file in tmp_path.glob("netraven.db*"):
        file.unlink()
    saved.rename(tmp_path / "netraven.db")

    assert archiving.archive() == 1  # what was pending: it is found there
    archiving.shown = {"r1": ["one\n", "two\n", "three\n"], "r2": ["eins\n", "zwei\n"]}
    archiving.show(r2="drei\n", r1="four\n")
    archiving.archive()
    archiving.assert_in_step()
    archiving.show(r2="vier\n")
    archiving.archive()
    assert archiving.versions("r1") == ["one\n", "two\n", "three\n", "four\n"]
    assert archiving.versions("r2") == ["eins\n", "zwei\n", "drei\n", "vier\n"]
    archiving.assert_in_step()
