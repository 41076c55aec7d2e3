"""Is an archive sound? For `netraven doctor`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from netraven_cli.errors import NetravenError
from netraven_cli.snapshot import archive_lock, archive_mend
from netraven_cli.snapshot.archive_git import MAIN, Git

if TYPE_CHECKING:
    from pathlib import Path


def problems(folder: Path) -> list[str]:
    """What is wrong with an archive and what to do about it, a sentence each; changes nothing."""
    git = Git(folder)
    try:
        damage = _objects(git)
        return [*_folder(folder), *(damage or [*_branch(git), *_leftovers(folder), *_work_tree(git)])]
    except NetravenError as error:
        return [str(error)]


def foreign_owner(folder: Path) -> str | None:
    """Why an archive that belongs to another user is refused, as git refuses it (safe.directory, git-config(1))."""
    if not folder.exists():
        return None
    owner, me = folder.stat().st_uid, os.geteuid()
    if owner == me:
        return None
    return (
        f"the archive {folder} belongs to user id {owner}, NetRaven runs as {me}: what it wrote would be closed to the "
        f"owner; run it as that user (in a container: --user {owner}), or give it the folder: chown -R {me} {folder}"
    )


def _folder(folder: Path) -> list[str]:
    mode = folder.stat().st_mode & 0o777
    return [f"the archive {folder} is open to others (mode {mode:o}): chmod 700 {folder}"] if mode & 0o077 else []


def _objects(git: Git) -> list[str]:
    damage = archive_mend.damage(git)
    advice = "netraven doctor --fix makes it again"
    return [f"git fsck finds damage in {git.folder}: {damage}; {advice}"] if damage else []


def _branch(git: Git) -> list[str]:
    branch = git.line("symbolic-ref", "--quiet", "HEAD", accepted=(0, 1)) or "no branch"
    if branch == MAIN:
        return []
    return [f"the work tree of {git.folder} shows {branch} instead of main; the next backup puts it back"]


def _work_tree(git: Git) -> list[str]:
    if git.head() is None:
        return []
    answer = git.run("diff-index", "--name-only", "-z", MAIN).decode(errors="replace")
    files = [name for name in answer.split("\0") if name]
    if not files:
        return []
    return [f"{len(files)} files in {git.folder} differ from main, {files[0]} first; the next backup mends them"]


def _leftovers(folder: Path) -> list[str]:
    if archive_lock.is_locked(folder):
        return []
    return [f"a killed git left {path}; the next backup removes it" for path in archive_lock.leftovers(folder)]
