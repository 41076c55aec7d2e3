from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from netraven_cli.errors import CreateError, StorageError, UnavailableError
from netraven_cli.store.backup import back_up
from netraven_cli.store.copying import copy
from netraven_cli.store.database import Database
from tests.store.fill import ROWS, fill

if TYPE_CHECKING:
    from pathlib import Path

    from tests.postgres import PostgresServer


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_backup_is_one_sound_file_of_one_moment_for_its_owner_alone(database: Database, tmp_path: Path) -> None:
    with database.write() as connection:
        fill(connection)
    file = tmp_path / "kept" / "one.db"
    with closing(sqlite3.connect(tmp_path / "netraven.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM device_tag")  # under way, and not in the backup
        assert back_up(database, file) == file.stat().st_size > 0
        other.rollback()
    assert [path.name for path in file.parent.iterdir()] == ["one.db"]
    assert (stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(file.parent.stat().st_mode)) == (0o600, 0o700)
    back = Database(f"sqlite:///{file}")
    back.check_schema()
    with back.read() as source, database.write() as target, database.read() as same:
        rows = "SELECT count(*) FROM device_tag"
        assert source.exec_driver_sql(rows).scalar() == same.exec_driver_sql(rows).scalar() == 3
        copy(source, target)
    back.close()


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_file_that_is_there_is_not_written_over(database: Database, tmp_path: Path) -> None:
    (tmp_path / "one.db").write_text("mine")
    with pytest.raises(CreateError, match="is there already"):
        back_up(database, tmp_path / "one.db")
    with pytest.raises(CreateError, match="cannot be written"):
        back_up(database, tmp_path / "one.db" / "two.db")
    assert sorted(path.name for path in tmp_path.glob("*.db")) == ["netraven.db", "one.db"]
    assert (tmp_path / "one.db").read_text() == "mine"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_damaged_database_gives_no_backup(database: Database, tmp_path: Path) -> None:
    with database.write() as connection:
        fill(connection)
    database.close()
    file = tmp_path / "netraven.db"
    content = bytearray(file.read_bytes())
    content[8192:-4096] = os.urandom(len(content) - 8192 - 4096)
    file.write_bytes(content)
    with pytest.raises(StorageError, match="damaged"):
        back_up(database, tmp_path / "kept.db")
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".db-shm") == ["netraven.db"]
    database.close()


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_pg_dump_writes_what_pg_restore_brings_back(
    database: Database, tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{postgres.programs}:{os.environ['PATH']}")
    with database.write() as connection:
        fill(connection)
    file = tmp_path / "one.dump"
    assert back_up(database, file) > 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    name = postgres.create()
    restore = [str(postgres.programs / "pg_restore"), f"--dbname={postgres.url(name)}", str(file)]
    subprocess.run(restore, check=True)
    back = Database(postgres.url(name))
    back.check_schema()
    with back.read() as source, database.write() as target:
        copied = copy(source, target)
    assert [one.rows for one in copied] == [ROWS] * len(copied)
    back.close()


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_without_pg_dump_there_is_a_sentence_with_another_way(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match="database copy"):
        back_up(database, tmp_path / "one.dump")
    assert list(tmp_path.iterdir()) == []
