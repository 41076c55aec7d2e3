"""One job a chore: which are due, what each does, and what is on record of it."""

from __future__ import annotations

import gzip
import os
import socket
import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, get_args

import pytest
from sqlalchemy import event, func, select

from netraven_cli.errors import DataError
from netraven_cli.handlers import database_care, health
from netraven_cli.handlers.chore import LARGEST, Work
from netraven_cli.handlers.maintenance import CHORES, MaintenanceHandler, Name, standing
from netraven_cli.handlers.pruning import prune
from netraven_cli.model import Health, NewJob, Selector
from netraven_cli.plugin import AttemptError, Context, ErrorClass, Job
from netraven_cli.runner.run import Options, Plan, run
from netraven_cli.settings.upkeep import Every, Keep, MaintenanceSettings
from netraven_cli.store import chores, claiming, jobs, queue, runners, upkeep
from netraven_cli.store.database import Database
from netraven_cli.store.tables import job
from netraven_cli.store.vault import create_key_file
from tests.handlers.conftest import BEGIN, Archiving, spoil_object
from tests.store.test_retention import add_jobs

if TYPE_CHECKING:
    from pathlib import Path

    from tests.postgres import PostgresServer

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])
DAY = timedelta(days=1)


class AtTime(Context):
    """A context whose own clock rules in every database."""

    def clock(self, connection: Any) -> datetime:
        return self.now()


@pytest.fixture
def kept(archiving: Archiving) -> Archiving:
    """Two devices in git, and all that a run needs."""
    context, settings = archiving.context, archiving.context.settings
    create_key_file(settings.vault_key_file)
    archiving.context = AtTime(
        settings=settings, database=context.database, now=lambda: BEGIN, handlers={"maintenance": MaintenanceHandler()}
    )
    return archiving


def planned(context: Context, **params: str) -> list[str]:
    return [one.subject for one in MaintenanceHandler().plan(context, Selector(), params)]


def later(context: Context, by: timedelta) -> Context:
    return replace(context, now=lambda: BEGIN + by)


def test_each_chore_has_its_own_last_and_next(kept: Archiving) -> None:
    assert planned(kept.context) == list(CHORES)
    kept.keep_in_order()
    assert planned(kept.context) == []
    assert planned(later(kept.context, timedelta(hours=1))) == ["health"]
    kept.context = later(kept.context, timedelta(hours=2))
    kept.keep_in_order("prune")
    assert "prune" not in planned(later(kept.context, DAY))
    found = {one.chore: one for one in standing(kept.context)}
    assert (found["prune"].last_at, found["prune"].next_at) == (BEGIN + timedelta(hours=2), BEGIN + timedelta(hours=26))
    assert (found["database"].last_at, found["database"].next_at) == (BEGIN, BEGIN + DAY)


def test_one_chore_or_all_can_be_asked_for_and_one_that_is_never_due_only_so(kept: Archiving) -> None:
    settings = kept.context.settings.model_copy(update={"maintenance": MaintenanceSettings(every=Every(prune="never"))})
    context = replace(kept.context, settings=settings)
    assert planned(context, chore="database") == ["database"]
    assert planned(context, chore="all") == list(CHORES)
    assert set(CHORES) - set(planned(context)) == {"prune"}
    assert planned(context, chore="prune") == ["prune"]
    with pytest.raises(DataError, match="leave the selector away"):
        MaintenanceHandler().plan(context, Selector(names=("r1",)), {})


def test_chores_of_a_host_are_its_own_and_the_others_are_done_once_for_all(kept: Archiving) -> None:
    kept.keep_in_order()
    with kept.context.database.read() as connection:
        hosts = {one.name: one.host for one in chores.last(connection)}
        elsewhere = {one.name for one in chores.last(connection, "another")}
    assert elsewhere == {"database-backup", "prune", "database"}
    assert {name for name, host in hosts.items() if host == socket.gethostname()} == set(CHORES) - elsewhere


def test_a_run_does_what_is_due_one_after_the_other_and_its_findings_are_on_record(kept: Archiving) -> None:
    with kept.context.database.write() as connection:
        add_jobs(connection, 3, BEGIN - 100 * DAY)
    plan = [Plan(type="maintenance", selector=Selector())]
    order: list[str] = []
    done = run(kept.context, plan, ["maintenance"], Options(), lambda one: order.append(one.subject))
    assert (done.succeeded, done.failure, order) == (len(CHORES), None, list(CHORES))
    with kept.context.database.read() as connection:
        number = next(one.id for one in jobs.list_jobs(connection, subject="prune", limit=1))
        (attempt,) = jobs.attempts(connection, number)
    assert attempt.findings is not None
    assert (attempt.findings["did"]["jobs"], attempt.findings["found"]) == (3, [])
    again = run(kept.context, plan, ["maintenance"], Options(), lambda _one: None)
    assert again.jobs == 0


@ON_SQLITE
def test_what_cannot_be_done_now_is_tried_again_and_is_not_on_record_as_done(kept: Archiving) -> None:
    busy = Database(kept.context.settings.database_url, busy_timeout_seconds=0)
    context = replace(kept.context, database=busy)
    with kept.context.database.write(), pytest.raises(AttemptError, match="locked by another program") as caught:
        MaintenanceHandler().run(context, Job(id=1, type="maintenance", subject="prune", attempt=1, run_id="r"))
    busy.close()
    assert caught.value.error_class is ErrorClass.RESOURCE
    assert {one.last_at for one in standing(kept.context)} == {None}


class Claiming(threading.Event):
    """Whenever the pruning rests, another program claims and settles: it finds the database free at once."""

    def __init__(self, database: Database, limit: int | None = None) -> None:
        super().__init__()
        self.database, self.claimed, self.limit = database, 0, limit

    def wait(self, timeout: float | None = None) -> bool:
        with self.database.write() as connection:
            queue.submit(connection, [NewJob(type="backup", subject="x")], now=BEGIN, run_id="r", who="me")
            found = claiming.claim(connection, runner_id="other", types=["backup"], limit=1, now=BEGIN)
        self.claimed += len(found)
        if self.limit and self.claimed >= self.limit:
            self.set()
        return self.is_set()


@pytest.fixture
def other(kept: Archiving, database_url: str) -> Any:
    """Another program's database, which waits for nobody."""
    opened = Database(database_url, busy_timeout_seconds=0)
    with opened.write() as connection:
        here = runners.Runner(id="other", host="h", pid=1, started_at=BEGIN, lease_until=BEGIN + DAY)
        runners.register(connection, here)
    yield opened
    opened.close()


def test_the_queue_is_claimable_all_along_while_old_jobs_go(kept: Archiving, other: Database) -> None:
    with kept.context.database.write() as connection:
        for days in range(100, 105):
            add_jobs(connection, 1000, BEGIN - days * DAY)
    deleted: list[int] = []

    @event.listens_for(kept.context.database.engine, "after_cursor_execute")
    def note(_connection: Any, cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith("DELETE FROM job "):
            deleted.append(cursor.rowcount)

    claims = Claiming(other)
    report = prune(Work(context=kept.context, now=BEGIN, seconds=600, stop=claims))
    assert report.did["jobs"] == sum(deleted) == 5000
    assert claims.claimed >= len(deleted) >= 3
    assert max(deleted) <= LARGEST
    with kept.context.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(job)).scalar() == claims.claimed


def test_a_chore_that_is_stopped_ends_in_order_and_the_next_goes_on(kept: Archiving, other: Database) -> None:
    with kept.context.database.write() as connection:
        for days in range(100, 105):
            add_jobs(connection, 1000, BEGIN - days * DAY)
    first = prune(Work(context=kept.context, now=BEGIN, seconds=600, stop=Claiming(other, limit=1)))
    assert 0 < first.did["jobs"] < 5000
    assert [one.check for one in first.found] == ["prune"]
    second = prune(Work(context=kept.context, now=BEGIN, seconds=600))
    assert first.did["jobs"] + second.did["jobs"] == 5000


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


def test_a_backup_that_is_not_whole_is_put_aside_and_older_ones_stay(kept: Archiving, tmp_path: Path) -> None:
    from netraven_cli.store import backup_check  # noqa: PLC0415 - of this test alone

    file = tmp_path / "torn.db"
    file.write_bytes((tmp_path / "archive" / "r1.cfg").read_bytes() * 2000)
    assert "cannot be read" in backup_check.faults(file)[0]
    file.unlink()
    Database(f"sqlite:///{file}").close()
    assert backup_check.faults(file) != []


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


def test_a_chore_that_is_not_known_is_a_dead_job(kept: Archiving) -> None:
    with pytest.raises(AttemptError, match="there is no chore"):
        MaintenanceHandler().run(kept.context, Job(id=1, type="maintenance", subject="dust", attempt=1, run_id="r"))


def test_every_chore_has_a_setting_of_how_often_it_is_due_and_a_name_that_can_be_given() -> None:
    assert {name.replace("-", "_") for name in CHORES} == set(Every.model_fields)
    assert {*CHORES, "all"} == set(get_args(Name))


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


@ON_SQLITE
def test_snapshots_stay_while_the_archive_is_not_sound(kept: Archiving) -> None:
    settings = kept.context.settings.model_copy(update={"maintenance": MaintenanceSettings(snapshots=Keep(count=1))})
    kept.context = replace(kept.context, settings=settings)
    spoil_object(kept.folder)
    found = kept.keep_in_order("prune")["prune"].findings
    assert (found["did"]["snapshots"], [one["check"] for one in found["found"]]) == (0, ["snapshots"])
    kept.keep_in_order("archive")
    assert kept.keep_in_order("prune")["prune"].findings["did"]["snapshots"] == 2
