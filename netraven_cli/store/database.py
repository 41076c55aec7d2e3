"""The connection to the database: SQLite in a file, or PostgreSQL."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidatePoolError, NoSuchModuleError

from netraven_cli.errors import SettingsError, UnavailableError
from netraven_cli.settings.explain import mask
from netraven_cli.store import batches
from netraven_cli.store.events import take_ended
from netraven_cli.store.faults import error_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.pool import ConnectionPoolEntry

SCHEMA = "0015"  # the newest file in migrations/versions
OLDEST_POSTGRES = 10  # that psycopg talks to: https://www.psycopg.org/psycopg3/docs/basic/install.html
# Of a connection that says nothing any more, libpq learns only so: a peer that lost its power never closes it.
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
PATIENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,  # milliseconds
}
REST_SECONDS = 1  # after which a connection is asked whether it still lives


class Database:
    """One database; writing transactions exclude each other from their first statement on."""

    def __init__(self, url: str, busy_timeout_seconds: float = 30) -> None:
        self._place = url, busy_timeout_seconds
        self.engine = _engine(url, busy_timeout_seconds)

    def twin(self) -> Database:
        """The same database, by connections of its own: for a thread that must not wait for another's."""
        return Database(*self._place)

    @property
    def is_postgres(self) -> bool:
        """Whether several hosts may share it."""
        return self.engine.dialect.name == "postgresql"

    @property
    def place(self) -> str:
        """Where it is, without the secrets in its address."""
        return _place(self.engine)

    @property
    def login(self) -> dict[str, Any]:
        """What libpq needs to connect; it may have a password in it."""
        given = self.engine.dialect.create_connect_args(self.engine.url)[1]
        return {key: value for key, value in given.items() if isinstance(value, (str, int))}  # the rest is psycopg's

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes: committed at the end of the block, rolled back if it raises.

        Batches whose last live job it ended get their end, unless the block took all back itself.

        SQLite: BEGIN IMMEDIATE, since a deferred transaction that reads and then writes fails at once when
        another one wrote in between, whatever the busy timeout (https://sqlite.org/lang_transaction.html).
        """
        with _translated(self.engine), self.engine.begin() as connection:
            take_ended(connection)  # what a transaction before it ended, and then took back
            yield connection
            if connection.in_transaction():
                batches.end_finished(connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads: it sees one moment and blocks nobody."""
        with _translated(self.engine), self.engine.connect() as connection:
            yield connection.execution_options(netraven_read=True)

    @contextmanager
    def direct(self) -> Iterator[Connection]:
        """A connection on which each statement is a transaction of its own, for the length of the block."""
        with _translated(self.engine), self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT", netraven_direct=True)

    def check_schema(self) -> None:
        """Refuse to work on tables of another version.

        Raises:
            SettingsError: there are none yet, or they are older or newer than this program.
            UnavailableError: the server is too old.
        """
        with self.read() as connection:
            refuse_old(connection)
            found = schema_version(connection)
        if found == SCHEMA:
            return
        if found is None:
            raise SettingsError("the database has no tables yet; make them with: netraven init")
        raise SettingsError(
            f"the database has schema {found}, this program needs {SCHEMA}; run: netraven database migrate"
        )

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def refuse_old(connection: Connection) -> None:
    """Refuse a PostgreSQL that is too old.

    Raises:
        UnavailableError: says which one is needed.
    """
    major = int((connection.dialect.server_version_info or (OLDEST_POSTGRES,))[0])
    if connection.dialect.name == "postgresql" and major < OLDEST_POSTGRES:
        raise UnavailableError(
            f"the database {_place(connection.engine)} is PostgreSQL {major}; upgrade its server to "
            f"{OLDEST_POSTGRES} or newer"
        )


def schema_version(connection: Connection) -> str | None:
    """The migration that the database stands at; None if it has no tables."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _engine(url: str, busy_timeout_seconds: float) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "postgresql" and parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() == "sqlite":
            engine = create_engine(parsed, connect_args={"timeout": busy_timeout_seconds})
            _prepare_sqlite(engine)
            return engine
        patience = {name: value for name, value in PATIENCE.items() if name not in parsed.query}
        engine = create_engine(parsed, connect_args=patience)
        _ask_after_rest(engine)
        return engine
    except ImportError:
        raise SettingsError(
            f"the driver for {parsed.get_backend_name()} is not installed; run: pip install 'netraven[postgres]'"
        ) from None
    except (ArgumentError, NoSuchModuleError):
        raise SettingsError(
            "database.url is not understood; write sqlite:////path/netraven.db or postgresql://user@host/name"
        ) from None


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we begin transactions ourselves, below
        if not connection.execute("PRAGMA page_count").fetchone()[0]:  # a new file, before anything is written to it
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # a job that was accepted survives a power loss
            "foreign_keys=ON",
            "cache_size=-16000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get("netraven_direct"):
            connection.exec_driver_sql("BEGIN" if options.get("netraven_read") else "BEGIN IMMEDIATE")


def _ask_after_rest(engine: Engine) -> None:
    """Ask a connection that has rested whether it still lives, before it is used again.

    SQLAlchemy's own pre-ping asks each time, at the cost of a statement, even a server that has just answered.
    """

    @event.listens_for(engine, "checkin")
    def _on_checkin(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["rests_since"] = monotonic()

    @event.listens_for(engine, "checkout")
    def _on_checkout(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        if monotonic() - record.info.get("rests_since", monotonic()) < REST_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error  # the pool makes a new one


@contextmanager
def _translated(engine: Engine) -> Iterator[None]:
    """Turn what the drivers raise into sentences for an operator."""
    try:
        yield
    except DBAPIError as error:
        raise error_of(error.orig or error, _place(engine)) from error
    except sqlite3.Error as error:  # from the preparation of a connection
        raise error_of(error, _place(engine)) from error


def _place(engine: Engine) -> str:
    return mask(engine.url.render_as_string(hide_password=True))
