"""The database kept in order: statistics, space given back, the write-ahead log; each step a moment long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, text

from netraven_cli.store.tables import metadata

if TYPE_CHECKING:
    import sqlite3

    from sqlalchemy import Connection

ANALYSIS_LIMIT = 1000  # rows of each index: https://sqlite.org/pragma.html#pragma_optimize
DEAD_ROWS, DEAD_SHARE = 10_000, 0.2  # a table of PostgreSQL with more of both is vacuumed


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """How much of a SQLite file is in use."""

    size_bytes: int
    free_bytes: int
    page_bytes: int
    gives_back: bool  # free pages can be given back without the file being written anew


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSize:
    """How a table of PostgreSQL stands, by its own statistics."""

    name: str
    size_bytes: int  # with its indexes
    rows: int
    dead_rows: int

    @property
    def is_bloated(self) -> bool:
        """Whether so many rows are dead that autovacuum seems not to come by."""
        return self.dead_rows > DEAD_ROWS and self.dead_rows > DEAD_SHARE * (self.rows + self.dead_rows)


def renew_statistics(connection: Connection) -> None:
    """Let the planner know how the tables are filled: by a few rows of each index, so that it takes a moment."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA analysis_limit={ANALYSIS_LIMIT}")
        connection.exec_driver_sql("PRAGMA optimize")
        return
    for name in sorted(metadata.tables):
        connection.exec_driver_sql(f'ANALYZE "{name}"')


def pages(connection: Connection) -> Pages:
    """How much of the SQLite file is in use."""
    names = ("page_count", "freelist_count", "page_size", "auto_vacuum")
    count, free, size, vacuum = (int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()) for name in names)
    return Pages(size_bytes=count * size, free_bytes=free * size, page_bytes=size, gives_back=vacuum == 2)


def give_back(connection: Connection, count: int) -> None:
    """Give so many free pages of the SQLite file back: https://sqlite.org/pragma.html#pragma_incremental_vacuum.

    On a connection of Database.direct. Each step of the statement gives one back; of the driver's calls, only that for
    a script takes all of them.
    """
    driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]  # of SQLite
    driver.executescript(f"PRAGMA incremental_vacuum({count})")


def write_anew(connection: Connection) -> None:
    """Write the whole SQLite file anew, so that it gives pages back from now on; nobody writes meanwhile."""
    connection.exec_driver_sql("PRAGMA auto_vacuum=INCREMENTAL")
    connection.exec_driver_sql("VACUUM")


def checkpoint(connection: Connection, wait_milliseconds: int = 200) -> bool:
    """Bring the write-ahead log into the SQLite file and empty it; False if others were reading for longer.

    On a connection of Database.direct. Who waits for readers keeps writers waiting, so that the wait is short:
    https://sqlite.org/c3ref/wal_checkpoint_v2.html.
    """
    before = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
    connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")
    connection.exec_driver_sql(f"PRAGMA busy_timeout={wait_milliseconds}")
    try:
        busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={before}")
    return not busy


def table_sizes(connection: Connection) -> list[TableSize]:
    """The tables of PostgreSQL, the largest first."""
    query = text(
        "SELECT relname AS name, pg_total_relation_size(relid) AS size_bytes, n_live_tup AS rows, "
        "n_dead_tup AS dead_rows FROM pg_stat_user_tables "
        "WHERE schemaname = current_schema() AND relname IN :names ORDER BY 2 DESC, 1"
    ).bindparams(bindparam("names", expanding=True))
    return [TableSize(**row) for row in connection.execute(query, {"names": list(metadata.tables)}).mappings()]


def vacuum(connection: Connection, name: str) -> None:
    """Let a table's dead rows go; on a connection of Database.direct. Nobody is kept waiting."""
    connection.exec_driver_sql(f'VACUUM (ANALYZE) "{metadata.tables[name].name}"')
