"""The connection to the database: SQLite in a file, or PostgreSQL."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from netraven_cli.errors import SettingsError, UnavailableError
from netraven_cli.settings.explain import mask
from netraven_cli.store import batches
from netraven_cli.store.events import take_ended
from netraven_cli.store.faults import error_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = "0006"  # the newest file in migrations/versions
OLDEST_POSTGRES = 10  # that psycopg talks to: https://www.psycopg.org/psycopg3/docs/basic/install.html


class Database:
    """One database; writing transactions exclude each other from their first statement on."""

    def __init__(self, url: str, busy_timeout_seconds: float = 30) -> None:
        self.engine = _engine(url, busy_timeout_seconds)

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
        return create_engine(parsed, pool_pre_ping=True)
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
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # a job that was accepted survives a power loss
            "foreign_keys=ON",
            "cache_size=-16000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("netraven_read")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


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
