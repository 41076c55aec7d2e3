"""The queue's promises, on both databases."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from netraven_cli.model import JobState, NewJob, Outcome
from netraven_cli.store import claiming, jobs, orders, queue, runners, settling
from netraven_cli.store.tables import attempt, job

if TYPE_CHECKING:
    from netraven_cli.store.database import Database

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=timezone.utc)


def put(database: Database, *subjects: str, priority: int = 50, ready_at: datetime | None = None) -> list[int]:
    new = [
        NewJob(
            type="backup", subject=name, priority=priority, ready_at=ready_at,
            dedupe_key=f"backup:{name}", exclusive_key=f"device:{name}",
        )
        for name in subjects
    ]  # fmt: skip
    with database.write() as connection:
        return queue.enqueue(connection, new, now=NOW, run_id="run", who="test")


def take(database: Database, limit: int = 10, runner: str = "r1", now: datetime = NOW) -> list[claiming.Claimed]:
    with database.write() as connection:
        return claiming.claim(connection, runner_id=runner, types=["backup"], limit=limit, now=now)


def end(database: Database, held: claiming.Claimed, outcome: Outcome, runner: str = "r1", **more: object) -> bool:
    settled = settling.Settlement(job=held, runner_id=runner, outcome=outcome, **more)  # type: ignore[arg-type]
    with database.write() as connection:
        if settling.settle(connection, [settled], NOW) != [True]:
            return False
        settling.add_attempts(connection, [(settled, None)], NOW)
        return True


def state(database: Database, job_id: int) -> JobState:
    with database.read() as connection:
        return jobs.get(connection, job_id).state


def test_a_live_job_of_the_same_dedupe_key_is_returned_instead_of_a_second_one(database: Database) -> None:
    (first,) = put(database, "sw1")
    assert put(database, "sw1", "sw2")[-1] == first
    with database.read() as connection:
        assert len(jobs.list_jobs(connection, limit=10)) == 2


def test_a_finished_job_makes_room_for_the_next_of_its_dedupe_key(database: Database) -> None:
    (first,) = put(database, "sw1")
    assert end(database, take(database)[0], Outcome.SUCCEEDED)
    assert put(database, "sw1") != [first]


def test_jobs_are_claimed_by_priority_and_then_by_age(database: Database) -> None:
    put(database, "low", priority=30)
    put(database, "normal")
    put(database, "critical", priority=100)
    assert [held.subject for held in take(database)] == ["critical", "normal", "low"]


def test_a_low_job_that_waited_long_enough_goes_before_a_new_normal_one(database: Database) -> None:
    put(database, "low", priority=30)
    later = NOW + timedelta(minutes=21)
    new = NewJob(type="backup", subject="normal")
    with database.write() as connection:
        queue.enqueue(connection, [new], now=later, run_id=None, who="test")
    assert [held.subject for held in take(database, now=later)] == ["low", "normal"]


def test_no_two_jobs_of_one_device_run_at_once(database: Database) -> None:
    put(database, "sw1")
    other = NewJob(type="backup", subject="sw1 again", exclusive_key="device:sw1")
    with database.write() as connection:
        queue.enqueue(connection, [other], now=NOW, run_id=None, who="test")
    (held,) = take(database)
    assert take(database) == []
    end(database, held, Outcome.SUCCEEDED)
    assert [job.subject for job in take(database)] == ["sw1 again"]


def test_a_delayed_job_is_not_claimed_before_its_time(database: Database) -> None:
    put(database, "sw1", ready_at=NOW + timedelta(hours=1))
    assert take(database) == []
    assert [held.subject for held in take(database, now=NOW + timedelta(hours=1))] == ["sw1"]


def test_a_late_result_of_a_runner_that_lost_its_job_is_refused(database: Database) -> None:
    (id_,) = put(database, "sw1")
    (stale,) = take(database, runner="zombie")
    with database.write() as connection:
        assert runners.rescue(connection, ["zombie"], interruptions=25, now=NOW, who="r2") == 1
    (held,) = take(database, runner="zombie")  # even when the same runner holds it again
    assert not end(database, stale, Outcome.SUCCEEDED, runner="zombie")
    assert end(database, held, Outcome.SUCCEEDED, runner="zombie")
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(attempt)).scalar() == 1
    assert state(database, id_) is JobState.SUCCEEDED


def test_being_killed_costs_a_job_no_attempt_until_it_killed_too_many_runners(database: Database) -> None:
    (id_,) = put(database, "sw1")
    for _ in range(2):
        (held,) = take(database)
        assert held.attempt == 1
        with database.write() as connection:
            runners.rescue(connection, ["r1"], interruptions=3, now=NOW, who="r2")
        assert state(database, id_) is JobState.READY
    take(database)
    with database.write() as connection:
        runners.rescue(connection, ["r1"], interruptions=3, now=NOW, who="r2")
        found = jobs.get(connection, id_)
    assert (found.state, found.attempt) == (JobState.DEAD, 0)
    assert "3 times" in (found.reason or "")


def test_a_job_that_was_put_back_can_be_claimed_again_as_the_same_attempt(database: Database) -> None:
    put(database, "sw1")
    (held,) = take(database)
    with database.write() as connection:
        assert settling.put_back(connection, held, runner_id="r1", why="stopped", now=NOW)
    assert take(database)[0].attempt == 1


def test_a_retry_waits_until_its_time_and_counts(database: Database) -> None:
    put(database, "sw1")
    (held,) = take(database)
    assert end(database, held, Outcome.RETRY, retry_at=NOW + timedelta(seconds=2), error_class="network")
    assert take(database) == []
    assert take(database, now=NOW + timedelta(seconds=2))[0].attempt == 2


@pytest.mark.parametrize(("before", "after"), [("waiting", JobState.CANCELLED), ("running", JobState.RUNNING)])
def test_cancel_ends_a_waiting_job_and_asks_the_runner_of_a_running_one(
    database: Database, before: str, after: JobState
) -> None:
    (id_,) = put(database, "sw1")
    with database.write() as connection:
        here = runners.Runner(id="r1", host="here", pid=1, started_at=NOW, lease_until=NOW)
        runners.register(connection, here)
    if before == "running":
        take(database)
    with database.write() as connection:
        assert jobs.cancel(connection, id_, who="anna", now=NOW) is after
        wishes = orders.orders(connection, "r1")
    assert wishes is not None
    assert wishes.cancelled == ({id_} if before == "running" else set())
    assert state(database, id_) is after


def test_a_cancelled_job_of_a_dead_runner_is_not_done_again(database: Database) -> None:
    (id_,) = put(database, "sw1")
    take(database)
    with database.write() as connection:
        jobs.cancel(connection, id_, who="anna", now=NOW)
        runners.rescue(connection, ["r1"], interruptions=25, now=NOW, who="r2")
    assert state(database, id_) is JobState.CANCELLED


def test_a_dead_job_that_is_retried_gets_all_its_attempts(database: Database) -> None:
    (id_,) = put(database, "sw1")
    end(database, take(database)[0], Outcome.DEAD, error_class="network", reason="refused")
    with database.write() as connection:
        jobs.retry(connection, id_, who="anna", now=NOW)
    assert take(database)[0].attempt == 1


def test_every_change_of_state_has_its_event(database: Database) -> None:
    (id_,) = put(database, "sw1")
    end(database, take(database)[0], Outcome.RETRY, retry_at=NOW, error_class="network", reason="refused")
    end(database, take(database)[0], Outcome.SUCCEEDED)
    with database.read() as connection:
        seen = [(event.before, event.after) for event in jobs.events(connection, id_)]
    assert seen == [
        (None, "ready"), ("ready", "running"), ("running", "scheduled"), ("scheduled", "ready"),
        ("ready", "running"), ("running", "succeeded"),
    ]  # fmt: skip


def test_runners_at_once_never_claim_the_same_job(database: Database) -> None:
    ids = put(database, *(f"sw{number}" for number in range(60)))
    claimed: list[int] = []
    lock = threading.Lock()

    def drain(runner: str) -> None:
        while got := take(database, limit=3, runner=runner):
            with lock:
                claimed.extend(held.id for held in got)

    threads = [threading.Thread(target=drain, args=(f"r{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(claimed) == sorted(ids)


def test_a_second_success_of_one_job_cannot_be_written(database: Database) -> None:
    put(database, "sw1")
    (held,) = take(database)
    settled = settling.Settlement(job=held, runner_id="r1", outcome=Outcome.SUCCEEDED)
    with pytest.raises(IntegrityError), database.engine.begin() as connection:
        settling.add_attempts(connection, [(settled, None)], NOW)
        settling.add_attempts(connection, [(settled, None)], NOW)


def test_the_claim_reads_its_own_index_and_never_the_history(database: Database) -> None:
    put(database, "sw1")
    with database.write() as connection:
        if database.is_postgres:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN " if database.is_postgres else "EXPLAIN QUERY PLAN "
        query = "SELECT id FROM job WHERE job.state = 'ready' AND type IN ('backup') ORDER BY rank, id LIMIT 10"
        plan = "\n".join(str(row) for row in connection.exec_driver_sql(explain + query))
    assert job.c.rank is not None
    assert "ix_job_ready" in plan
