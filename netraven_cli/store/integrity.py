"""Whether the database itself is sound."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import sqlalchemy as sa

from netraven_cli.store.tables import metadata

if TYPE_CHECKING:
    from sqlalchemy import Connection

SQLITE = sqlite3.sqlite_version_info
OLDEST_SQLITE = (3, 35, 0)  # the first with RETURNING: https://sqlite.org/lang_returning.html


def problems(connection: Connection) -> list[str]:
    """What is wrong with the database, a sentence each.

    SQLite checks its file from end to end (https://sqlite.org/pragma.html#pragma_integrity_check); PostgreSQL has
    checks of its own, so that here only the presence of all tables is looked at.
    """
    if connection.dialect.name == "sqlite":
        found = [line for row in connection.execute(sa.text("PRAGMA integrity_check")) for line in row[0].splitlines()]
        broken = [f"the file is damaged: {line}" for line in found if line != "ok"]
        orphans = connection.execute(sa.text("PRAGMA foreign_key_check")).all()
        broken += [f"table {row[0]}, row {row[1]}: refers to a row of {row[2]} that is not there" for row in orphans]
    else:
        broken = []
    there = set(sa.inspect(connection).get_table_names())
    return broken + [f"the table {name} is missing" for name in sorted(set(metadata.tables) - there)]
