"""Is a backup of the database one that can be put back? It is opened and read from end to end."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import quote

from netraven_cli.errors import UnavailableError
from netraven_cli.store.database import SCHEMA
from netraven_cli.store.tables import metadata

if TYPE_CHECKING:
    from pathlib import Path


def faults(file: Path) -> list[str]:
    """What is wrong with a backup, a sentence each.

    Raises:
        UnavailableError: a dump of PostgreSQL, and there is no pg_restore to read it with.
    """
    return _of_dump(file) if file.suffix == ".dump" else _of_file(file)


def _of_file(file: Path) -> list[str]:
    # immutable: opened without a file beside it, https://sqlite.org/uri.html
    place = f"file:{quote(str(file))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(place, uri=True)) as connection:
            said = [row[0] for row in connection.execute("PRAGMA integrity_check(5)")]
            schema = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            there = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error as error:
        return [f"{file} cannot be read: {error}"]
    damage = [f"{file} is damaged: {line}" for line in said if line != "ok"]
    if schema != (SCHEMA,):
        damage.append(f"{file} has schema {schema and schema[0]}, not {SCHEMA}")
    return damage + _missing(file, there)


def _of_dump(file: Path) -> list[str]:
    program = shutil.which("pg_restore")
    if program is None:
        raise UnavailableError("there is no pg_restore; install the client programs of PostgreSQL")
    listed = _run(program, "--list", str(file))
    whole = _run(program, "--file=/dev/null", str(file))  # every row is unpacked, and goes nowhere
    wrong = [one for one in (listed, whole) if one.returncode]
    if wrong:
        return [f"{file} cannot be read: {' '.join(wrong[0].stderr.split())}"]
    there = {line.split()[-2] for line in listed.stdout.splitlines() if " TABLE DATA " in line}
    return _missing(file, there)


def _missing(file: Path, there: set[str]) -> list[str]:
    return [f"{file} lacks the table {name}" for name in sorted(set(metadata.tables) - there)]


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
