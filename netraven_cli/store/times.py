"""How times are kept in a database, and whose clock counts."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from sqlalchemy import TIMESTAMP, BigInteger, Dialect, TypeDecorator, func, select

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection
    from sqlalchemy.types import TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MICROSECOND = timedelta(microseconds=1)


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC: TIMESTAMPTZ in PostgreSQL, microseconds since 1970 in SQLite, which has no times."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The type of the column in a dialect."""
        postgres = dialect.name == "postgresql"
        return dialect.type_descriptor(TIMESTAMP(timezone=True) if postgres else BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """To the database; a naive time is a bug and raises TypeError here."""
        if value is None:
            return None
        since_epoch = microseconds(value)  # for PostgreSQL too: it would take a naive time as local
        return value if dialect.name == "postgresql" else since_epoch

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From the database."""
        if value is None:
            return None
        if dialect.name == "postgresql":
            return value.astimezone(timezone.utc)  # type: ignore[no-any-return]  # the driver gives a datetime
        return EPOCH + timedelta(microseconds=value)


def microseconds(value: datetime) -> int:
    """Microseconds since 1970; raises TypeError for a naive time."""
    return (value - EPOCH) // MICROSECOND


def clock(connection: Connection, now: datetime) -> datetime:
    """The time that jobs, leases and schedules go by.

    PostgreSQL: the server's, since the clocks of hosts that share it may differ. SQLite: that of its one host, `now`.
    """
    moment = clock_of(connection, now)
    if isinstance(moment, datetime):
        return moment
    found: datetime = connection.execute(select(moment)).scalar_one()
    return found.astimezone(timezone.utc)


def clock_of(connection: Connection, now: datetime) -> datetime | ColumnElement[datetime]:
    """The same, for use within a statement."""
    if connection.dialect.name != "postgresql":
        return now
    return func.clock_timestamp(type_=TIMESTAMP(timezone=True))
