"""Turns of schedules and zones within one priority, and ageing between priorities; on both databases."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, select

from netraven_cli.model import NewJob, Outcome, Priority
from netraven_cli.store import claiming, queue, settling, steer
from netraven_cli.store.queue import HEAD_START
from netraven_cli.store.tables import attempt, job, job_event
from netraven_cli.store.turns import STEP
from tests.store.test_queue import NOW

if TYPE_CHECKING:
    from datetime import datetime

    from netraven_cli.store.database import Database

properties = settings(
    max_examples=25, deadline=None, derandomize=False, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
# Who queues how many jobs, how many seconds after the one before, with which priority.
submissions = st.lists(
    st.tuples(
        st.sampled_from([("nightly", "north"), ("nightly", "south"), (None, "north"), (None, None)]),
        st.integers(1, 12),
        st.sampled_from([0.0, 0.0, 0.35, 40.0]),
    ),
    min_size=2,
    max_size=5,
)


def put(
    database: Database, schedule: str | None, zone: str | None, jobs: int, at: datetime = NOW, priority: int = 50
) -> list[int]:
    name = f"{schedule}/{zone}"
    new = [NewJob(type="backup", subject=name, schedule=schedule, zone=zone, priority=priority) for _ in range(jobs)]
    with database.write() as connection:
        return queue.enqueue(connection, new, now=at, run_id=None, who="test")


def empty(database: Database) -> None:
    with database.write() as connection:
        for table in (attempt, job_event, job):
            connection.execute(delete(table))


def order(database: Database, at_once: int = 100, now: datetime = NOW + timedelta(days=1)) -> list[claiming.Claimed]:
    """All ready jobs as they are claimed, some at a time and settled in between."""
    found: list[claiming.Claimed] = []
    while True:
        with database.write() as connection:
            got = claiming.claim(connection, runner_id="r1", types=["backup"], limit=at_once, now=now)
            done = [settling.Settlement(job=held, runner_id="r1", outcome=Outcome.SUCCEEDED) for held in got]
            assert all(settling.settle(connection, done, now))
        if not got:
            return found
        found += got


@properties
@given(asked=submissions)
def test_groups_that_ask_at_the_same_moment_take_turns_one_job_each(
    database: Database, asked: list[tuple[tuple[str | None, str | None], int, float]]
) -> None:
    empty(database)
    wanted: Counter[str] = Counter()
    for (schedule, zone), jobs, _ in asked:
        put(database, schedule, zone, jobs)
        wanted[f"{schedule}/{zone}"] += jobs
    done: Counter[str] = Counter()
    for held in order(database):
        done[held.subject] += 1
        behind = [done[name] for name in wanted if done[name] < wanted[name]]
        assert all(done[held.subject] <= other + 1 for other in behind), "a group waits for more than its turn"
    assert done == wanted


@properties
@given(asked=submissions)
def test_no_group_waits_for_the_whole_of_another_and_each_keeps_its_own_order(
    database: Database, asked: list[tuple[tuple[str | None, str | None], int, float]]
) -> None:
    empty(database)
    now = NOW
    queued: dict[str, list[int]] = defaultdict(list)
    arrived: dict[int, datetime] = {}
    for (schedule, zone), jobs, after in asked:
        now += timedelta(seconds=after)
        ids = put(database, schedule, zone, jobs, now)
        queued[f"{schedule}/{zone}"] += sorted(ids)
        arrived |= dict.fromkeys(ids, now)
    claimed = order(database)
    places = {held.id: place for place, held in enumerate(claimed)}
    for name, ids in queued.items():
        assert [places[id_] for id_ in ids] == sorted(places[id_] for id_ in ids), "out of its own order"
        for other, others in queued.items():
            first = ids[0]
            before = [id_ for id_ in others if places[id_] < places[first]]
            # Those whose turn had come when it arrived, and no more: one each STEP since the other group began.
            since = max((arrived[first] - arrived[others[0]]) // STEP, 0)
            assert other == name or len(before) <= since + 1, (name, other, before)


def test_ten_thousand_jobs_of_a_zone_do_not_stand_before_ten_of_another_schedule(database: Database) -> None:
    put(database, "nightly", "north", 10_000)
    put(database, "hourly", "north", 10)
    put(database, "nightly", "south", 10)
    with database.write() as connection:
        first = claiming.claim(connection, runner_id="r1", types=["backup"], limit=30, now=NOW)
    assert Counter(held.subject for held in first) == {"nightly/north": 10, "hourly/north": 10, "nightly/south": 10}


def test_a_script_that_queues_job_by_job_takes_its_turns_as_one_that_queues_all_at_once(database: Database) -> None:
    for _ in range(20):
        put(database, None, "north", 1)
    put(database, "nightly", "north", 3)
    assert [held.subject for held in order(database)][:6].count("nightly/north") == 3


def test_jobs_for_later_take_turns_when_their_time_comes_and_hold_up_none_before(database: Database) -> None:
    at = NOW + timedelta(hours=1)
    for zone, jobs in (("north", 20), ("south", 2)):
        new = [NewJob(type="backup", subject=zone, zone=zone, ready_at=at) for _ in range(jobs)]
        with database.write() as connection:
            queue.enqueue(connection, new, now=NOW, run_id=None, who="test")
    put(database, None, "north", 1)
    assert [held.subject for held in order(database)][:5].count("south") == 2
    with database.read() as connection:
        assert min(connection.execute(select(job.c.rank)).scalars()) == queue.rank(50, NOW)


@properties
@given(
    jobs=st.integers(1, 8),
    lower=st.integers(0, 49),
    flood=st.lists(st.floats(0, 7200, allow_nan=False), min_size=1, max_size=5),
)
def test_a_low_job_goes_before_all_that_comes_a_minute_later_for_each_point_of_priority(
    database: Database, jobs: int, lower: int, flood: list[float]
) -> None:
    """And so it is never starved: its own place in its group is all that it waits for beside that."""
    empty(database)
    put(database, "low", "north", jobs, priority=lower)
    for number, seconds in enumerate(flood):
        put(database, f"flood {number}", "north", 3, NOW + timedelta(seconds=seconds))
    level = NOW + (50 - lower) * HEAD_START + jobs * STEP
    put(database, "late", "north", 5, level)
    places = [held.subject for held in order(database)]
    assert max(at for at, name in enumerate(places) if name == "low/north") < places.index("late/north")


def test_another_priority_leaves_the_turns_within_a_group_as_they_are(database: Database) -> None:
    ids = put(database, "nightly", "north", 20)
    with database.write() as connection:
        for job_id in ids:
            steer.reprioritise(connection, job_id, Priority(80), who="anna", now=NOW)
    put(database, "hourly", "north", 2, priority=80)
    assert [held.subject for held in order(database)][:4].count("hourly/north") == 2
    with database.read() as connection:
        ranks = sorted(connection.execute(select(job.c.rank).where(job.c.schedule == "nightly")).scalars())
    assert {later - earlier for earlier, later in pairwise(ranks)} == {STEP // timedelta(microseconds=1)}


def test_the_last_of_a_group_is_found_by_its_own_index(database: Database) -> None:
    put(database, "nightly", None, 3)
    seen: list[tuple[str, object]] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: seen.append((args[2], args[3])))
    put(database, "nightly", None, 1)
    text, given = next((text, given) for text, given in seen if text.startswith("SELECT job.rank"))
    with database.write() as connection:
        if database.is_postgres:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN " if database.is_postgres else "EXPLAIN QUERY PLAN "
        plan = "\n".join(str(row) for row in connection.exec_driver_sql(explain + text, given))  # type: ignore[arg-type]
    assert "ix_job_turn" in plan
