"""A backup of the database while it is in use: one file, whole or not at all."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from netraven_cli.errors import CreateError, NetravenError, StorageError, UnavailableError
from netraven_cli.settings import environment
from netraven_cli.store.faults import DAMAGED, error_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from netraven_cli.store.database import Database

INSTEAD = "or copy into a file: netraven database copy sqlite:////path/backup.db"


def back_up(database: Database, file: Path) -> int:
    """Write a backup, for its owner alone; returns its size in bytes.

    Raises:
        CreateError: the file is there already, or cannot be written.
        StorageError: the database is damaged; a backup of it would be none.
        UnavailableError: pg_dump is missing, or too old for its server.
    """
    write: Callable[[Database, Path], None] = _dump if database.is_postgres else _copy
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryDirectory(dir=file.parent, prefix=".backup-") as folder:  # mode 0700
            fresh = Path(folder) / "fresh"
            fresh.touch(mode=0o600)
            write(database, fresh)
            _sync(fresh)
            _name(fresh, file)
        _sync(file.parent)
        return file.stat().st_size
    except OSError as error:
        raise CreateError(f"the backup {file} cannot be written: {error.strerror}") from None


def _name(fresh: Path, file: Path) -> None:
    try:
        os.link(fresh, file)  # in contrast to a rename, this fails if the name is taken
    except FileExistsError:
        raise CreateError(f"{file} is there already; name another file") from None
    except OSError:  # a file system without links
        fresh.rename(file)


def _copy(database: Database, fresh: Path) -> None:
    """By SQLite's own backup: https://sqlite.org/backup.html; it sees one moment, and keeps no writer waiting."""
    with database.read() as connection, closing(sqlite3.connect(fresh, isolation_level=None)) as target:
        try:
            connection.connection.driver_connection.backup(target)  # type: ignore[union-attr]  # it is open
            target.execute("PRAGMA journal_mode=DELETE")  # one file, without one beside it
            found = target.execute("PRAGMA integrity_check").fetchone()[0]
        except sqlite3.Error as error:
            raise _fault(error, database) from error
    if found != "ok":
        raise _damaged(database)


def _fault(error: sqlite3.Error, database: Database) -> NetravenError:
    damage = error_of(error, database.place)
    return damage if DAMAGED.sentence in str(damage) else CreateError(f"the backup cannot be written: {error}")


def _damaged(database: Database) -> StorageError:
    return StorageError(f"the database {database.place} {DAMAGED.sentence}; no backup was written")


def _dump(database: Database, fresh: Path) -> None:
    """By pg_dump, which finds the password in a file: https://www.postgresql.org/docs/current/libpq-pgservice.html."""
    program = shutil.which("pg_dump")
    if program is None:
        raise UnavailableError(f"there is no pg_dump; install the client programs of PostgreSQL, {INSTEAD}")
    service = fresh.with_name("service")
    service.touch(mode=0o600)
    service.write_text("".join(["[netraven]\n", *(f"{key}={value}\n" for key, value in database.login.items())]))
    places = {"PGSERVICEFILE": str(service), "PGSERVICE": "netraven", "LC_ALL": "C"}
    done = subprocess.run(
        [program, "--no-password", "--format=custom", f"--file={fresh}"],
        env={**environment(), **places}, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = " ".join(done.stderr.split())
    if "server version mismatch" in said:
        raise UnavailableError(f"pg_dump is older than its server; install that of the server, {INSTEAD} ({said})")
    if done.returncode:
        raise StorageError(f"pg_dump failed, and no backup was written: {said}")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
