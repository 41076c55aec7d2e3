"""Dedupe keys: a waiting job is kept or replaced, a running one always kept; on both databases."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from netraven_cli.model import JobState, NewJob
from netraven_cli.store import jobs, queue
from tests.store.test_batches import in_threads
from tests.store.test_queue import NOW, take

if TYPE_CHECKING:
    from netraven_cli.store.database import Database


def put(database: Database, *, replaces: bool, priority: int = 50, later: float = 0) -> queue.Queued:
    new = NewJob(
        type="backup", subject="sw1", dedupe_key="K", replaces=replaces, priority=priority,
        ready_at=NOW + timedelta(hours=later),
    )  # fmt: skip
    with database.write() as connection:
        return queue.submit(connection, [new], now=NOW, run_id=None, who="anna")


def states(database: Database) -> dict[int, JobState]:
    with database.read() as connection:
        return {job.id: job.state for job in jobs.list_jobs(connection, limit=None)}


@pytest.mark.parametrize("later", [0, 1])
def test_a_waiting_job_is_replaced_with_an_event_and_the_new_one_has_the_key(database: Database, later: int) -> None:
    (old,) = put(database, replaces=False, later=later).new
    queued = put(database, replaces=True, priority=100)
    assert (len(queued.new), queued.live) == (1, [])
    assert states(database) == {old: JobState.CANCELLED, queued.new[0]: JobState.READY}
    with database.read() as connection:
        last = jobs.events(connection, old)[-1]
        assert (last.after, last.who, last.error_class) == ("cancelled", "anna", "cancelled")
        assert last.why == "replaced by a newer job of its dedupe key"
        assert jobs.get(connection, old).reason == last.why
    assert put(database, replaces=False).live == queued.new


def test_a_running_job_is_kept_and_no_other_is_queued(database: Database) -> None:
    (old,) = put(database, replaces=False).new
    take(database)
    queued = put(database, replaces=True)
    assert (queued.batch_id, queued.new, queued.live) == (None, [], [old])
    assert states(database) == {old: JobState.RUNNING}


def test_without_a_waiting_job_replace_only_queues(database: Database) -> None:
    assert list(states(database)) == []
    (new,) = put(database, replaces=True).new
    assert states(database) == {new: JobState.READY}


def test_of_one_key_twice_in_a_submission_the_first_is_queued(database: Database) -> None:
    twins = [NewJob(type="backup", subject=name, dedupe_key="K", replaces=True) for name in ("first", "second")]
    with database.write() as connection:
        queued = queue.submit(connection, twins, now=NOW, run_id=None, who="anna")
        (found,) = jobs.list_jobs(connection, limit=None)
    assert (len(queued.new), queued.live, found.subject) == (1, [], "first")


def test_of_programs_that_replace_at_once_each_is_accepted_and_one_job_is_left(database: Database) -> None:
    together = threading.Barrier(4, timeout=30)
    queued: list[queue.Queued] = []

    def work() -> None:
        together.wait()
        queued.extend(put(database, replaces=True) for _ in range(5))

    in_threads([work] * 4)
    found = states(database)
    assert sorted(id_ for one in queued for id_ in one.new) == sorted(found)
    assert len(found) == 20, "one of them was not queued, though nothing ran"
    assert list(found.values()).count(JobState.READY) == 1
