"""Batches: counted by state, and ended exactly once by whoever ends the last live job; on both databases."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, func, select

from netraven_cli.errors import NotFoundError
from netraven_cli.model import NewJob, Outcome
from netraven_cli.store import batches, claiming, deadlines, jobs, queue, runners, settling, steer
from netraven_cli.store.tables import batch, batch_end
from tests.store.test_queue import NOW, end, take

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from netraven_cli.store.batches import Batch
    from netraven_cli.store.database import Database

LATER = NOW + timedelta(hours=1)


def put(database: Database, *subjects: str, **more: object) -> queue.Queued:
    new = [NewJob(type="backup", subject=name, dedupe_key=name, **more) for name in subjects]  # type: ignore[arg-type]
    with database.write() as connection:
        return queue.submit(connection, new, now=NOW, run_id="run", who="anna")


def look(database: Database, queued: queue.Queued) -> Batch:
    assert queued.batch_id is not None
    with database.read() as connection:
        return batches.get(connection, queued.batch_id)


def test_jobs_that_are_queued_together_are_a_batch_with_its_counts(database: Database) -> None:
    queued = put(database, "sw1", "sw2", "sw3", schedule="nightly")
    found = look(database, queued)
    assert (found.who, found.run_id, found.schedule, found.jobs) == ("anna", "run", "nightly", {"ready": 3})
    end(database, take(database, limit=1)[0], Outcome.SUCCEEDED)
    take(database, limit=1)
    found = look(database, queued)
    assert (found.jobs, found.ended_at) == ({"succeeded": 1, "running": 1, "ready": 1}, None)
    with database.read() as connection:
        assert {job.id for job in jobs.list_jobs(connection, batch_id=found.id, limit=None)} == set(queued.ids)
        assert [one.id for one in batches.list_batches(connection, live=True)] == [found.id]


def test_jobs_that_are_under_way_keep_their_batch_and_no_empty_one_is_made(database: Database) -> None:
    first = put(database, "sw1")
    mixed = put(database, "sw1", "sw2")
    assert (len(mixed.new), mixed.live) == (1, first.new)
    assert look(database, mixed).jobs == {"ready": 1}
    again = put(database, "sw1", "sw2")
    assert (again.batch_id, again.new, sorted(again.live)) == (None, [], sorted([*first.new, *mixed.new]))
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(batch)).scalar_one() == 2


def settle(connection: Connection, _job_id: int) -> None:
    (held,) = claiming.claim(connection, runner_id="r1", types=["backup"], limit=1, now=NOW)
    settled = settling.Settlement(job=held, runner_id="r1", outcome=Outcome.DEAD, reason="refused")
    assert settling.settle(connection, [settled], NOW) == [True]


def cancel(connection: Connection, job_id: int) -> None:
    jobs.cancel(connection, job_id, who="r1", now=NOW)


def rescue(connection: Connection, _job_id: int) -> None:
    assert claiming.claim(connection, runner_id="r0", types=["backup"], limit=1, now=NOW)
    runners.rescue(connection, ["r0"], interruptions=1, now=NOW, who="r1")


def replace(connection: Connection, _job_id: int) -> None:
    new = NewJob(type="backup", subject="sw1", dedupe_key="sw1", replaces=True)
    queue.enqueue(connection, [new], now=NOW, run_id=None, who="r1")


@pytest.mark.parametrize(
    ("ends", "state"), [(settle, "dead"), (cancel, "cancelled"), (rescue, "dead"), (replace, "cancelled")]
)
def test_whoever_ends_the_last_live_job_ends_the_batch(
    database: Database, ends: Callable[[Connection, int], None], state: str
) -> None:
    queued = put(database, "sw1")
    with database.write() as connection:
        ends(connection, queued.ids[0])
    found = look(database, queued)
    assert (found.ended_at, found.ended_by, found.end, found.jobs) == (NOW, "r1", f"1 {state}", {state: 1})


def test_a_deadline_ends_the_batch_too(database: Database) -> None:
    queued = put(database, "sw1", "sw2", expires_at=NOW + timedelta(minutes=5))
    with database.write() as connection:
        assert deadlines.expire(connection, LATER) == 2
    found = look(database, queued)
    assert (found.ended_at, found.ended_by, found.end) == (LATER, "queue", "2 cancelled")


def test_a_retry_does_not_end_a_batch_and_a_job_retried_by_hand_does_not_end_it_twice(database: Database) -> None:
    queued = put(database, "sw1", "sw2")
    first, second = take(database)
    end(database, first, Outcome.RETRY, retry_at=NOW, error_class="network")
    end(database, second, Outcome.DEAD)
    assert look(database, queued).ended_at is None
    end(database, take(database)[0], Outcome.DEAD)
    ended = look(database, queued)
    assert ended.end == "2 dead"
    with database.write() as connection:
        steer.drop(connection, first.id, who="anna", now=LATER)
        jobs.retry(connection, second.id, who="anna", now=LATER)
        assert batches.is_live(connection, ended.id)
    end(database, take(database, now=LATER)[0], Outcome.SUCCEEDED)
    found = look(database, queued)
    assert (found.ended_at, found.end) == (ended.ended_at, "2 dead")
    assert found.jobs == {"succeeded": 1, "cancelled": 1}


def test_what_was_taken_back_ends_no_batch_in_the_next_transaction(database: Database) -> None:
    queued = put(database, "sw1")
    with database.write() as connection:
        cancel(connection, queued.ids[0])
        connection.rollback()
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        cancel(connection, queued.ids[0])
        raise ZeroDivisionError
    put(database, "sw2")
    assert look(database, queued).ended_at is None


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_transactions_that_end_the_last_jobs_at_the_same_moment_end_the_batch_once(database: Database) -> None:
    """All of them have changed their job before the first one looks whether it was the last."""
    queued = put(database, *(f"sw{number}" for number in range(6)))
    together = threading.Barrier(6, timeout=30)

    def cancel_one(job_id: int) -> None:
        with database.write() as connection:
            cancel(connection, job_id)
            together.wait()

    in_threads([lambda id_=id_: cancel_one(id_) for id_ in queued.ids])  # type: ignore[misc]
    assert look(database, queued).end == "6 cancelled"


def test_many_who_end_jobs_of_many_batches_end_each_batch_once(database: Database) -> None:
    all_queued = [put(database, *(f"sw{number}-{n}" for n in range(5))) for number in range(8)]
    ids = [queued.ids[n] for n in range(5) for queued in all_queued]

    def work(number: int) -> None:
        mine = ids[number::4]
        for start in range(0, len(mine), 2):
            with database.write() as connection:
                for job_id in mine[start : start + 2]:
                    cancel(connection, job_id)

    in_threads([lambda number=number: work(number) for number in range(4)])  # type: ignore[misc]
    assert {look(database, queued).end for queued in all_queued} == {"5 cancelled"}
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(batch_end)).scalar_one() == 8
        assert batches.list_batches(connection, live=True) == []


def in_threads(works: list[Callable[[], None]]) -> None:
    failed: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failed, failed


def test_ending_a_job_costs_three_statements_more_however_large_the_batch_is(database: Database) -> None:
    queued = put(database, *(f"sw{number}" for number in range(300)))
    seen: list[tuple[str, object]] = []
    with database.write() as connection:
        cancel(connection, queued.ids[0])
        event.listen(database.engine, "before_cursor_execute", lambda *args: seen.append((args[2], args[3])))
    assert len([text for text, _ in seen if text.startswith("SELECT")]) == 3
    with database.write() as connection:
        if database.is_postgres:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        text, given = next((text, given) for text, given in seen if "batch_end" in text)
        explain = "EXPLAIN " if database.is_postgres else "EXPLAIN QUERY PLAN "
        plan = "\n".join(str(row) for row in connection.exec_driver_sql(explain + text, given))  # type: ignore[arg-type]
    assert "ix_job_batch_live" in plan


def test_a_batch_that_there_is_not_is_named_in_a_sentence(database: Database) -> None:
    with database.read() as connection, pytest.raises(NotFoundError, match=r"no batch 7; see: netraven batch list"):
        batches.get(connection, 7)
