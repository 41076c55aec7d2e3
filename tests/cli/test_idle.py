"""The wake-up each minute: it costs next to nothing when idle, and is never idle when there is something to do."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from netraven_cli.store.idle import WORK

if TYPE_CHECKING:
    from pathlib import Path

    from tests.installed import Installed

HEAVY = ("sqlalchemy", "typer", "pydantic", "yaml", "netmiko", "paramiko", "rich", "git", "cryptography", "logging")


def imported(netraven: Installed) -> set[str]:
    """What `run --due` imported."""
    said = netraven.well("run", "--due", PYTHONPROFILEIMPORTTIME="1")
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
    assert imported(idle) & set(HEAVY) == set()


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
        plan = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {WORK}", {"now": 0})]
    whole = [step for step in plan if re.match("SCAN (schedule|occurrence|job)", step) and "INDEX" not in step]
    assert whole == []
    assert any("SEARCH schedule USING INDEX ix_schedule_next_due_at (next_due_at" in step for step in plan)
    assert any("occurrence USING INDEX ix_occurrence_due" in step for step in plan)
