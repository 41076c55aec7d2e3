from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select
from sqlalchemy.exc import StatementError

from netraven_cli.errors import SettingsError
from netraven_cli.store import migrations, tables
from netraven_cli.store.database import SCHEMA, Database
from netraven_cli.store.migrate import migrate
from netraven_cli.store.times import microseconds

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    opened = Database(empty_url)
    yield opened
    opened.close()


def test_the_migrated_schema_is_that_of_the_tables(database: Database) -> None:
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []


def test_partial_indexes_are_made_partial(database: Database) -> None:
    wanted = {index.name: index for table in tables.metadata.tables.values() for index in table.indexes}
    with database.read() as connection:
        look = inspect(connection)
        found = {index["name"]: index for table in look.get_table_names() for index in look.get_indexes(table)}
    for name, index in wanted.items():
        options = found[str(name)].get("dialect_options", {})
        condition = next((str(value) for key, value in options.items() if key.endswith("_where")), "")
        words = set(re.findall(r"\w+", index.info.get("where", "")))
        assert words - set(re.findall(r"\w+", condition)) <= {"IN"}, name  # PostgreSQL writes IN as = ANY
        assert bool(words) == bool(condition), name


def test_the_program_knows_its_newest_migration() -> None:
    versions = sorted(Path(migrations.__file__).parent.glob("versions/[0-9]*.py"))
    assert versions[-1].name.startswith(f"{SCHEMA}_")


def test_migrating_twice_changes_nothing(empty: Database) -> None:
    with empty.write() as connection:
        assert migrate(connection) == (None, SCHEMA)
    with empty.write() as connection:
        assert migrate(connection) == (SCHEMA, SCHEMA)
    empty.check_schema()


def test_a_failed_migration_leaves_no_tables(empty: Database) -> None:
    class PowerCutError(Exception):
        pass

    with pytest.raises(PowerCutError), empty.write() as connection:
        migrate(connection)
        raise PowerCutError
    with empty.read() as connection:
        assert inspect(connection).get_table_names() == []


def test_a_database_without_tables_names_the_command_that_makes_them(empty: Database) -> None:
    with pytest.raises(SettingsError, match="netraven init"):
        empty.check_schema()


def test_a_newer_schema_is_refused(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SettingsError, match="newer"), database.write() as connection:
        migrate(connection)
    with pytest.raises(SettingsError, match="9999"):
        database.check_schema()


def _archive(created_at: datetime) -> dict[str, object]:
    return {"id": "a", "place": "here:/archive", "created_at": created_at}


def test_a_naive_time_is_refused(database: Database) -> None:
    naive = datetime(2026, 1, 1, 12, 0)  # noqa: DTZ001 - naive is the point
    with pytest.raises(StatementError, match="naive"), database.write() as connection:
        connection.execute(tables.archive.insert(), _archive(naive))


def test_times_come_back_exactly_and_in_utc(database: Database) -> None:
    moment = datetime(2026, 10, 25, 2, 30, 0, 123457, tzinfo=timezone(timedelta(hours=2)))
    with database.write() as connection:
        connection.execute(tables.archive.insert(), _archive(moment))
    with database.read() as connection:
        found = connection.execute(select(tables.archive.c.created_at)).scalar_one()
    assert found == moment
    assert found.tzinfo is timezone.utc


def test_microseconds_of_a_naive_time_are_refused() -> None:
    with pytest.raises(TypeError):
        microseconds(datetime(2026, 1, 1))  # noqa: DTZ001 - naive is the point
