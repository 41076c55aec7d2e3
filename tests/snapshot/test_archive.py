from __future__ import annotations

from datetime import timezone
from typing import TYPE_CHECKING

import pytest

from netraven_cli.errors import CreateError, StorageError
from netraven_cli.snapshot.archive import Archive
from tests.snapshot.archives import NOON, commits_of_snapshots, git, pending

if TYPE_CHECKING:
    from pathlib import Path


def test_creating_an_archive_twice_leaves_it_as_it_is(tmp_path: Path) -> None:
    first = Archive.create(tmp_path / "deep" / "archive")
    Archive(tmp_path / "deep" / "archive").write([pending(1, "r1", "a\n")])
    assert Archive.create(tmp_path / "deep" / "archive") == first == Archive(tmp_path / "deep" / "archive").id
    assert (tmp_path / "deep" / "archive").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "deep" / "archive" / "r1.cfg").read_text() == "a\n"


def test_an_archive_made_anew_has_another_id(tmp_path: Path) -> None:
    assert Archive.create(tmp_path / "one") != Archive.create(tmp_path / "two")


def test_a_creation_that_was_killed_is_completed(tmp_path: Path) -> None:
    (tmp_path / "archive" / ".git").mkdir(parents=True)
    (tmp_path / "archive" / ".git" / "config.lock").touch()
    assert Archive.create(tmp_path / "archive")
    Archive(tmp_path / "archive").write([pending(1, "r1", "a\n")])
    assert Archive(tmp_path / "archive").check() == []


@pytest.mark.parametrize("foreign", ["file", "repository", "no folder"])
def test_a_folder_that_is_something_else_is_refused_and_left_alone(tmp_path: Path, foreign: str) -> None:
    path = tmp_path / "archive"
    if foreign == "no folder":
        path.write_text("mine")
    else:
        path.mkdir()
        (path / "mine.txt").write_text("mine")
    if foreign == "repository":
        git(path, "init", "-q")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(CreateError, match="choose another data_dir"):
        Archive.create(path)
    assert sorted(tmp_path.rglob("*")) == before


def test_writing_where_there_is_no_archive_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="netraven init"):
        Archive(tmp_path).write([pending(1, "r1", "a\n")])


def test_each_snapshot_gets_one_commit_with_its_time_author_and_trailers(folder: Path) -> None:
    archive = Archive(folder, author="Net Team <net@example.org>")
    written = archive.write([pending(1, "r1", "a\n"), pending(2, "r2", "b\n"), pending(3, "r1", "c\n")])
    assert [(entry.snapshot_id, entry.path) for entry in written] == [(1, "r1.cfg"), (2, "r2.cfg"), (3, "r1.cfg")]
    assert commits_of_snapshots(folder) == {entry.snapshot_id: [entry.commit] for entry in written}
    assert written[0].committed_at == pending(1, "", "").captured_at
    assert written[0].committed_at.tzinfo is timezone.utc
    shown = git(folder, "show", "-s", "--format=%an <%ae>%n%at %ct%n%B", written[2].commit)
    moment = int(NOON.timestamp()) + 3
    assert shown == (
        f"Net Team <net@example.org>\n{moment} {moment}\nr1: configuration changed\n\n"
        "NetRaven-Snapshot: 3\nNetRaven-Job: 1003\nNetRaven-Run: 6fd3c3a0-run"
    )
    assert git(folder, "show", "-s", "--format=%s", written[0].commit) == "r1: first configuration"
    assert archive.check() == []


def test_writing_again_what_was_written_makes_no_commit_and_gives_the_same_answer(folder: Path) -> None:
    archive = Archive(folder)
    snapshots = [pending(1, "r1", "a\n"), pending(2, "r2", "b\n"), pending(3, "r1", "c\n")]
    first = archive.write(snapshots)
    for known in (None, "f" * 40, "--all", "HEAD"):
        assert archive.write(iter(snapshots), known) == first
    assert archive.write(snapshots[1:], first[0].commit) == first[1:]
    assert git(folder, "rev-list", "--count", "main") == "3"


def test_unchanged_text_makes_no_commit(folder: Path) -> None:
    archive = Archive(folder)
    (first,) = archive.write([pending(1, "r1", "a\n")])
    again = archive.write([pending(2, "r1", "a\n"), pending(3, "r1", "b\n"), pending(4, "r1", "b\n")], first.commit)
    assert again[0].commit == first.commit
    assert again[1].commit == again[2].commit
    assert git(folder, "rev-list", "--count", "main") == "2"


def test_numbers_of_a_new_database_are_not_taken_for_those_of_the_old_one(folder: Path) -> None:
    archive = Archive(folder)
    archive.write([pending(1, "r1", "old\n")])
    (written,) = archive.write([pending(1, "r1", "new\n")])
    assert archive.read("r1.cfg", written.commit) == "new\n"
    assert (folder / "r1.cfg").read_text() == "new\n"


def test_one_commit_per_run_keeps_every_version_in_order(folder: Path) -> None:
    archive = Archive(folder, commit_mode="run")
    written = archive.write([pending(1, "r1", "a\n"), pending(2, "r2", "b\n"), pending(3, "r1", "c\n")])
    assert git(folder, "rev-list", "--count", "main") == "2"
    assert written[0].commit == written[1].commit != written[2].commit
    assert archive.read("r1.cfg", written[0].commit) == "a\n"
    assert git(folder, "show", "-s", "--format=%s", written[0].commit) == "2 configurations, 2 of them first ones"
    assert archive.write([pending(1, "r1", "a\n"), pending(2, "r2", "b\n"), pending(3, "r1", "c\n")]) == written


def test_a_device_that_moves_leaves_its_old_file_in_the_same_commit(folder: Path) -> None:
    archive = Archive(folder, path_template="{zone}/{device}.cfg")
    archive.write([pending(1, "r1", "a\n", zone="north")])
    (moved,) = archive.write([pending(2, "r1", "a\n", zone="south")], previous_paths={("r1", ""): "north/r1.cfg"})
    assert git(folder, "ls-tree", "-r", "--name-only", moved.commit) == "south/r1.cfg"
    assert not (folder / "north").exists()


def test_devices_that_swap_their_files_lose_nothing(folder: Path) -> None:
    for mode in ("device", "run"):
        archive = Archive(folder, commit_mode=mode)
        archive.write([pending(1, "one", "1\n"), pending(2, "two", "2\n")])
        paths = {("two", ""): "one.cfg", ("one", ""): "two.cfg"}  # the names were exchanged
        archive.write([pending(3, "two", "1 now two\n"), pending(4, "one", "2 now one\n")], previous_paths=paths)
        assert (folder / "one.cfg").read_text() == "2 now one\n"
        assert (folder / "two.cfg").read_text() == "1 now two\n"


def test_a_file_that_another_device_has_taken_is_not_deleted(folder: Path) -> None:
    archive = Archive(folder)
    archive.write([pending(1, "r1", "old r1\n")])
    archive.write([pending(2, "r1", "new r1\n")])
    paths = {("r1-old", ""): "r1.cfg", ("r1", ""): "r1.cfg"}
    archive.write([pending(3, "r1-old", "old r1 changed\n")], previous_paths=paths)
    assert (folder / "r1.cfg").read_text() == "new r1\n"


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", ".git", "-rf", "a\nNetRaven-Snapshot: 99", "\u202e\x1b[2J", 'q"uo\\te', "x" * 250, "C:", "*"],
)
def test_a_hostile_name_stays_in_its_place(folder: Path, name: str) -> None:
    archive = Archive(folder)
    (written,) = archive.write([pending(1, name, "a\n")])
    assert commits_of_snapshots(folder) == {1: [written.commit]}
    assert archive.read(written.path, written.commit) == "a\n"
    assert [entry.name for entry in folder.iterdir() if entry.name != ".git"] == [written.path]
    assert archive.check() == []


def test_texts_are_kept_byte_for_byte(folder: Path) -> None:
    text = "".join(chr(code) for code in range(32, 0x2FF)) + "\t \nfrom :1\ndata 4\ndone\n\n  end  \n"
    archive = Archive(folder)
    (written,) = archive.write([pending(1, "r1", text)])
    assert archive.read("r1.cfg", written.commit) == text
    assert (folder / "r1.cfg").read_bytes() == text.encode()


@pytest.mark.parametrize("harm", ["deleted", "edited", "index", "index.lock", "main.lock", "branch", "in the way"])
def test_a_work_tree_that_was_harmed_is_mended_by_the_next_write(folder: Path, harm: str) -> None:
    archive = Archive(folder)
    archive.write([pending(1, "r1", "a\n"), pending(2, "r2", "b\n")])
    match harm:
        case "deleted":
            (folder / "r1.cfg").unlink()
        case "edited":
            (folder / "r1.cfg").write_text("x\n")
        case "index":
            (folder / ".git" / "index").write_text("garbage")
        case "branch":
            git(folder, "checkout", "-q", "-b", "other")
        case "in the way":
            (folder / "r3.cfg").write_text("untracked")
        case "index.lock":
            (folder / ".git" / "index.lock").touch()
        case _:
            (folder / ".git" / "refs" / "heads" / "main.lock").touch()
    assert bool(archive.check()) == (harm != "in the way")
    archive.write([pending(3, "r3", "c\n")])
    assert {name: (folder / name).read_text() for name in ("r1.cfg", "r2.cfg", "r3.cfg")} == {
        "r1.cfg": "a\n",
        "r2.cfg": "b\n",
        "r3.cfg": "c\n",
    }
    assert archive.check() == []


def test_a_commit_by_somebody_else_on_main_is_kept(folder: Path) -> None:
    archive = Archive(folder)
    (first,) = archive.write([pending(1, "r1", "a\n")])
    (folder / "README").write_text("hello\n")
    git(folder, "add", "README")
    git(folder, "commit", "-q", "-m", "A note\n\nNetRaven-Snapshot: x y\nNetRaven-Snapshot: 2")
    (second,) = archive.write([pending(2, "r1", "b\n")], first.commit)
    assert archive.read("r1.cfg", second.commit) == "b\n"
    assert (folder / "README").read_text() == "hello\n"


def test_a_commit_on_main_during_the_write_is_kept_too(folder: Path) -> None:
    class Interrupted:
        times = 0

        def __iter__(self) -> object:
            yield pending(1, "r1", "a\n")
            if not self.times:
                self.times = 1
                tree = git(folder, "mktree")
                git(folder, "update-ref", "refs/heads/main", git(folder, "commit-tree", "-m", "foreign", tree))
            yield pending(2, "r2", "b\n")

    Archive(folder).write(Interrupted())  # type: ignore[arg-type]  # an iterable by its __iter__
    assert git(folder, "log", "--format=%s", "main").splitlines() == [
        "r2: first configuration",
        "r1: first configuration",
        "foreign",
    ]
    assert Archive(folder).check() == []
