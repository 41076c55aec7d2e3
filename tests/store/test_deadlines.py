"""What a deadline promises, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from netraven_cli.errors import UsageError
from netraven_cli.model import JobState, NewJob, Outcome
from netraven_cli.store import idle, jobs, pauses, queue
from tests.store.test_queue import NOW, end, state, take

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from netraven_cli.store.database import Database

SOON = NOW + timedelta(minutes=5)


def put(database: Database, subject: str = "sw1", ready_at: datetime | None = None) -> int:
    new = NewJob(type="backup", subject=subject, ready_at=ready_at, expires_at=SOON, dedupe_key=subject)
    with database.write() as connection:
        return queue.enqueue(connection, [new], now=NOW, run_id=None, who="test")[0]


def test_a_job_that_is_not_begun_in_time_is_cancelled_with_its_reason_and_its_event(database: Database) -> None:
    id_ = put(database)
    assert take(database, now=SOON) == []
    with database.read() as connection:
        found = jobs.get(connection, id_)
        last = jobs.events(connection, id_)[-1]
    assert (found.state, found.reason, found.finished_at) == (JobState.CANCELLED, "expired", SOON)
    assert (last.before, last.after, last.who) == ("ready", "cancelled", "queue")
    assert "expired" in last.why


def test_a_job_is_begun_until_the_very_end_of_its_time(database: Database) -> None:
    put(database)
    (held,) = take(database, now=SOON - timedelta(microseconds=1))
    assert end(database, held, Outcome.SUCCEEDED)
    assert take(database, now=SOON) == []
    assert state(database, held.id) is JobState.SUCCEEDED


@pytest.mark.parametrize("delay", [timedelta(minutes=4), timedelta(hours=1)])
def test_a_delayed_job_and_a_retry_expire_too(database: Database, delay: timedelta) -> None:
    delayed = put(database, "sw1", ready_at=NOW + delay)
    retried = put(database, "sw2")
    (held,) = take(database)
    end(database, held, Outcome.RETRY, retry_at=NOW + delay, error_class="network")
    assert take(database, now=SOON) == []
    assert [state(database, id_) for id_ in (delayed, retried)] == [JobState.CANCELLED] * 2


def test_jobs_of_a_paused_type_expire_too(database: Database) -> None:
    id_ = put(database)
    with database.write() as connection:
        pauses.put(connection, pauses.ALL, who="anna", reason=None, now=NOW)
    assert take(database, now=SOON) == []
    assert state(database, id_) is JobState.CANCELLED


def test_any_number_of_jobs_expires_at_once(database: Database) -> None:
    ids = [put(database, f"sw{number}") for number in range(3)]
    with database.write() as connection:
        more = [NewJob(type="backup", subject=f"r{number}", expires_at=SOON) for number in range(1200)]
        ids += queue.enqueue(connection, more, now=NOW, run_id=None, who="test")
    assert take(database, limit=1, now=SOON) == []
    with database.read() as connection:
        assert {job.state for job in jobs.states(connection, ids).values()} == {JobState.CANCELLED}


def test_a_job_that_expired_and_is_retried_has_no_deadline_any_more(database: Database) -> None:
    id_ = put(database)
    take(database, now=SOON)
    with database.write() as connection:
        jobs.retry(connection, id_, who="anna", now=SOON)
    assert [held.id for held in take(database, now=SOON + timedelta(days=1))] == [id_]


def test_a_job_cannot_be_rescheduled_beyond_its_deadline(database: Database) -> None:
    id_ = put(database)
    with database.write() as connection:
        with pytest.raises(UsageError, match="expires"):
            jobs.reschedule(connection, id_, SOON, who="anna", now=NOW)
        jobs.reschedule(connection, id_, SOON - timedelta(seconds=1), who="anna", now=NOW)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_expired_job_wakes_the_program_that_cancels_it(database: Database, tmp_path: Path) -> None:
    file = str(database.engine.url.database)
    with database.write() as connection:
        pauses.put(connection, pauses.ALL, who="anna", reason=None, now=NOW)
    put(database)
    with database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE job SET expires_at = 4102444800000000"
        )  # in 2100: the look goes by the real clock
    assert idle._is_idle(file, str(tmp_path))  # noqa: SLF001 - the look itself, without settings
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE job SET expires_at = 1")
    assert not idle._is_idle(file, str(tmp_path))  # noqa: SLF001 - the same
