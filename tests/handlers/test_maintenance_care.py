"""What the chores do to the database, the files and the machine."""

from __future__ import annotations

import gzip
import os
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from netraven_cli.handlers import database_care, health
from netraven_cli.model import Health
from netraven_cli.settings.upkeep import Keep, MaintenanceSettings
from netraven_cli.store import backup_check, upkeep
from netraven_cli.store.database import Database
from tests.handlers.conftest import BEGIN, Archiving, later
from tests.store.test_retention import add_jobs

if TYPE_CHECKING:
    from tests.postgres import PostgresServer

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])
DAY = timedelta(days=1)


@ON_SQLITE
def test_space_is_given_back_and_the_log_is_emptied(kept: Archiving, tmp_path: Path) -> None:
    with kept.context.database.write() as connection:
        for days in range(100, 110):
            add_jobs(connection, 500, BEGIN - days * DAY)
    kept.keep_in_order("prune")
    did = kept.keep_in_order("database")["database"].findings["did"]
    assert did["given_back_bytes"] > 500_000
    assert did["log_emptied"] is True
    assert (tmp_path / "netraven.db").stat().st_size == did["bytes"]
    assert (tmp_path / "netraven.db-wal").stat().st_size < 100_000  # the note of the chore itself


@ON_SQLITE
def test_a_database_that_is_damaged_is_a_finding(kept: Archiving, tmp_path: Path) -> None:
    with kept.context.database.write() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys")
        connection.exec_driver_sql("CREATE TABLE kept (a)")
        connection.exec_driver_sql("DROP TABLE batch_end")
    (finding,) = kept.keep_in_order("database")["database"].findings["found"]
    assert (finding["health"], finding["detail"]) == ("FAIL", "the table batch_end is missing")


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_tables_that_autovacuum_left_bloated_are_vacuumed_and_told(kept: Archiving) -> None:
    with kept.context.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE job_event SET (autovacuum_enabled = off)")
        for days in range(100, 112):
            add_jobs(connection, 500, BEGIN - days * DAY)
    with kept.context.database.write() as connection:
        connection.exec_driver_sql("UPDATE job_event SET why = 'x'")
    with kept.context.database.direct() as connection:
        connection.exec_driver_sql("ANALYZE job_event")
        connection.exec_driver_sql("SELECT pg_stat_force_next_flush()")
    found = kept.keep_in_order("database")["database"].findings
    assert found["did"]["vacuumed"] == ["job_event"]
    assert [one["check"] for one in found["found"]] == ["database"]
    assert kept.keep_in_order("database")["database"].findings["did"]["vacuumed"] == []


def test_a_backup_is_opened_and_the_newest_are_kept(
    kept: Archiving, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{postgres.programs}:{os.environ['PATH']}")
    settings = kept.context.settings.model_copy(update={"maintenance": MaintenanceSettings(backups=Keep(count=2))})
    written = []
    for days in range(3):
        kept.context = replace(later(kept.context, days * DAY), settings=settings)
        found = kept.keep_in_order("database-backup")["database-backup"].findings
        assert found["found"] == []
        written.append(found["did"]["file"])
        os.utime(written[-1], (days, days))
    assert sorted(str(path) for path in settings.backups_dir.iterdir()) == written[1:]


@ON_SQLITE
def test_a_backup_that_is_not_whole_is_put_aside_and_older_ones_stay(kept: Archiving) -> None:
    settings = kept.context.settings.model_copy(update={"maintenance": MaintenanceSettings(backups=Keep(count=1))})
    kept.context = replace(kept.context, settings=settings)
    first = kept.keep_in_order("database-backup")["database-backup"].findings["did"]["file"]
    with kept.context.database.write() as connection:
        connection.exec_driver_sql("DROP TABLE batch_end")
    kept.context = later(kept.context, DAY)
    (finding,) = kept.keep_in_order("database-backup")["database-backup"].findings["found"]
    assert (finding["health"], "lacks the table batch_end" in finding["detail"]) == ("FAIL", True)
    left = {path.name: path.suffix for path in settings.backups_dir.iterdir()}
    assert sorted(left.values()) == [".damaged", ".db"]
    assert database_care.last_backup(settings) == Path(first)


def test_what_is_no_database_or_cannot_be_read_is_no_backup(kept: Archiving, tmp_path: Path) -> None:
    file = tmp_path / "torn.db"
    file.write_bytes(b"no database\n" * 2000)
    assert "cannot be read" in backup_check.faults(file)[0]
    file.unlink()
    Database(f"sqlite:///{file}").close()
    assert "cannot be read" in backup_check.faults(file)[0]


@ON_SQLITE
def test_without_room_no_backup_is_written_and_the_sentence_says_how_much_lacks(
    kept: Archiving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_care, "SPARE_BYTES", 1 << 60)
    (finding,) = kept.keep_in_order("database-backup")["database-backup"].findings["found"]
    assert (finding["health"], "are needed" in finding["detail"]) == ("FAIL", True)
    assert list(kept.context.settings.backups_dir.iterdir()) == []


@ON_SQLITE
def test_old_logs_are_compressed_once_and_then_go_and_so_do_transcripts_and_leftovers(kept: Archiving) -> None:
    settings = kept.context.settings
    for folder in (settings.logs_dir, settings.transcripts_dir, settings.backups_dir / ".backup-x"):
        folder.mkdir(parents=True)
    now = time.time()

    def make(path: Path, days: float, text: str = "line\n") -> Path:
        path.write_text(text)
        os.utime(path, (now - days * 86_400, now - days * 86_400))
        return path

    make(settings.logs_dir / "netraven.log", 0)
    make(settings.logs_dir / "netraven.log.1", 0)  # somebody may have it open
    make(settings.logs_dir / "netraven.log.2", 2, "two\n")
    make(settings.logs_dir / "netraven.log.3", 100)
    old = make(settings.transcripts_dir / "old.log", 31)
    make(settings.transcripts_dir / "new.log", 1)
    half = make(settings.transcripts_dir / ".x.log.7.part", 2)
    fresh = make(settings.transcripts_dir / ".y.log.8.part", 0)
    os.utime(settings.backups_dir / ".backup-x", (0, 0))
    did = kept.keep_in_order("files")["files"].findings["did"]
    assert (did["logs_compressed"], did["logs_removed"], did["transcripts_removed"]) == (2, 1, 1)
    assert did["leftovers_removed"] == 2
    assert not old.exists() and not half.exists() and fresh.exists()
    (packed,) = settings.logs_dir.glob("*.gz")
    assert gzip.decompress(packed.read_bytes()) == b"two\n"
    assert packed.stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in settings.logs_dir.iterdir()) == ["netraven.log", "netraven.log.1", packed.name]
    again = kept.keep_in_order("files")["files"].findings["did"]
    assert set(again.values()) == {0}


def test_a_clock_that_went_back_behind_the_records_is_found(kept: Archiving) -> None:
    with kept.context.database.write() as connection:
        add_jobs(connection, 1, BEGIN + DAY)
    with kept.context.database.read() as connection:
        found = {one.check: one for one in health.record_findings(kept.context.settings, connection, BEGIN)}
    if kept.context.database.is_postgres:  # the server's own clock is the one that counts, and this one is far from it
        assert found["clock"].health is Health.WARN
    else:
        assert (found["clock"].health, "ahead of this clock" in found["clock"].detail) == (Health.FAIL, True)


@ON_SQLITE
def test_an_old_key_is_found(kept: Archiving) -> None:
    os.utime(kept.context.settings.vault_key_file, (0, 0))
    found = {one.check: one for one in health.place_findings(kept.context.settings)}
    assert (found["age of the key"].health, found["age of the key"].fix) == (
        Health.WARN, "netraven credential rotate-key"
    )  # fmt: skip


def old_file(kept: Archiving) -> None:
    """A file made before free pages could be given back, with some that are free."""
    with kept.context.database.direct() as connection:
        connection.exec_driver_sql("PRAGMA auto_vacuum=NONE")
        connection.exec_driver_sql("VACUUM")
    with kept.context.database.write() as connection:
        add_jobs(connection, 500, BEGIN - 100 * DAY)
    kept.keep_in_order("prune")


@ON_SQLITE
def test_an_older_file_is_written_anew_while_it_is_small_and_gives_space_back_from_then_on(kept: Archiving) -> None:
    old_file(kept)
    assert kept.keep_in_order("database")["database"].findings["did"]["given_back_bytes"] > 50_000
    with kept.context.database.read() as connection:
        assert upkeep.pages(connection).gives_back


@ON_SQLITE
def test_an_older_file_that_is_large_is_left_as_it_is_and_told(
    kept: Archiving, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SMALL_BYTES", "WASTE_BYTES", "WASTE_SHARE"):
        monkeypatch.setattr(database_care, name, 0)
    old_file(kept)
    found = kept.keep_in_order("database")["database"].findings
    (finding,) = found["found"]
    assert "PRAGMA auto_vacuum=INCREMENTAL; VACUUM" in finding["fix"]
    assert found["did"]["given_back_bytes"] == 0
