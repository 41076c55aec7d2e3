"""The checks of `netraven doctor` on this machine, its files and folders, one function each."""

from __future__ import annotations

import os
import platform
import shutil
import stat
import sys
from typing import TYPE_CHECKING, NamedTuple

from netraven_cli.errors import NetravenError
from netraven_cli.model import Finding, Health

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from netraven_cli.settings.keys import Settings

OLDEST_PYTHON = (3, 10)
SHOWN = 5  # names in one sentence


def machine_checks() -> Iterator[Finding]:
    """What can be said without settings."""
    yield _python()
    yield _sqlite()
    yield _git()


def place_checks(settings: Settings) -> Iterator[Finding]:
    """Files and folders, and the machine."""
    from netraven_cli.handlers.health import place_findings

    yield from (_closed(place) for place in closed_places(settings))
    yield _key(settings)
    yield from place_findings(settings)
    yield _archive(settings)


class Place(NamedTuple):
    """What is to be there, and closed to others."""

    check: str
    path: Path
    mode: int


def closed_places(settings: Settings) -> list[Place]:
    """The folders and files that are to be closed to others; the key refuses to work if it is not."""
    folders = (settings.data_dir, settings.logs_dir, settings.transcripts_dir, settings.runners_dir)
    places = [Place("folder", path, 0o700) for path in folders]
    if settings.sqlite_path and settings.sqlite_path.exists():
        places.append(Place("database file", settings.sqlite_path, 0o600))
    if settings.source:
        places.append(Place("settings file", settings.source, 0o600))
    return places


def _python() -> Finding:
    if sys.version_info >= OLDEST_PYTHON:
        return Finding("python", Health.OK, platform.python_version())
    return Finding("python", Health.FAIL, f"{platform.python_version()} is too old", "install Python 3.10 or newer")


def _sqlite() -> Finding:
    from netraven_cli.store.integrity import OLDEST_SQLITE, SQLITE

    version = ".".join(map(str, SQLITE))
    if SQLITE >= OLDEST_SQLITE:
        return Finding("sqlite", Health.OK, version)
    return Finding("sqlite", Health.FAIL, f"{version} is too old", "use a Python with SQLite 3.35 or newer")


def _git() -> Finding:
    path = shutil.which("git")
    if path:
        return Finding("git", Health.OK, path)
    return Finding("git", Health.FAIL, "there is no command git", "install the package git")


def _closed(place: Place) -> Finding:
    """Whether a file or folder belongs to us, and others are kept out."""
    check, path, mode = place
    try:
        found = path.stat()
    except OSError as error:
        return Finding(check, Health.FAIL, f"{path}: {error.strerror}", "netraven init")
    if found.st_uid != os.geteuid():
        detail = f"{path} belongs to user {found.st_uid}, you are user {os.geteuid()}"
        return Finding(check, Health.FAIL, detail, f"run netraven as its owner, or: chown {os.geteuid()} {path}")
    if stat.S_IMODE(found.st_mode) & ~mode & 0o077:
        detail = f"{path} has mode {stat.S_IMODE(found.st_mode):04o}, others can get in"
        return Finding(check, Health.WARN, detail, f"chmod {mode:o} {path}")
    return Finding(check, Health.OK, str(path))


def _key(settings: Settings) -> Finding:
    from netraven_cli.store.vault import Vault

    try:
        Vault(settings.vault_key_file)
    except NetravenError as error:
        return Finding("key of the vault", Health.FAIL, str(error), "see the sentence before")
    return Finding("key of the vault", Health.OK, str(settings.vault_key_file))


def _archive(settings: Settings) -> Finding:
    from netraven_cli.snapshot.archive import Archive

    try:
        found = Archive(settings.archive_dir).check()
    except NetravenError as error:
        found = [str(error)]
    if found:
        return Finding("archive", Health.FAIL, "; ".join(found[:SHOWN]), "as said there, else: netraven run backup")
    return Finding("archive", Health.OK, str(settings.archive_dir))
