"""The checks of `netraven doctor`, one function each."""

from __future__ import annotations

import os
import platform
import shutil
import stat
import sys
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from netraven_cli.errors import NetravenError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from netraven_cli.settings.keys import Settings
    from netraven_cli.store.database import Database

OLDEST_PYTHON = (3, 10)
MEBIBYTE = 1 << 20
SCARCE_BYTES, TOO_SCARCE_BYTES = 1024 * MEBIBYTE, 100 * MEBIBYTE
SHOWN = 5  # names in one sentence


class Health(str, Enum):
    """What a check found."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, and what to do about it."""

    check: str
    health: Health
    detail: str
    fix: str = ""


def machine_checks() -> Iterator[Finding]:
    """What can be said without settings."""
    yield _python()
    yield _sqlite()
    yield _git()


def place_checks(settings: Settings) -> Iterator[Finding]:
    """Files and folders."""
    folders = (settings.logs_dir, settings.transcripts_dir, settings.runners_dir)
    yield from (_closed("folder", path, 0o700) for path in (settings.data_dir, *folders))
    if settings.sqlite_path and settings.sqlite_path.exists():
        yield _closed("database file", settings.sqlite_path, 0o600)
    if settings.source:
        yield _closed("settings file", settings.source, 0o600)
    yield _key(settings)
    yield _disk(settings)
    yield _archive(settings)


def record_checks(settings: Settings, database: Database) -> Iterator[Finding]:
    """What the database has."""
    database.check_schema()
    with database.read() as connection:
        yield _database(connection)
        yield _guarded("credentials", lambda: _credentials(settings, connection))
        yield _guarded("platforms", lambda: _platforms(settings, connection))
        yield _logins(connection)
        yield _runners(connection)


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


def _closed(check: str, path: Path, mode: int) -> Finding:
    """Whether a file or folder belongs to us, and others are kept out."""
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


def _disk(settings: Settings) -> Finding:
    try:
        free = shutil.disk_usage(settings.data_dir).free
    except OSError as error:
        return Finding("disk", Health.FAIL, f"{settings.data_dir}: {error.strerror}", "netraven init")
    detail = f"{free // MEBIBYTE} MiB free for {settings.data_dir}"
    if free < SCARCE_BYTES:
        health = Health.FAIL if free < TOO_SCARCE_BYTES else Health.WARN
        return Finding("disk", health, detail, "make room, or give data_dir another place")
    return Finding("disk", Health.OK, detail)


def _archive(settings: Settings) -> Finding:
    from netraven_cli.snapshot.archive import Archive

    try:
        found = Archive(settings.archive_dir).check()
    except NetravenError as error:
        found = [str(error)]
    if found:
        return Finding("archive", Health.FAIL, "; ".join(found[:SHOWN]), f"git -C {settings.archive_dir} fsck")
    return Finding("archive", Health.OK, str(settings.archive_dir))


def _guarded(check: str, look: Callable[[], Finding]) -> Finding:
    """A check that cannot be made is a finding too, and the ones after it are made all the same."""
    try:
        return look()
    except NetravenError as error:
        return Finding(check, Health.FAIL, str(error), "see the sentence before")


def _database(connection: Connection) -> Finding:
    from netraven_cli.store.integrity import problems

    found = problems(connection)
    if found:
        return Finding("database", Health.FAIL, "; ".join(found[:SHOWN]), "restore it from a backup")
    return Finding("database", Health.OK, f"{connection.dialect.name}: schema and content are sound")


def _credentials(settings: Settings, connection: Connection) -> Finding:
    from netraven_cli.store.credentials import sealed_otherwise
    from netraven_cli.store.vault import Vault

    sealed = sealed_otherwise(connection, Vault(settings.vault_key_file))
    if sealed:
        detail = f"no key opens the secrets of {_some(sealed)}"
        return Finding("credentials", Health.FAIL, detail, f"put the right {settings.vault_key_file} back")
    return Finding("credentials", Health.OK, "all secrets can be opened")


def _platforms(settings: Settings, connection: Connection) -> Finding:
    from netraven_cli.device.platforms import load_platforms
    from netraven_cli.model import Selector
    from netraven_cli.store.inventory import find

    known = load_platforms(settings.platforms_file)
    unknown = sorted({one.platform for one in find(connection, Selector()) if one.platform not in known})
    if unknown:
        detail = f"there are devices of {_some(unknown)}, but no commands for it"
        return Finding(
            "platforms", Health.FAIL, detail, "netraven device edit DEVICE --platform P, or a platforms_file"
        )
    return Finding("platforms", Health.OK, f"commands for {len(known)} platforms")


def _logins(connection: Connection) -> Finding:
    from netraven_cli.model import Selector
    from netraven_cli.store.credentials import fitting, list_credentials
    from netraven_cli.store.inventory import find

    known = list_credentials(connection)
    without = [one.name for one in find(connection, Selector()) if not fitting(known, one)]
    if without:
        detail = f"no credential fits {_some(without)}"
        return Finding(
            "logins", Health.WARN, detail, "netraven credential add NAME --username U --password-from prompt"
        )
    return Finding("logins", Health.OK, "every enabled device has a credential")


def _runners(connection: Connection) -> Finding:
    from netraven_cli.app import now
    from netraven_cli.store.runners import clock, list_runners

    moment = clock(connection, now())
    found = list_runners(connection)
    stale = [f"{one.host} pid {one.pid}" for one in found if one.lease_until < moment]
    if stale:
        detail = f"no sign of life from {_some(stale)}"
        return Finding("runners", Health.WARN, detail, "netraven run --due puts their jobs back")
    return Finding("runners", Health.OK, f"{len(found)} at work")


def _some(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
