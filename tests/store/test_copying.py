from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from netraven_cli.errors import CreateError, StorageError, UsageError
from netraven_cli.model import NewJob
from netraven_cli.store import copying, queue
from netraven_cli.store.copying import copy, opened_target, rows_in
from netraven_cli.store.database import Database
from netraven_cli.store.migrate import migrate
from netraven_cli.store.tables import metadata
from tests.store.fill import ROWS, fill
from tests.store.make import NOW

if TYPE_CHECKING:
    from pathlib import Path

    from tests.postgres import PostgresServer


@pytest.fixture
def full(database: Database) -> Database:
    with database.write() as connection:
        fill(connection)
    return database


def copied(source: Database, url: str) -> list[copying.CopiedTable]:
    with opened_target(url, source) as target, target.write() as into, source.read() as connection:
        migrate(into)
        return copy(connection, into)


def test_everything_arrives_in_the_other_kind_of_database_and_comes_back(
    full: Database, postgres: PostgresServer, tmp_path: Path
) -> None:
    there, back = f"sqlite:///{tmp_path / 'there.db'}", postgres.url(postgres.create())
    if not full.is_postgres:
        there, back = back, there
    first = copied(full, there)
    assert {one.table: one.rows for one in first} == dict.fromkeys(metadata.tables, ROWS)
    between = Database(there)
    assert copied(between, back) == first
    between.close()
    for url in (there, back):
        database = Database(url)
        database.check_schema()
        with database.write() as connection:
            new = NewJob(type="backup", subject="r1")
            (number,) = queue.enqueue(connection, [new], now=NOW, run_id=None, who="anna")
            assert number == ROWS + 2, "a number that was given before is given again"
        database.close()


def test_what_was_in_the_target_is_gone(full: Database, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'there.db'}"
    assert copied(full, url) == copied(full, url)
    target = Database(url)
    with target.read() as connection:
        assert rows_in(connection) == ROWS * (len(metadata.tables) - 1)
    target.close()


def test_what_arrives_otherwise_is_refused_and_changes_nothing(full: Database, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'there.db'}"
    copied(full, url)
    target = Database(url)
    with target.write() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER spoil AFTER INSERT ON device BEGIN UPDATE device SET address = 'x' WHERE id = new.id; END"
        )
        before = connection.exec_driver_sql("SELECT * FROM device").all()
    with pytest.raises(StorageError, match="device did not arrive as it was"):
        copied(full, url)
    with target.read() as connection:
        assert connection.exec_driver_sql("SELECT * FROM device").all() == before
    target.close()


def test_a_file_is_made_for_its_owner_alone_and_taken_away_if_nothing_came_of_it(
    full: Database, tmp_path: Path
) -> None:
    file = tmp_path / "there.db"
    with opened_target(f"sqlite:///{file}", full):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.glob("there*")] == []


def test_a_target_that_cannot_be_meant_is_refused(full: Database, tmp_path: Path) -> None:
    ours = full.engine.url.render_as_string(hide_password=False)
    for url in (ours, "postgresql://anna:secret@db/netraven"):
        with pytest.raises(UsageError), opened_target(url, full):
            pass
    with pytest.raises(CreateError), opened_target(f"sqlite:///{tmp_path}/no/such/folder.db", full):
        pass
