"""What pausing promises, on both databases."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from netraven_cli.model import NewJob
from netraven_cli.store import idle, pauses, queue
from netraven_cli.store.depth import depths
from tests.store.test_queue import NOW, put, take

if TYPE_CHECKING:
    from netraven_cli.store.database import Database


def pause(database: Database, job_type: str, reason: str | None = None, who: str = "anna") -> None:
    with database.write() as connection:
        pauses.put(connection, job_type, who=who, reason=reason, now=NOW)


def resume(database: Database, job_type: str) -> list[str]:
    with database.write() as connection:
        return pauses.lift(connection, job_type)


@pytest.mark.parametrize("paused", ["backup", pauses.ALL])
def test_a_paused_type_is_queued_and_not_claimed_until_it_is_resumed(database: Database, paused: str) -> None:
    pause(database, paused)
    put(database, "sw1")
    put(database, "sw2", ready_at=NOW + timedelta(seconds=1))
    assert take(database, now=NOW + timedelta(hours=1)) == []
    assert resume(database, paused) == [paused]
    assert len(take(database, now=NOW + timedelta(hours=1))) == 2


def test_other_types_go_on_while_one_is_paused(database: Database) -> None:
    pause(database, "discovery")
    put(database, "sw1")
    assert [held.subject for held in take(database)] == ["sw1"]


def test_pausing_twice_keeps_the_time_and_the_reason(database: Database) -> None:
    pause(database, "backup", "core upgrade")
    pause(database, "backup", who="ben")
    with database.read() as connection:
        (found,) = pauses.list_all(connection)
    assert (found.who, found.reason, found.paused_at) == ("anna", "core upgrade", NOW)
    assert resume(database, "backup") == ["backup"]
    assert resume(database, "backup") == []


def test_resuming_everything_lifts_every_pause(database: Database) -> None:
    for one in ("backup", pauses.ALL):
        pause(database, one)
    assert resume(database, pauses.ALL) == [pauses.ALL, "backup"]


def test_the_queue_is_counted_by_type_state_and_priority(database: Database) -> None:
    put(database, "sw1", "sw2")
    put(database, "urgent", priority=100)
    put(database, "later", ready_at=NOW + timedelta(hours=1))
    take(database, limit=1)
    with database.read() as connection:
        found = [(one.type, one.state.value, one.priority, one.jobs, one.oldest_at) for one in depths(connection)]
    assert found == [
        ("backup", "ready", 50, 2, NOW), ("backup", "scheduled", 50, 1, NOW), ("backup", "running", 100, 1, NOW),
    ]  # fmt: skip


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_jobs_of_a_paused_type_do_not_start_the_whole_program_each_minute(database: Database, tmp_path: Path) -> None:
    file = Path(str(database.engine.url.database))

    def is_idle() -> bool:
        return idle._is_idle(str(file), str(tmp_path))  # noqa: SLF001 - the look itself, without settings

    put(database, "sw1", "sw2")
    with database.write() as connection:
        late = NewJob(type="backup", subject="sw3", ready_at=NOW + timedelta(hours=1))
        queue.enqueue(connection, [late], now=NOW, run_id=None, who="test")
    assert not is_idle()
    for paused in ("backup", pauses.ALL):
        pause(database, paused)
        assert is_idle()
        resume(database, paused)
    pause(database, "backup")
    with database.write() as connection:
        queue.enqueue(connection, [NewJob(type="zebra", subject="-")], now=NOW, run_id=None, who="test")
    assert not is_idle()


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_idle_look_steps_over_any_number_of_paused_jobs(database: Database, tmp_path: Path) -> None:
    file = str(database.engine.url.database)
    connection = sqlite3.connect(file)
    plan = "\n".join(str(row) for row in connection.execute(f"EXPLAIN QUERY PLAN {idle.WORK.replace(':NOW:', '0')}"))
    connection.close()
    assert "SEARCH job USING INDEX ix_job_ready (type>?)" in plan
    assert "SCAN job" not in plan
