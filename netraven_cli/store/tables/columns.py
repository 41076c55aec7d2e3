"""What the tables are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    Table,
)

from netraven_cli.store.times import UtcTime

if TYPE_CHECKING:
    from datetime import datetime

# SQLite counts up only INTEGER keys, and AUTOINCREMENT keeps it from giving a number twice.
Key = BigInteger().with_variant(Integer(), "sqlite")
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
LIVE = "state IN ('scheduled', 'ready', 'running')"
metadata = MetaData(naming_convention=NAMES)


def table(name: str, *parts: Any) -> Table:
    """A table with a key that counts up."""
    return Table(name, metadata, Column("id", Key, primary_key=True), *parts, sqlite_autoincrement=True)


def partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index of the rows that `where` names: migrations make it so, since naming it here loads both dialects."""
    return Index(name, *columns, unique=unique, info={"where": where})


def time(name: str, *, nullable: bool = False) -> Column[datetime]:
    """A column of aware UTC."""
    return Column(name, UtcTime, nullable=nullable)
