"""The whole content of a database into another one, of the same kind or not, and the proof that it arrived."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from netraven_cli.errors import CreateError, StorageError, UsageError
from netraven_cli.store.database import Database, schema_version
from netraven_cli.store.tables import metadata, version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Row, Table

PAGE = 100  # rows in memory at once: a capture may have megabytes
MODULUS = 1 << 256


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedTable:
    """What was copied of a table: the digest is the same in both databases, whatever the order of their rows."""

    table: str
    rows: int
    digest: str


@contextmanager
def opened_target(url: str, source: Database) -> Iterator[Database]:
    """The database to copy into. The file of SQLite is made if there is none, and removed again if nothing came of it.

    Raises:
        UsageError: there is a password in the address, or it is that of the source.
        CreateError: the file cannot be made.
    """
    target = Database(url)
    if target.engine.url.password:
        raise UsageError("everybody sees a password on a command line; put it into ~/.pgpass or $PGPASSWORD instead")
    file = None if target.is_postgres else Path(target.engine.url.database or "")
    if target.engine.url == source.engine.url or _is_same(file, source):
        raise UsageError(f"{target.place} is the database in force; name another one to copy into")
    made = file is not None and _make(file)
    try:
        yield target
    finally:
        came_to_nothing = made and _has_no_tables(target)
        target.close()
        if file is not None and came_to_nothing:
            file.unlink()


def _has_no_tables(database: Database) -> bool:
    with database.read() as connection:
        return schema_version(connection) is None


def _is_same(file: Path | None, source: Database) -> bool:
    other = Path(source.engine.url.database or "")
    return file is not None and not source.is_postgres and file.exists() and file.samefile(other)


def _make(file: Path) -> bool:
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    except OSError as error:
        raise CreateError(f"{file} cannot be made: {error.strerror}") from None
    return True


def rows_in(connection: Connection) -> int:
    """How many rows a database has in our tables, without those that every new one has."""
    tables = [table for table in metadata.sorted_tables if table is not version]
    return sum(connection.execute(sa.select(sa.func.count()).select_from(each)).scalar_one() for each in tables)


def copy(source: Connection, target: Connection) -> list[CopiedTable]:
    """Replace the content of `target`, which has our tables; both in the caller's transactions.

    `source` must have read nothing yet: it is made to see one moment.

    Raises:
        StorageError: what arrived is not what was sent; the caller's transaction is to be rolled back.
    """
    if source.dialect.name == "postgresql":
        source.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    for table in reversed(metadata.sorted_tables):
        target.execute(table.delete())
    sent = [_send(source, target, table) for table in metadata.sorted_tables]
    _set_counters(target, _counters(source))
    for one, table in zip(sent, metadata.sorted_tables, strict=True):
        arrived = _sum(table, _pages(target, table))
        if arrived != one:
            raise StorageError(
                f"the table {table.name} did not arrive as it was ({one.rows} rows sent, {arrived.rows} arrived); "
                "nothing was changed; please report this"
            )
    return sent


def _send(source: Connection, target: Connection, table: Table) -> CopiedTable:
    def sending() -> Iterator[Sequence[Row[Any]]]:
        for page in _pages(source, table):
            target.execute(table.insert(), [dict(row._mapping) for row in page])  # noqa: SLF001 - its public name
            yield page

    return _sum(table, sending())


def _pages(connection: Connection, table: Table) -> Iterator[Sequence[Row[Any]]]:
    query = sa.select(table).order_by(*table.primary_key).execution_options(yield_per=PAGE)
    yield from connection.execute(query).partitions()


def _sum(table: Table, pages: Iterator[Sequence[Row[Any]]]) -> CopiedTable:
    rows = total = 0
    for page in pages:
        rows += len(page)
        total += sum(_digest(row) for row in page)
    return CopiedTable(table=table.name, rows=rows, digest=f"{total % MODULUS:064x}")


def _digest(row: Row[Any]) -> int:
    return int.from_bytes(sha256(repr([_plain(value) for value in row]).encode()).digest(), "big")


def _plain(value: Any) -> Any:
    """A value as both databases give it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (dict, list)):
        return json.dumps(value, sort_keys=True)
    return bytes(value) if isinstance(value, memoryview) else value


def _counted() -> list[Table]:
    """The tables whose numbers count up, and are never given twice."""
    return [table for table in metadata.sorted_tables if table.autoincrement_column is not None]


def _counters(connection: Connection) -> dict[str, int]:
    """The last number that each table has given."""
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")
        return {row.name: row.seq for row in found}
    counters = {}
    for table in _counted():
        last = f"SELECT last_value, is_called FROM {_sequence(connection, table)}"  # noqa: S608 - a name of our own
        row = connection.exec_driver_sql(last).one()
        counters[table.name] = row.last_value if row.is_called else 0
    return counters


def _set_counters(connection: Connection, counters: Mapping[str, int]) -> None:
    for table in _counted():
        last = counters.get(table.name, 0)
        if connection.dialect.name == "sqlite":
            values = {"name": table.name, "seq": last}
            connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), values)
            connection.execute(sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :seq)"), values)
        else:
            values = {"name": _sequence(connection, table), "last": max(last, 1), "given": last > 0}
            connection.execute(sa.text("SELECT setval(:name, :last, :given)"), values)


def _sequence(connection: Connection, table: Table) -> str:
    found = connection.execute(sa.select(sa.func.pg_get_serial_sequence(table.name, "id"))).scalar_one()
    return str(found)
