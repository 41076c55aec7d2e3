from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netraven_cli.errors import NoInputError
from netraven_cli.snapshot.archive import Archive
from tests.snapshot.archives import pending

if TYPE_CHECKING:
    from pathlib import Path

ODD = 'core/1 ü \t\n"x"'  # a name that git would quote in what it prints


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    Archive.create(tmp_path / "archive")
    return Archive(tmp_path / "archive")


@pytest.mark.parametrize("mode", ["device", "run"])
def test_the_lines_that_a_commit_added_and_removed_are_counted_for_each_file(archive: Archive, mode: str) -> None:
    texts = [pending(1, "r1", "a\nb\n"), pending(2, ODD, "x\n")]
    writer = Archive(archive.path, commit_mode="run" if mode == "run" else "device")
    first = writer.write(texts)
    paths = {("r1", ""): "r1.cfg", (ODD, ""): first[1].path}
    second = writer.write([pending(3, "r1", "a\nc\nd\n")], first[-1].commit, paths)
    counts = archive.line_counts(written.commit for written in first + second)
    assert counts == {
        (first[0].commit, "r1.cfg"): (2, 0),
        (first[1].commit, first[1].path): (1, 0),
        (second[0].commit, "r1.cfg"): (2, 1),
    }
    assert archive.line_counts([]) == {}


def test_each_line_is_blamed_on_the_commit_that_brought_it(archive: Archive) -> None:
    first, second = archive.write([pending(1, "r1", "a\nb\n"), pending(2, "r1", "a\n\tc\n\nb\n")])
    lines = archive.blame("r1.cfg", second.commit, [second.commit, first.commit])
    assert [line.text for line in lines] == ["a", "\tc", "", "b"]
    assert [line.number for line in lines] == [1, 2, 3, 4]
    assert [line.commit for line in lines] == [first.commit, second.commit, second.commit, first.commit]
    assert lines[1].committed_at == second.committed_at
    assert [line.commit for line in archive.blame("r1.cfg", first.commit, [first.commit])] == [first.commit] * 2


def test_a_difference_is_unified_or_word_by_word(archive: Archive) -> None:
    one, two = archive.write([pending(1, "r1", "ip mtu 1500\n"), pending(2, "r1", "ip mtu 9000\n")])
    old, new = ("r1.cfg", one.commit), ("r1.cfg", two.commit)
    assert archive.diff(old, new).endswith("@@ -1 +1 @@\n-ip mtu 1500\n+ip mtu 9000\n")
    assert archive.diff(old, new, words=True).endswith("ip mtu [-1500-]{+9000+}\n")
    assert archive.diff(new, new) == ""


@pytest.mark.parametrize("commit", ["f" * 40, "main", "--output=/nowhere/x", ""])
def test_what_is_not_in_the_archive_is_said_to_be_missing(archive: Archive, commit: str) -> None:
    (written,) = archive.write([pending(1, "empty", "")])
    assert archive.read("empty.cfg", written.commit) == ""
    for path, at in (("empty.cfg", commit), ("missing.cfg", written.commit)):
        with pytest.raises(NoInputError):
            archive.read(path, at)
        with pytest.raises(NoInputError):
            archive.blame(path, at, [])
        with pytest.raises(NoInputError):
            archive.diff(("empty.cfg", written.commit), (path, at))
