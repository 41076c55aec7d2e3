"""Make the repository of an archive, also in the place of one that is damaged."""

from __future__ import annotations

import uuid
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from netraven_cli.errors import CreateError
from netraven_cli.snapshot import archive_check
from netraven_cli.snapshot.archive_git import Git
from netraven_cli.snapshot.archive_lock import locked

if TYPE_CHECKING:
    from pathlib import Path

ASIDE = ".git-damaged-"
_OWN_FILES = {"netraven.lock", "config", "config.lock"}  # what a killed `create` may have left of .git
_CONFIGURATION = {  # for whoever works in the repository by hand, or maintains it
    "core.bare": "false",
    "core.autocrlf": "false",
    "core.fsync": "all",
    "fastimport.unpackLimit": "1",
    "gc.auto": "0",
    "maintenance.auto": "false",
}


def create(path: Path, *, is_ours: bool) -> str:
    """See Archive.create."""
    try:
        if not is_ours:
            _refuse_foreign(path)
        elif (path / ".git").exists() and not identity(Git(path)):
            set_aside(path)
        (path / ".git").mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
        with locked(path, wait_seconds=60) as descriptor:
            return _initialize(Git(path, (descriptor,)))
    except OSError as error:
        raise CreateError(
            f"the archive {path} cannot be made: {error.strerror}; see its folder's owner and free space"
        ) from None


def set_aside(folder: Path) -> Path:
    """Rename .git, so that a new one can be made and nothing of the old one is lost; returns its new place.

    Raises:
        CreateError: the folder cannot be written.
    """
    aside = folder / f"{ASIDE}{datetime.now(timezone.utc):%Y%m%dT%H%M%S.%f}"
    try:
        (folder / ".git").rename(aside)
    except OSError as error:
        raise CreateError(f"{folder}/.git cannot be put aside: {error.strerror}; see its owner and mount") from None
    return aside


def _refuse_foreign(path: Path) -> None:
    foreign = archive_check.foreign_owner(path)
    if foreign:
        raise CreateError(foreign)
    if not _is_free(path) and not identity(Git(path)):
        raise CreateError(f"{path} is not empty and no archive of NetRaven: choose another data_dir, or move it away")


def _is_free(path: Path) -> bool:
    """True if there is nothing in the folder but what a killed `create` may have left."""
    if not path.exists():
        return True
    if not path.is_dir() or {entry.name for entry in path.iterdir()} - {".git"}:
        return False
    git_dir = path / ".git"
    return not git_dir.exists() or (git_dir.is_dir() and {entry.name for entry in git_dir.iterdir()} <= _OWN_FILES)


def identity(git: Git) -> str | None:
    """What tells an archive from others; None if there is none of ours."""
    config = git.folder / ".git" / "config"
    if not config.is_file():
        return None
    return git.line("config", "--file", str(config), "--get", "netraven.archive", accepted=(0, 1)) or None


def _initialize(git: Git) -> str:
    """The id comes first: it tells the next `create` that a half-made repository is ours."""
    config = ("config", "--file", str(git.folder / ".git" / "config"))
    (git.folder / ".git" / "config.lock").unlink(missing_ok=True)
    if not identity(git):
        git.run(*config, "netraven.archive", str(uuid.uuid4()))
    git.run("-c", "init.defaultBranch=main", "init", "--quiet", "--template=")
    for key, value in _CONFIGURATION.items():
        git.run(*config, key, value)
    info = git.folder / ".git" / "info"
    info.mkdir(mode=0o700, exist_ok=True)
    (info / "exclude").write_text(f"/{ASIDE}*\n")  # what was put aside is no news in `git status`
    return identity(git) or ""
