"""Read the archive through GitPython: a file at a commit, who brought its lines, and the difference between two."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory, TemporaryFile
from typing import TYPE_CHECKING

from netraven_cli.errors import NoInputError, StorageError
from netraven_cli.snapshot.archive_git import environment
from netraven_cli.snapshot.archive_record import is_commit_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from git import Git

_LIMIT_SECONDS = 300.0
_PART = 500  # commits that one git counts the lines of
_READERS = 4  # of these at once
_PLAIN = ("--histogram", "--no-color", "--no-ext-diff", "--no-textconv", "--text")
# GitPython lays our environment over the caller's: what of theirs could lead git elsewhere is emptied by name.
_EMPTIED = {
    "GIT_ALTERNATE_OBJECT_DIRECTORIES": "",
    "GIT_CONFIG_COUNT": "0",
    "GIT_CONFIG_PARAMETERS": "",
    "GIT_DIFF_OPTS": "",
    "GIT_NAMESPACE": "",
    "GIT_TRACE": "0",
}


@contextmanager
def _reader(folder: Path) -> Iterator[Git]:
    from git import Git  # noqa: PLC0415 - heavy, and needed by no backup
    from git.exc import GitError  # noqa: PLC0415

    reader = Git(str(folder))  # not Repo, which takes GIT_COMMON_DIR and GIT_WORK_TREE from the caller's environment
    own = {"GIT_COMMON_DIR": "", "GIT_OBJECT_DIRECTORY": "/objects", "GIT_INDEX_FILE": "/index"}
    places = {name: f"{folder}/.git{place}" for name, place in own.items()}
    try:
        reader.update_environment(**environment(folder), **_EMPTIED, **places)
        yield reader
    except (GitError, OSError) as error:
        reason = " ".join(str(error).split())[:500]
        raise StorageError(f"the archive {folder} cannot be read: {reason}; see: netraven doctor") from None


def read(folder: Path, path: str, commit: str) -> str:
    """The text of a file at a commit.

    Raises:
        NoInputError: there is no such file or commit.
    """
    with _reader(folder) as git:
        content: bytes = git.cat_file(
            "blob",
            _place(git, folder, path, commit),
            stdout_as_string=False,
            strip_newline_in_stdout=False,
            kill_after_timeout=_LIMIT_SECONDS,
        )
    return content.decode(errors="replace")


def _place(git: Git, folder: Path, path: str, commit: str) -> str:
    """COMMIT:PATH, which git can take for nothing else."""
    there = is_commit_id(commit) and git.ls_tree("--full-tree", commit, "--", path, with_exceptions=False)
    if not there:
        raise NoInputError(f"the archive {folder} has no file {path!r} at a commit {commit!r}")
    return f"{commit}:{path}"


def line_counts(folder: Path, commits: Iterable[str]) -> dict[tuple[str, str], tuple[int, int]]:
    """The lines that each of these commits added to and removed from each file: (commit, path) -> (added, removed)."""
    # As they are given, newest first: neighbours share most of their trees, which git then has at hand.
    wanted = [commit for commit in dict.fromkeys(commits) if is_commit_id(commit)]
    parts = [wanted[start : start + _PART] for start in range(0, len(wanted), _PART)]
    if len(parts) < 2:
        return _counted(folder, wanted)
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - only for many

    found: dict[tuple[str, str], tuple[int, int]] = {}
    with ThreadPoolExecutor(_READERS) as pool:
        for counts in pool.map(partial(_counted, folder), parts):
            found.update(counts)
    return found


def _counted(folder: Path, commits: Sequence[str]) -> dict[tuple[str, str], tuple[int, int]]:
    if not commits:
        return {}
    with _reader(folder) as git, TemporaryFile() as given:
        given.writelines(f"{commit}\n".encode() for commit in commits)
        given.seek(0)
        answer: str = git.log(
            "--no-walk=unsorted", "--stdin", "--format=%x01%H", "--numstat", "--no-renames", "-z", istream=given,
            kill_after_timeout=_LIMIT_SECONDS,
        )  # fmt: skip
    return dict(count for entry in answer.split("\x01")[1:] for count in _counts(entry))


def _counts(entry: str) -> Iterator[tuple[tuple[str, str], tuple[int, int]]]:
    """What `--numstat -z` prints of a commit: its name, then ADDED, REMOVED and PATH of each file."""
    commit, *rows = entry.split("\0")
    for row in rows:
        added, _tab, rest = row.strip("\n").partition("\t")
        removed, _tab, path = rest.partition("\t")
        if path:
            yield (commit.strip(), path), (_number(added), _number(removed))


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0  # "-" where git takes the file for a binary one


@dataclass(frozen=True, slots=True, kw_only=True)
class BlamedLine:
    """A line of a file, and the commit that brought it."""

    number: int
    commit: str
    committed_at: datetime
    text: str


def blame(folder: Path, path: str, commit: str, lineage: Sequence[str]) -> list[BlamedLine]:
    """Each line of a file at a commit with the commit of its lineage that brought it.

    Args:
        folder: the archive.
        path: the file.
        commit: where it is read.
        lineage: the commits that changed this file, newest first: git walks no other, however many devices there are.

    Raises:
        NoInputError: there is no such file or commit.
    """
    with _reader(folder) as git:
        _place(git, folder, path, commit)
        with NamedTemporaryFile("w", prefix="netraven-") as ancestry:
            ancestry.writelines(
                f"{' '.join(pair)}\n" for pair in itertools.zip_longest(lineage, lineage[1:], fillvalue="")
            )
            ancestry.flush()
            answer: bytes = git.blame(
                "--line-porcelain", "-S", ancestry.name, commit, "--", path, stdout_as_string=False,
                strip_newline_in_stdout=False, kill_after_timeout=_LIMIT_SECONDS,
            )  # fmt: skip
    return list(_blamed(answer.decode(errors="replace").split("\n")))


def _blamed(lines: Iterable[str]) -> Iterator[BlamedLine]:
    """git-blame(1), the porcelain format: COMMIT OLD NEW [COUNT], headers, and the line itself after a tab."""
    number, commit, seconds = 0, "", 0
    for line in lines:
        word, _space, rest = line.partition(" ")
        if line.startswith("\t"):
            at = datetime.fromtimestamp(seconds, tz=timezone.utc)
            yield BlamedLine(number=number, commit=commit, committed_at=at, text=line[1:])
        elif is_commit_id(word):
            commit, number = word, int(rest.split()[1])
        elif word == "committer-time":
            seconds = int(rest)


def diff(folder: Path, old: tuple[str, str], new: tuple[str, str], *options: str) -> str:
    """The difference between two files, each given as path and commit; empty if they are equal."""
    with _reader(folder) as git:
        places = [_place(git, folder, path, commit) for path, commit in (old, new)]
        answer: str = git.diff(
            *_PLAIN,
            *options,
            *places,
            strip_newline_in_stdout=False,
            kill_after_timeout=_LIMIT_SECONDS,
        )
    return answer


def diff_texts(old: tuple[str, str], new: tuple[str, str], *options: str) -> str:
    """The difference between two texts that need not be in the archive, each given as name and text."""
    with TemporaryDirectory(prefix="netraven-") as folder:  # of mode 0700
        for name, text in (old, new):
            place = Path(folder) / name
            place.touch(mode=0o600)
            place.write_text(text, encoding="utf-8", errors="surrogateescape", newline="")
        with _reader(Path(folder)) as git:
            status, answer, error = git.diff(
                "--no-index",
                *_PLAIN,
                *options,
                old[0],
                new[0],
                strip_newline_in_stdout=False,
                kill_after_timeout=_LIMIT_SECONDS,
                with_extended_output=True,
                with_exceptions=False,
            )
    if status not in (0, 1):  # as diff(1): 1 if there are differences
        raise StorageError(f"git cannot compare two texts: {' '.join(error.split())[:500]}")
    return str(answer)
