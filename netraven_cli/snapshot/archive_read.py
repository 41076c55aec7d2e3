"""Read the archive through GitPython: a file at a commit, its history, and the difference between two of them."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from netraven_cli.errors import NoInputError, StorageError
from netraven_cli.snapshot.archive_git import MAIN, environment
from netraven_cli.snapshot.archive_record import is_commit_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from git import Git

_LIMIT_SECONDS = 300.0
# GitPython lays our environment over the caller's: what of theirs could lead git elsewhere is emptied by name.
_EMPTIED = {
    "GIT_ALTERNATE_OBJECT_DIRECTORIES": "",
    "GIT_CONFIG_COUNT": "0",
    "GIT_CONFIG_PARAMETERS": "",
    "GIT_DIFF_OPTS": "",
    "GIT_NAMESPACE": "",
    "GIT_TRACE": "0",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One version of a file."""

    commit: str
    committed_at: datetime
    subject: str
    added_lines: int
    removed_lines: int


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


def log(folder: Path, path: str) -> list[Revision]:
    """The versions of a file on main, newest first; none if it was never there."""
    with _reader(folder) as git:
        if not git.for_each_ref("--count=1", MAIN):
            return []
        answer: str = git.log(
            "--format=%x01%H %ct %s", "--numstat", "--no-renames", MAIN, "--", path, kill_after_timeout=_LIMIT_SECONDS
        )
    return [_revision(entry) for entry in answer.split("\x01")[1:]]


def _revision(entry: str) -> Revision:
    about, _newline, counts = entry.partition("\n")
    commit, seconds, subject = about.split(" ", 2)
    added, removed = [*counts.split(), "0", "0"][:2]
    return Revision(
        commit=commit,
        committed_at=datetime.fromtimestamp(int(seconds), tz=timezone.utc),
        subject=subject,
        added_lines=int(added) if added.isdecimal() else 0,  # "-" where git takes the file for a binary one
        removed_lines=int(removed) if removed.isdecimal() else 0,
    )


def diff(folder: Path, old: tuple[str, str], new: tuple[str, str]) -> str:
    """The unified difference between two files, each given as path and commit; empty if they are equal."""
    with _reader(folder) as git:
        places = [_place(git, folder, path, commit) for path, commit in (old, new)]
        answer: str = git.diff(
            "--histogram",
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            "--text",
            *places,
            strip_newline_in_stdout=False,
            kill_after_timeout=_LIMIT_SECONDS,
        )
    return answer
