"""What a bounded queue promises, on both databases."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, func, select

from netraven_cli.model import NewJob, Outcome
from netraven_cli.settings.sections import QueueSettings
from netraven_cli.store import jobs, queue
from netraven_cli.store.capacity import QueueFullError, when_there_is_room
from netraven_cli.store.tables import job, job_event
from tests.store.test_queue import NOW, end, take

if TYPE_CHECKING:
    from netraven_cli.store.database import Database


def put(database: Database, limits: QueueSettings, *subjects: str, job_type: str = "backup") -> list[int]:
    new = [NewJob(type=job_type, subject=name, dedupe_key=f"{job_type}:{name}") for name in subjects]
    with database.write() as connection:
        return queue.enqueue(connection, new, now=NOW, run_id=None, who="test", limits=limits)


def count(database: Database) -> tuple[int, int]:
    with database.read() as connection:
        rows = [connection.execute(select(func.count()).select_from(table)).scalar_one() for table in (job, job_event)]
    return rows[0], rows[1]


def test_what_does_not_fit_is_refused_whole_and_the_sentence_names_the_limit(database: Database) -> None:
    limits = QueueSettings(limit=3)
    put(database, limits, "sw1", "sw2")
    with pytest.raises(QueueFullError, match=r"more than 3 jobs, the limit that queue\.limit sets") as refused:
        put(database, limits, "sw3", "sw4")
    assert refused.value.exit_status == 75
    assert count(database) == (2, 2)
    put(database, limits, "sw3")


def test_the_limit_of_a_type_leaves_the_other_types_alone(database: Database) -> None:
    limits = QueueSettings(limit_per_type=2)
    put(database, limits, "sw1", "sw2")
    with pytest.raises(QueueFullError, match=r"2 backup jobs, the limit that queue\.limit_per_type"):
        put(database, limits, "sw3")
    put(database, limits, "sw1", "sw2", job_type="discovery")


def test_delayed_and_running_jobs_count_and_ended_ones_make_room(database: Database) -> None:
    limits = QueueSettings(limit=2)
    put(database, limits, "sw1")
    later = NewJob(type="backup", subject="later", ready_at=NOW + timedelta(hours=1))
    with database.write() as connection:
        queue.enqueue(connection, [later], now=NOW, run_id=None, who="test", limits=limits)
    (held,) = take(database)
    with pytest.raises(QueueFullError):
        put(database, limits, "sw2")
    end(database, held, Outcome.SUCCEEDED)
    assert put(database, limits, "sw2")


def test_jobs_that_are_queued_already_always_fit(database: Database) -> None:
    ids = put(database, QueueSettings(), "sw1", "sw2", "sw3")
    assert sorted(put(database, QueueSettings(limit=1, limit_per_type=1), "sw1", "sw2", "sw3")) == sorted(ids)


def test_programs_at_once_never_pass_the_limit_together(database: Database) -> None:
    limits, refused = QueueSettings(limit=10), []

    def fill(name: str) -> None:
        for number in range(10):
            try:
                put(database, limits, f"{name}-{number}")
            except QueueFullError:
                refused.append(name)

    threads = [threading.Thread(target=fill, args=(f"p{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with database.read() as connection:
        assert len(jobs.list_jobs(connection, limit=None)) == 10
    assert len(refused) == 30


def test_waiting_ends_when_there_is_room_or_no_patience(database: Database) -> None:
    limits = QueueSettings(limit=1, when_full="wait", wait_seconds=60)
    put(database, limits, "sw1")
    pauses = 0

    def pause() -> bool:
        nonlocal pauses
        pauses += 1
        if pauses == 2:
            end(database, take(database)[0], Outcome.SUCCEEDED)
        return pauses < 5

    assert when_there_is_room(limits, lambda: put(database, limits, "sw2"), pause)
    assert pauses == 2
    with pytest.raises(QueueFullError):
        when_there_is_room(limits, lambda: put(database, limits, "sw3"), pause)
    assert pauses == 5
    now = limits.model_copy(update={"wait_seconds": 0.0})
    with pytest.raises(QueueFullError):
        when_there_is_room(now, lambda: put(database, now, "sw3"), pause)
    assert pauses == 5


def test_the_count_reads_the_partial_indexes(database: Database) -> None:
    limits = QueueSettings(limit=100, limit_per_type=100)
    seen: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    put(database, limits, "sw1")
    counts = [text for text in seen if "count(*)" in text]
    assert len(counts) == 6
    with database.write() as connection:
        if database.is_postgres:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        for text in counts:
            parameters = {"type_1": "backup", "param_1": 101, "param_2": 0}
            explain = "EXPLAIN " if database.is_postgres else "EXPLAIN QUERY PLAN "
            given = tuple("backup" if "type" in text and not number else 101 for number in range(text.count("?")))
            plan = connection.exec_driver_sql(explain + text, given if "?" in text else parameters)
            assert "ix_job_" in "\n".join(str(row) for row in plan), text
