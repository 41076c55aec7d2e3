"""What the archive has already: which snapshot came with which commit, read from the trailers of the commits."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from netraven_cli.snapshot.archive_git import MAIN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from netraven_cli.snapshot.archive_git import Git

TRAILER = "NetRaven-Snapshot"
RESTORED = "NetRaven-Restored"  # of a commit that puts files right which others changed
REMOVED = "NetRaven-Removed"  # of a commit by which the files of removed devices are gone
_COMMIT = re.compile(r"[0-9a-f]{40}")
_LOG_LIMIT_SECONDS = 1800.0  # the whole history of years, where the records are of another repository
_FORMAT = f"%H %ct %(trailers:key={TRAILER},valueonly,separator=%x20)"


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit on main, and when its configurations were captured."""

    id: str
    at: datetime


def is_commit_id(text: str) -> bool:
    """True if the text has the form of a commit's full name, so that git can take it for nothing else."""
    return bool(_COMMIT.fullmatch(text))


def commit_at(git: Git, commit: str) -> Commit:
    """The commit with its time."""
    return Commit(commit, _time(git.line("show", "--no-patch", "--format=%ct", commit)))


def _time(seconds: str) -> datetime:
    return datetime.fromtimestamp(int(seconds), tz=timezone.utc)


def recorded(git: Git, head: str, since: str | None) -> dict[int, list[Commit]]:
    """The commits of each snapshot, newest first: those after `since`, or all if main never was there."""
    found: dict[int, list[Commit]] = {}
    for line in _log(git, head, since).splitlines():
        commit, seconds, *snapshots = line.split()
        for snapshot in snapshots:
            if snapshot.isdecimal():
                found.setdefault(int(snapshot), []).append(Commit(commit, _time(seconds)))
    return found


def _log(git: Git, head: str, since: str | None) -> str:
    after = [f"^{since}"] if since and is_on_main(git, since) else []
    log = git.run("log", f"--format={_FORMAT}", head, *after, "--", limit_seconds=_LOG_LIMIT_SECONDS)
    return log.decode(errors="replace")


def is_commit(git: Git, commit: str) -> bool:
    """True if the repository has this commit."""
    if not is_commit_id(commit):
        return False
    found = git.line("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}", accepted=(0, 1, 128))
    return bool(found)


def is_ancestor(git: Git, commit: str, other: str) -> bool:
    """True if `other` is that commit or came after it."""
    return git.line("merge-base", commit, other, accepted=(0, 1)) == commit


def is_on_main(git: Git, commit: str) -> bool:
    """False too if there is no such commit: the repository was made anew."""
    return is_commit(git, commit) and is_ancestor(git, commit, MAIN)


def foreign(git: Git, since: str) -> set[str]:
    """The files that others may have changed since a commit: all if main has lost it, none if all commits are ours."""
    if not is_on_main(git, since):
        return set(tree(git, MAIN))
    ours = "%H " + "".join(f"%(trailers:key={key},valueonly)" for key in (TRAILER, RESTORED, REMOVED))
    log = git.run("log", "-z", f"--format={ours}", MAIN, f"^{since}", "--", limit_seconds=_LOG_LIMIT_SECONDS)
    if all(len(entry.split()) > 1 for entry in log.split(b"\0") if entry):
        return set()
    names = git.run("diff-tree", "-r", "-z", "--name-only", since, MAIN).decode(errors="surrogateescape")
    return {name for name in names.split("\0") if name}


def blob_of(text: bytes) -> str:
    """The name git gives to this text."""
    return hashlib.sha1(b"blob %d\0" % len(text) + text, usedforsecurity=False).hexdigest()


def changed_files(git: Git, commits: Collection[str]) -> dict[str, dict[str, str]]:
    """For each commit the files it wrote: path -> blob.

    A snapshot counts as recorded only with its text: numbers begin again if the database is made anew, texts do not.
    """
    if not commits:
        return {}
    given = "".join(f"{commit}\n" for commit in commits).encode()
    answer = git.run("diff-tree", "--stdin", "-r", "-z", "--root", "--no-renames", "--no-abbrev", given=given)
    files: dict[str, dict[str, str]] = {}
    parts = iter(answer.decode(errors="surrogateescape").split("\0"))
    commit = ""
    for part in parts:  # "COMMIT\n" opens a commit, then come ":MODE MODE BLOB BLOB STATUS", PATH
        if part.startswith(":"):
            files.setdefault(commit, {})[next(parts)] = part.split(" ")[3]
        elif part:
            commit = part.strip()
    return files


def tree(git: Git, commit: str | None) -> dict[str, str]:
    """The files of a commit: path -> blob."""
    if commit is None:
        return {}
    listing = git.run("ls-tree", "-r", "-z", "--full-tree", commit).decode(errors="surrogateescape")
    entries = (entry.partition("\t") for entry in listing.split("\0") if entry)
    return {path: about.split(" ")[2] for about, _tab, path in entries}


def objects(git: Git, names: Sequence[str]) -> Iterator[bytes]:
    """The contents of objects, in this order."""
    answer = git.run("cat-file", "--batch", given="".join(f"{name}\n" for name in names).encode())
    at = 0
    for _name in names:  # a line "NAME TYPE SIZE", the content, and an LF
        end = answer.index(b"\n", at)
        size = int(answer[at:end].rsplit(b" ", 1)[1])
        yield answer[end + 1 : end + 1 + size]
        at = end + size + 2
