"""Dropping, reprioritising and finding jobs, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from netraven_cli.errors import NotFoundError, UsageError
from netraven_cli.model import JobState, NewJob, Outcome, Priority
from netraven_cli.store import figures, jobs, queue, steer
from tests.store.test_queue import NOW, end, put, state, take

if TYPE_CHECKING:
    from netraven_cli.store.database import Database


def dead(database: Database, *subjects: str, error_class: str = "network") -> list[int]:
    ids = put(database, *subjects)
    for held in take(database):
        end(database, held, Outcome.DEAD, error_class=error_class, reason="refused")
    return ids


def test_a_dropped_job_is_no_dead_letter_and_keeps_its_history(database: Database) -> None:
    (id_,) = dead(database, "sw1")
    with database.write() as connection:
        assert steer.drop(connection, id_, who="anna", now=NOW)
        assert not steer.drop(connection, id_, who="anna", now=NOW)
        found = jobs.get(connection, id_)
        assert (figures.dead_jobs(connection), figures.failing(connection)) == (0, 0)
        assert (found.state, found.reason, found.error_class) == (JobState.CANCELLED, "refused", "network")
        assert [one.outcome for one in jobs.attempts(connection, id_)] == ["dead"]
        last = jobs.events(connection, id_)[-1]
    assert (last.before, last.after, last.who, last.why) == ("dead", "cancelled", "anna", "dropped")


def test_only_dead_jobs_can_be_dropped(database: Database) -> None:
    (id_,) = put(database, "sw1")
    with database.write() as connection:
        with pytest.raises(UsageError, match="ready"):
            steer.drop(connection, id_, who="anna", now=NOW)
        with pytest.raises(NotFoundError):
            steer.drop(connection, 999, who="anna", now=NOW)
    assert state(database, id_) is JobState.READY


def test_a_reprioritised_job_takes_its_new_place(database: Database) -> None:
    _, last = put(database, "first", "last")
    with database.write() as connection:
        assert steer.reprioritise(connection, last, Priority.of("critical"), who="anna", now=NOW)
        assert not steer.reprioritise(connection, last, Priority(100), who="anna", now=NOW)
        assert jobs.events(connection, last)[-1].why == "priority normal becomes critical"
    assert [held.subject for held in take(database)] == ["last", "first"]


def test_a_reprioritised_delayed_job_still_waits_for_its_time(database: Database) -> None:
    (id_,) = put(database, "later", ready_at=NOW + timedelta(hours=1))
    with database.write() as connection:
        assert steer.reprioritise(connection, id_, Priority.of("critical"), who="anna", now=NOW)
    assert take(database) == []
    assert state(database, id_) is JobState.SCHEDULED


def test_what_runs_or_has_ended_cannot_be_reprioritised(database: Database) -> None:
    (id_,) = put(database, "sw1")
    take(database)
    with pytest.raises(UsageError, match="running"), database.write() as connection:
        steer.reprioritise(connection, id_, Priority.of("high"), who="anna", now=NOW)


def test_retrying_and_cancelling_twice_is_the_same_as_once(database: Database) -> None:
    (id_,) = dead(database, "sw1")
    with database.write() as connection:
        assert jobs.retry(connection, id_, who="anna", now=NOW)
        assert not jobs.retry(connection, id_, who="anna", now=NOW)
    take(database)
    with database.write() as connection:
        for _ in range(2):
            jobs.cancel(connection, id_, who="anna", now=NOW)
        whys = [event.why for event in jobs.events(connection, id_)]
    assert (whys.count("retried"), whys.count("asked to cancel")) == (1, 1)


def test_jobs_are_found_by_class_and_by_the_time_they_were_queued(database: Database) -> None:
    network = dead(database, "sw1")
    timeout = dead(database, "sw2", error_class="timeout")
    later = NOW + timedelta(hours=1)
    with database.write() as connection:
        new = queue.enqueue(connection, [NewJob(type="x", subject="-")], now=later, run_id=None, who="test")

    def found(**wanted: object) -> list[int]:
        with database.read() as connection:
            return [job.id for job in jobs.list_jobs(connection, limit=None, **wanted)]  # type: ignore[arg-type]

    assert found(error_class="network") == network
    assert found(error_class="timeout", state=JobState.DEAD) == timeout
    assert found(since=later) == new
    assert found(since=NOW) == new + timeout + network
