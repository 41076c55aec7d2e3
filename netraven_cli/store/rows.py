"""Many rows in one statement, the same for both databases, put together once for a process.

SQLite takes the rows one after the other. PostgreSQL takes them as one JSON text: its driver would send a message for
each row, read a long list of values anew each time, or spell out arrays value by value (measured: 3 times slower).
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Connection, Text, bindparam, cast, column, func, select
from sqlalchemy.dialects import postgresql, sqlite

from netraven_cli.store.times import microseconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement, Table

    Rows = Sequence[Mapping[str, Any]]


@cache
def given(
    dialect: str, table: Table, names: tuple[str, ...], same: tuple[str, ...] = ()
) -> Mapping[str, ColumnElement[Any]]:
    """What the rows that a statement is executed with say of columns of a table, by the columns' names.

    `same`: columns of which all rows say the same; it is sent once.
    """
    once = {name: bindparam(f"same_{name}", type_=table.c[name].type) for name in same}
    if dialect != "postgresql":
        return once | {name: bindparam(f"given_{name}", type_=table.c[name].type) for name in names}
    # https://www.postgresql.org/docs/current/functions-json.html: a record for each object, of these columns.
    rows = func.json_to_recordset(cast(bindparam("given", type_=Text), JSON))
    columns = [column(name, table.c[name].type) for name in names]
    alias = rows.table_valued(*columns, name="given").render_derived(with_types=True)
    return {**once, **{name: alias.c[name] for name in names}}


def parameters(dialect: str, rows: Rows, names: tuple[str, ...], same: Mapping[str, Any] | None = None) -> Any:
    """These columns of the rows, as a statement with `given` in it takes them."""
    once = {f"same_{name}": value for name, value in (same or {}).items()}
    if dialect != "postgresql":
        return [once | {f"given_{name}": row[name] for name in names} for row in rows]
    return {**once, "given": json.dumps([{name: row[name] for name in names} for row in rows], default=_text)}


def _text(value: object) -> str:
    """A time as PostgreSQL reads it; a naive one is a bug and raises TypeError."""
    if not isinstance(value, datetime):
        raise TypeError(f"{type(value).__name__} is not for a row")
    microseconds(value)
    return value.isoformat()


@cache
def insertion(
    dialect: str, table: Table, names: tuple[str, ...], same: tuple[str, ...] = ()
) -> postgresql.Insert | sqlite.Insert:
    """A statement that inserts rows of these columns; it is executed with `parameters`."""
    values = given(dialect, table, names, same)
    if dialect != "postgresql":
        return sqlite.insert(table).values(values)
    # A parameter that is selected alone has no type: PostgreSQL would take it for a text.
    columns = [cast(value, value.type) if name in same else value for name, value in values.items()]
    return postgresql.insert(table).from_select(list(values), select(*columns))


def insert_rows(connection: Connection, table: Table, rows: Rows, same: Mapping[str, Any] | None = None) -> None:
    """Insert rows, all of the same columns; `same`: columns of which all rows say the same."""
    if rows:
        dialect, names = connection.dialect.name, tuple(rows[0])
        statement = insertion(dialect, table, names, tuple(same or ()))
        connection.execute(statement, parameters(dialect, rows, names, same))
