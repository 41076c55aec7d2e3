"""Figures over a window, on both databases."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from netraven_cli.model import NewJob, NewSchedule, Outcome, Selector
from netraven_cli.store import claiming, live, occurrences, queue, runners, schedules, settling
from netraven_cli.store.depth import depths
from netraven_cli.store.window import AttemptCount, Percentiles, Window, window
from tests.store.make import NOW

if TYPE_CHECKING:
    from netraven_cli.store.database import Database

LIVE = re.compile(r"INDEX ix_job_(ready|scheduled|running|dead)\b")
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)


def look(database: Database, hours: float = 24) -> Window:
    with database.read() as connection:
        return window(connection, NOW - hours * HOUR, NOW)


def put(database: Database, *subjects: str, due: datetime, run_id: str = "run", **more: Any) -> None:
    new = [NewJob(type="backup", subject=name, exclusive_key=name, **more) for name in subjects]
    with database.write() as connection:
        queue.enqueue(connection, new, now=due, run_id=run_id, who="test")


def take(database: Database, at: datetime, limit: int = 1) -> list[claiming.Claimed]:
    with database.write() as connection:
        return claiming.claim(connection, runner_id="r1", types=["backup"], limit=limit, now=at)


def end(database: Database, held: claiming.Claimed, at: datetime, outcome: Outcome, **more: Any) -> None:
    settled = settling.Settlement(job=held, runner_id="r1", outcome=outcome, **more)
    with database.write() as connection:
        assert settling.settle(connection, [settled], at) == [True]
        settling.add_attempts(connection, [(settled, None)], at)


def do(database: Database, subject: str, *, due: datetime, waits: float, lasts: float, run_id: str = "run") -> None:
    put(database, subject, due=due, run_id=run_id)
    (held,) = take(database, due + waits * SECOND)
    end(database, held, due + (waits + lasts) * SECOND, Outcome.SUCCEEDED)


def test_an_empty_database_has_figures_too(database: Database) -> None:
    found = look(database)
    assert (found.attempts, found.succeeded, found.runs, found.missed) == ([], 0, 0, 0)
    assert found.execution == found.queue_wait == Percentiles()


def test_percentiles_are_those_of_nearest_rank(database: Database) -> None:
    for number in range(1, 21):
        do(database, f"sw{number}", due=NOW - HOUR, waits=number, lasts=number / 2)
    found = look(database)
    assert found.queue_wait == Percentiles(p50_seconds=10, p95_seconds=19, p99_seconds=20)
    assert found.execution == Percentiles(p50_seconds=5, p95_seconds=9.5, p99_seconds=10)


def test_what_ended_before_the_window_does_not_count(database: Database) -> None:
    do(database, "sw1", due=NOW - 3 * HOUR, waits=1, lasts=1, run_id="old")
    do(database, "sw1", due=NOW - HOUR, waits=2, lasts=3, run_id="new")
    found = look(database, hours=2)
    assert (found.succeeded, found.runs, found.per_hour) == (1, 1, 0.5)
    assert found.execution.p50_seconds == 3
    assert look(database, hours=4).runs == 2


def test_attempts_are_counted_by_outcome_and_class_those_of_live_jobs_too(database: Database) -> None:
    put(database, "flaky", due=NOW - HOUR)
    (held,) = take(database, NOW - HOUR)
    end(database, held, NOW - HOUR, Outcome.RETRY, error_class="network", retry_at=NOW + HOUR)
    put(database, "refused", due=NOW - HOUR)
    (held,) = take(database, NOW - HOUR)
    end(database, held, NOW - HOUR, Outcome.DEAD, error_class="authentication")
    do(database, "well", due=NOW - HOUR, waits=1, lasts=1)
    found = look(database)
    assert found.attempts == [
        AttemptCount(outcome="dead", error_class="authentication", count=1),
        AttemptCount(outcome="retry", error_class="network", count=1),
        AttemptCount(outcome="succeeded", error_class=None, count=1),
    ]
    assert found.failed_attempts == {"authentication": 1, "network": 1}
    assert (found.succeeded, found.dead, found.cancelled) == (1, 1, 0)


def test_occurrences_missed_in_the_window_are_counted(database: Database) -> None:
    new = NewSchedule(name="n", type="backup", pattern="cron 0 2 * * *", timezone="UTC", selector=Selector())
    rows = [
        (NOW - 2 * DAY, "missed", "asleep"),
        (NOW - HOUR, "missed", "asleep"),
        (NOW - 2 * HOUR, "enqueued", None),
    ]
    with database.write() as connection:
        occurrences.record_occurrences(connection, schedules.add(connection, new, NOW, None), rows, NOW, None)
    assert look(database).missed == 1


def test_executing_jobs_name_their_runner_and_one_whose_runner_is_gone_has_none(database: Database) -> None:
    put(database, "sw1", due=NOW)
    take(database, NOW)
    with database.write() as connection:
        (orphan,) = live.executing(connection)
        runners.register(
            connection, runners.Runner(id="r1", host="here", pid=7, started_at=NOW, lease_until=NOW + HOUR)
        )
        (held,) = live.executing(connection)
    assert (orphan.subject, orphan.host) == ("sw1", None)
    assert (held.subject, held.host, held.pid, held.started_at) == ("sw1", "here", 7, NOW)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_no_figure_reads_all_finished_jobs_attempts_or_occurrences(database: Database) -> None:
    asked: list[tuple[str, Any]] = []
    with database.read() as connection:
        event.listen(connection, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
        window(connection, NOW - DAY, NOW)
        depths(connection)
        live.executing(connection)
    with database.engine.connect() as connection:
        for statement, parameters in asked:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            whole = [step for step in plan if re.match("SCAN (job|attempt|occurrence)", step) and not LIVE.search(step)]
            assert whole == [], statement
