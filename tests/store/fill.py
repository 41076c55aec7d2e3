"""Rows for every table, whatever tables there are: each column gets values that its type may have."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from netraven_cli.store.tables import metadata
from netraven_cli.store.times import UtcTime

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Column, Connection

ROWS = 3
BEGIN = datetime(2026, 3, 29, 0, 59, 59, 999_999, tzinfo=timezone.utc)


def fill(connection: Connection) -> None:
    """The last row of each table is removed again: its number must not be given twice."""
    for table in metadata.sorted_tables:
        connection.execute(table.delete())  # some come with rows
        rows = [{column.name: _value(column, number) for column in table.columns} for number in range(1, ROWS + 2)]
        connection.execute(table.insert(), rows)
    for table in reversed(metadata.sorted_tables):
        last = [column == _value(column, ROWS + 1) for column in table.primary_key]
        connection.execute(table.delete().where(*last))
    for table in metadata.sorted_tables:
        if connection.dialect.name == "postgresql" and table.autoincrement_column is not None:
            connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {ROWS + 1})")


VALUES: dict[type[sa.types.TypeEngine[Any]], Callable[[Column[Any], int], Any]] = {  # the first that fits
    UtcTime: lambda _column, number: BEGIN + timedelta(days=number, microseconds=number),
    sa.JSON: lambda _column, number: {"b": [number, None, 1.5, True], "a": "ü\u2028\\"},
    sa.LargeBinary: lambda _column, number: bytes(range(256)) * number,
    sa.Boolean: lambda _column, number: number % 2 == 0,
    sa.Integer: lambda _column, number: number,
    sa.Float: lambda _column, number: number / 3,
    sa.String: lambda column, number: f"{column.name[:6]}ü'\"\\\n{number}",
}


def _value(column: Column[Any], number: int) -> Any:
    if column.foreign_keys:
        (key,) = column.foreign_keys
        return _value(key.column, number)
    if column.nullable and number == 1:
        return None
    return next(make(column, number) for kind, make in VALUES.items() if isinstance(column.type, kind))
