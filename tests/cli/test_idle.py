"""The wake-up each minute: it costs next to nothing when idle, and is never idle when there is something to do."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from netraven_cli.model import NewJob
from netraven_cli.store import queue, runners
from netraven_cli.store.idle import WORK

if TYPE_CHECKING:
    from pathlib import Path

    from netraven_cli.store.database import Database
    from tests.installed import Installed

HEAVY = {
    "sqlalchemy", "typer", "pydantic", "yaml", "netmiko", "paramiko", "rich", "git", "cryptography", "logging",
    "psycopg", "asyncio", "typing", "pathlib", "json", "hashlib", "contextlib", "dataclasses", "importlib.metadata",
}  # fmt: skip


def imported(netraven: Installed) -> set[str]:
    """What `run --due` imported."""
    said = netraven("run", "--due", PYTHONPROFILEIMPORTTIME="1")
    assert said.status in (0, 1), said  # 1: what it did failed
    return {line.rpartition("|")[2].strip() for line in said.err.splitlines() if line.startswith("import time:")}


def is_idle(netraven: Installed) -> bool:
    return "netraven_cli.cli.root" not in imported(netraven)


@pytest.fixture
def idle(netraven: Installed) -> Installed:
    """An installation that has noted where its database lies."""
    netraven.well("run", "--due")
    assert is_idle(netraven)
    return netraven


def test_an_idle_wake_up_imports_nothing_heavy(idle: Installed) -> None:
    assert imported(idle) & HEAVY == set()


def test_a_ready_job_is_not_overlooked(idle: Installed) -> None:
    idle.well("device", "add", "sw1", "--address", "127.0.0.1", "--port", "9", "--platform", "cisco_ios")
    idle.well("job", "submit", "backup", "sw1")
    assert idle("run", "--due").status == 1  # nothing logs in there: the job is dead now
    assert is_idle(idle)


def test_a_due_schedule_is_not_overlooked(idle: Installed) -> None:
    idle.well("schedule", "add", "often", "--type", "backup", "--every", "1m")
    assert is_idle(idle)
    with closing(sqlite3.connect(idle.folder / "netraven.db")) as database:
        database.execute("UPDATE schedule SET next_due_at = 1, seen_until = 0")
        database.commit()
    assert not is_idle(idle)


def test_a_dead_runner_is_not_overlooked(idle: Installed) -> None:
    with closing(sqlite3.connect(idle.folder / "netraven.db")) as database:
        gone = ("gone", "here", 1, 0, 4102444800000000)
        database.execute("INSERT INTO runner (id, host, pid, started_at, lease_until) VALUES (?, ?, ?, ?, ?)", gone)
        database.commit()
    (idle.folder / "runners" / "gone.lock").touch()
    assert not is_idle(idle)
    assert is_idle(idle)  # its row is gone


def test_a_data_folder_named_by_the_environment_has_the_note_and_the_settings_lie_untouched(
    netraven: Installed, tmp_path: Path
) -> None:
    settings = tmp_path / "mounted" / "config.yml"
    settings.parent.mkdir()
    settings.write_text("")
    netraven.environ |= {"NETRAVEN_CONFIG": str(settings), "NETRAVEN_DATA_DIR": str(netraven.folder)}
    assert not is_idle(netraven)
    assert is_idle(netraven)
    assert list(settings.parent.iterdir()) == [settings]


@pytest.mark.parametrize("change", ["settings", "environment", "database"])
def test_what_was_noted_is_not_believed_when_something_changed(idle: Installed, change: str) -> None:
    if change == "settings":
        with (idle.folder / "config.yml").open("a") as config:
            config.write("\nenvironment: dev\n")
    elif change == "environment":
        idle.environ["NETRAVEN_LOGGING__LEVEL"] = "debug"
    else:
        (idle.folder / "netraven.db").unlink()
        assert idle("run", "--due").status == 78
        return
    assert not is_idle(idle)
    assert is_idle(idle)


def test_the_look_goes_by_indexes_whatever_the_number_of_schedules_and_due_times(netraven: Installed) -> None:
    with closing(sqlite3.connect(netraven.folder / "netraven.db")) as database:
        plan = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {WORK.replace(':NOW:', '0')}")]
    whole = [step for step in plan if re.match("SCAN (schedule|occurrence|job)", step) and "INDEX" not in step]
    assert whole == []
    assert any("SEARCH schedule USING INDEX ix_schedule_next_due_at (next_due_at" in step for step in plan)
    assert any("occurrence USING INDEX ix_occurrence_due" in step for step in plan)


@pytest.fixture
def shared(netraven: Installed, database_url: str) -> Installed:
    """An installation with a database that other hosts use too, and a note of it."""
    netraven.environ["NETRAVEN_DATABASE__URL"] = database_url
    assert not is_idle(netraven)
    return netraven


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_an_idle_wake_up_with_postgresql_imports_nothing_heavy_either(shared: Installed) -> None:
    assert is_idle(shared)
    assert imported(shared) & (HEAVY | {"sqlite3"}) == set()


@pytest.mark.parametrize("database_kind", ["postgresql"])
@pytest.mark.parametrize("left", ["a ready job", "a delayed job that is due", "a dead runner elsewhere"])
def test_with_postgresql_nothing_is_overlooked_and_a_live_runner_elsewhere_is_no_work(
    shared: Installed, database: Database, left: str
) -> None:
    now = datetime.now(timezone.utc)
    alive = runners.Runner(id="r1", host="elsewhere", pid=1, started_at=now, lease_until=now + timedelta(hours=1))
    with database.write() as connection:
        runners.register(connection, alive)
        later = NewJob(type="backup", subject="sw1", ready_at=now + timedelta(hours=1))
        queue.enqueue(connection, [later], now=now, run_id=None, who="anna")
    assert is_idle(shared)
    change = {
        "a ready job": "UPDATE job SET state = 'ready'",
        "a delayed job that is due": "UPDATE job SET ready_at = now() - interval '1 second'",
        "a dead runner elsewhere": "UPDATE runner SET lease_until = now() - interval '1 second'",
    }[left]
    with database.write() as connection:
        connection.execute(text(change))
    assert not is_idle(shared)


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_password_in_the_settings_file_is_noted_nowhere(netraven: Installed, database_url: str) -> None:
    config = netraven.folder / "config.yml"
    secret = database_url.replace("netraven@", "netraven:canary@")
    config.write_text(f"data_dir: .\ndatabase:\n  url: {secret}\n")
    assert not is_idle(netraven)
    assert not is_idle(netraven)
    config.write_text(f"data_dir: .\ndatabase:\n  url: {database_url}\n")
    assert not is_idle(netraven)
    assert is_idle(netraven)
    note = netraven.folder / ".netraven-idle"
    assert "canary" not in note.read_text()
    assert note.stat().st_mode & 0o077 == 0
