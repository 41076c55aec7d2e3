"""Many rows in one statement, the same for both databases.

SQLite takes the rows one after the other. PostgreSQL takes them as one array for each column: its driver would send a
message for each row, or read a long list of values anew each time. A statement is put together once for a process.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, Connection, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement, Table

    Rows = Sequence[Mapping[str, Any]]


@cache
def given(dialect: str, table: Table, names: tuple[str, ...]) -> Mapping[str, ColumnElement[Any]]:
    """What the rows that a statement is executed with say of columns of a table, by the columns' names."""
    if dialect != "postgresql":
        return {name: bindparam(f"given_{name}", type_=table.c[name].type) for name in names}
    arrays = [bindparam(f"given_{name}", type_=ARRAY(table.c[name].type)) for name in names]
    alias = func.unnest(*arrays).table_valued(*names, name="given").render_derived()
    return {name: alias.c[name] for name in names}


def parameters(dialect: str, rows: Rows, names: tuple[str, ...]) -> Any:
    """These columns of the rows, as a statement with `given` in it takes them."""
    if dialect != "postgresql":
        return [{f"given_{name}": row[name] for name in names} for row in rows]
    return {f"given_{name}": [row[name] for row in rows] for name in names}


@cache
def insertion(dialect: str, table: Table, names: tuple[str, ...]) -> postgresql.Insert | sqlite.Insert:
    """A statement that inserts rows of these columns; it is executed with `parameters`."""
    values = given(dialect, table, names)
    if dialect != "postgresql":
        return sqlite.insert(table).values(values)
    return postgresql.insert(table).from_select(list(names), select(*values.values()))


def insert_rows(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert rows, all of the same columns."""
    if rows:
        dialect, names = connection.dialect.name, tuple(rows[0])
        connection.execute(insertion(dialect, table, names), parameters(dialect, rows, names))
