"""A full queue that drops what is less urgent, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netraven_cli.model import JobState, NewJob
from netraven_cli.settings.sections import QueueSettings
from netraven_cli.store import batches, jobs, queue
from netraven_cli.store.capacity import QueueFullError
from tests.store.test_queue import NOW, take
from tests.store.test_turns import empty

if TYPE_CHECKING:
    from netraven_cli.store.database import Database


def put(
    database: Database, limits: QueueSettings, *priorities: int, job_type: str = "backup", later: float = 0
) -> list[int]:
    at = NOW + timedelta(hours=later)
    new = [NewJob(type=job_type, subject=f"p{priority}", priority=priority, ready_at=at) for priority in priorities]
    with database.write() as connection:
        return queue.enqueue(connection, new, now=NOW, run_id=None, who="anna", limits=limits)


def bound(limit: int | None = None, per_type: int | None = None) -> QueueSettings:
    return QueueSettings(limit=limit, limit_per_type=per_type, when_full="drop")


def states(database: Database, ids: list[int]) -> list[JobState]:
    with database.read() as connection:
        found = jobs.states(connection, ids)
    return [found[id_].state for id_ in ids]


def test_the_lowest_priority_makes_room_with_an_event_a_class_and_the_end_of_its_batch(database: Database) -> None:
    low, lowest, normal = put(database, bound(3), 30, 10, 50)
    put(database, bound(3), 80)
    assert states(database, [low, lowest, normal]) == [JobState.READY, JobState.CANCELLED, JobState.READY]
    with database.read() as connection:
        dropped, event = jobs.get(connection, lowest), jobs.events(connection, lowest)[-1]
        assert (event.before, event.after, event.who, event.error_class) == ("ready", "cancelled", "anna", "resource")
        assert event.why == dropped.reason == "dropped: the queue was full, and more urgent jobs came"
        assert dropped.error_class == "resource"
    put(database, bound(3), 100, 100)
    with database.read() as connection:
        first = batches.list_batches(connection)[-1]
    assert (first.end, first.jobs) == ("3 cancelled", {"cancelled": 3})


def test_of_one_priority_the_last_is_dropped_and_delayed_jobs_as_any_other(database: Database) -> None:
    first, second = put(database, bound(3), 30, 30)
    (delayed,) = put(database, bound(3), 30, later=5)
    put(database, bound(3), 50)
    assert states(database, [first, second, delayed]) == [JobState.READY, JobState.READY, JobState.CANCELLED]
    put(database, bound(3), 50)
    assert states(database, [first, second]) == [JobState.READY, JobState.CANCELLED]


@pytest.mark.parametrize("priority", [30, 20])
def test_what_is_not_more_urgent_is_refused_and_drops_nothing(database: Database, priority: int) -> None:
    ids = put(database, bound(2), 30, 30)
    with pytest.raises(QueueFullError, match=r"queue\.limit"):
        put(database, bound(2), priority)
    assert states(database, ids) == [JobState.READY] * 2


def test_jobs_that_run_are_never_dropped_and_what_cannot_make_room_is_refused_whole(database: Database) -> None:
    running, waiting = put(database, bound(2), 10, 10)
    take(database, limit=1)
    with pytest.raises(QueueFullError):
        put(database, bound(2), 100, 100)
    assert states(database, [running, waiting]) == [JobState.RUNNING, JobState.READY]
    put(database, bound(2), 100)
    assert states(database, [running, waiting]) == [JobState.RUNNING, JobState.CANCELLED]


def test_the_limit_of_a_type_drops_jobs_of_that_type_alone(database: Database) -> None:
    (other,) = put(database, bound(per_type=1), 10, job_type="discovery")
    (low,) = put(database, bound(per_type=1), 30)
    put(database, bound(per_type=1), 50)
    assert states(database, [other, low]) == [JobState.READY, JobState.CANCELLED]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    asked=st.lists(st.lists(st.sampled_from([10, 30, 50, 80]), min_size=1, max_size=4), max_size=8),
    limit=st.integers(1, 6),
)
def test_whatever_comes_the_limit_holds_and_only_the_less_urgent_goes(
    database: Database, asked: list[list[int]], limit: int
) -> None:
    empty(database)
    live: dict[int, int] = {}
    for priorities in asked:
        try:
            ids = put(database, bound(limit), *priorities)
        except QueueFullError:
            fitting = [id_ for id_, priority in live.items() if priority < min(priorities)]
            assert len(live) + len(priorities) - len(fitting) > limit, "there was room to make"
            ids = []
        with database.read() as connection:
            found = {one.id: one for one in jobs.list_jobs(connection, state=JobState.READY, limit=None)}
        gone = live.keys() - found.keys()
        assert len(found) <= limit
        assert len(gone) == max(len(live) + len(ids) - limit, 0), "more was dropped than had to be"
        assert all(live[id_] < min(priorities) for id_ in gone)
        assert all(live[id_] <= live[kept] for id_ in gone for kept in live.keys() - gone)
        live = {id_: int(one.priority) for id_, one in found.items()}
