"""What is let go, and what never is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, insert, select, update

from netraven_cli.model import Capture, NewJob, Written
from netraven_cli.model.discovery import Facts, Found, Sighting
from netraven_cli.store import archives, batches, facts, findings, inventory, jobs, queue, retention, snapshots
from netraven_cli.store.events import record_events
from netraven_cli.store.tables import archive_pending, attempt, capture, job, job_event, occurrence, schedule, snapshot
from tests.store.make import NOW, new_device

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from netraven_cli.store.database import Database

DAY = timedelta(days=1)


def add_jobs(connection: Connection, count: int, finished_at: datetime, state: str = "succeeded") -> list[int]:
    """Jobs of one batch that ended at a time, each with two events and an attempt."""
    new = [NewJob(type="backup", subject=f"r{number}") for number in range(count)]
    ids = list(queue.submit(connection, new, now=finished_at, run_id="r", who="me").ids)
    ended = update(job).where(job.c.id.in_(ids))
    connection.execute(ended.values(state=state, finished_at=finished_at, attempt=1, token=1))
    record_events(connection, [(id_, "running", state, "r", "done") for id_ in ids], finished_at)
    tries = [
        {"job_id": id_, "number": 1, "token": 1, "runner_id": "r", "outcome": state, "started_at": finished_at,
         "finished_at": finished_at}
        for id_ in ids
    ]  # fmt: skip
    connection.execute(insert(attempt), tries)
    return ids


def let_go(database: Database, rule: retention.Rule, *, age: timedelta | None = None, count: int = 0) -> int:
    with database.read() as connection:
        before = retention.bound(connection, rule, now=NOW, age=age, count=count)
        ids = retention.doomed(connection, rule, before, 1000) if before else []
    with database.write() as connection:
        return retention.remove(connection, rule, ids) if ids else 0


def rows(database: Database, table: object) -> int:
    with database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


def test_finished_jobs_go_by_age_with_all_that_is_theirs_and_live_ones_stay(database: Database) -> None:
    with database.write() as connection:
        old, new = add_jobs(connection, 3, NOW - 10 * DAY), add_jobs(connection, 2, NOW - DAY)
        live = queue.submit(connection, [NewJob(type="backup", subject="x")], now=NOW - 20 * DAY, run_id="r", who="me")
    assert let_go(database, retention.JOBS, age=5 * DAY) == 3
    with database.read() as connection:
        assert set(jobs.states(connection, [*old, *new, *live.ids])) == {*new, *live.ids}
    assert (rows(database, attempt), rows(database, job_event)) == (2, 2 * 2 + 1)


def test_by_their_number_the_oldest_finished_jobs_go_but_none_of_the_last_day(database: Database) -> None:
    with database.write() as connection:
        for days in range(1, 6):
            add_jobs(connection, 1, NOW - days * DAY - timedelta(hours=1))
        add_jobs(connection, 3, NOW - timedelta(hours=1))
    assert let_go(database, retention.JOBS, count=5) == 3
    assert let_go(database, retention.JOBS, count=1) == 2
    assert let_go(database, retention.JOBS, count=1) == 0
    assert rows(database, job) == 3


def test_a_job_that_is_retried_after_it_was_found_stays(database: Database) -> None:
    with database.write() as connection:
        (dead,) = add_jobs(connection, 1, NOW - 10 * DAY, state="dead")
    with database.read() as connection:
        assert retention.doomed(connection, retention.JOBS, NOW, 10) == [dead]
    with database.write() as connection:
        assert jobs.retry(connection, dead, who="me", now=NOW)
    with database.write() as connection:
        assert retention.remove(connection, retention.JOBS, [dead]) == 0
    assert rows(database, job) == 1


def test_a_number_is_not_given_again_and_the_end_of_a_batch_stays(database: Database) -> None:
    with database.write() as connection:
        ids = add_jobs(connection, 2, NOW - 10 * DAY)
    with database.read() as connection:
        before = batches.list_batches(connection)
    assert before[0].end == "2 succeeded"
    assert let_go(database, retention.JOBS, age=DAY) == 2
    with database.write() as connection:
        new = queue.submit(connection, [NewJob(type="backup", subject="x")], now=NOW, run_id="r", who="me").ids
    assert min(new) > max(ids)
    with database.read() as connection:
        (_, after) = batches.list_batches(connection)
        assert (after.id, after.end, after.ended_at) == (before[0].id, "2 succeeded", before[0].ended_at)


def test_only_findings_that_are_gone_and_facts_that_hold_no_more_are_let_go(database: Database) -> None:
    old = NOW - 100 * DAY
    with database.write() as connection:
        inventory.add_devices(connection, [new_device("r1")], old)
        router = inventory.get(connection, "r1")
        for version, at in (("1", old), ("2", old + DAY)):
            facts.keep(connection, {router.id: Facts(serial=version, os_version=version)}, at)
        two = tuple(Sighting(address=f"192.0.2.{number}", range="lab", ports=(22,)) for number in (1, 2))
        findings.take(connection, Found(zone="lab", range="lab", sightings=two), gone_after=1, now=old)
        silent = frozenset({"192.0.2.2"})
        findings.take(connection, Found(zone="lab", range="lab", silent=silent), gone_after=1, now=old)
    gone = [let_go(database, rule, age=90 * DAY) for rule in (retention.FINDINGS, retention.DEVICE_FACTS)]
    assert gone == [1, 1]
    with database.read() as connection:
        assert [one.address for one in findings.list_findings(connection)] == ["192.0.2.1"]
        assert facts.newest(connection, [router.id])[router.id].os_version == "2"
    assert let_go(database, retention.DEVICE_EVENTS, age=99 * DAY + timedelta(hours=1)) == 0
    assert let_go(database, retention.DEVICE_EVENTS, age=90 * DAY) > 0


def add_schedule(connection: Connection) -> int:
    values = {
        "name": "s", "type": "backup", "pattern": "daily 02:00", "timezone": "UTC", "selector": {}, "params": {},
        "priority": 50, "enabled": True, "window": {}, "blackouts": [], "on_blackout": "skip", "misfire": 0,
        "overlap": "skip", "spread_seconds": 0, "created_at": NOW, "seen_until": NOW,
    }  # fmt: skip
    return int(connection.execute(insert(schedule).values(**values).returning(schedule.c.id)).scalar_one())


def test_occurrences_go_but_for_the_latest_those_that_wait_and_those_with_live_jobs(database: Database) -> None:
    states = ["enqueued", "due", "deferred", "enqueued", "missed", "enqueued"]
    with database.write() as connection:
        found = [
            {"schedule_id": add_schedule(connection) if not number else 1, "due_at": NOW - (100 - number) * DAY,
             "state": state}
            for number, state in enumerate(states)
        ]  # fmt: skip
        connection.execute(insert(occurrence), found)
        queue.submit(connection, [NewJob(type="backup", subject="x", occurrence_id=4)], now=NOW, run_id="r", who="me")
    assert let_go(database, retention.OCCURRENCES, age=DAY) == 2  # the first, and the one that was missed
    with database.read() as connection:
        assert list(connection.execute(select(occurrence.c.id).order_by(occurrence.c.id)).scalars()) == [2, 3, 4, 6]


def keep_texts(connection: Connection, name: str, texts: str, *, reasons: tuple[str, ...] = ()) -> None:
    device = inventory.get(connection, name)
    for text in texts:
        origin = snapshots.Origin(device_id=device.id, job_id=1, run_id="r", attempt=1, captured_at=NOW - 50 * DAY)
        snapshots.keep(connection, origin, Capture(text=text, digest=text, lines=1, reasons=reasons))


@pytest.fixture
def captures(database: Database) -> Database:
    """r1 with the snapshots 1 to 5, of which 4 and 5 are owed; r2 with one, and one archive that has the rest."""
    with database.write() as connection:
        inventory.add_devices(connection, [new_device("r1"), new_device("r2")], NOW)
        archives.register(connection, "a", "here", NOW)
        keep_texts(connection, "r1", "abcde")
        keep_texts(connection, "r2", "x")
        written = [
            Written(snapshot_id=number, commit=f"{number}" * 40, path="r.cfg", committed_at=NOW)
            for number in (1, 2, 3, 6)
        ]
        snapshots.record_revisions(connection, "a", written)
    return database


def test_snapshots_that_are_owed_or_the_newest_of_their_device_never_go(captures: Database) -> None:
    assert let_go(captures, retention.SNAPSHOTS, age=DAY) == 3
    with captures.read() as connection:
        left = list(connection.execute(select(snapshot.c.id).order_by(snapshot.c.id)).scalars())
        assert left == [4, 5, 6]
        assert list(connection.execute(select(capture.c.id).order_by(capture.c.id)).scalars()) == left
        assert len(snapshots.pending(connection, "a", after=0, limit=9)) == 2


def test_a_snapshot_that_is_owed_again_after_it_was_found_stays(captures: Database) -> None:
    with captures.read() as connection:
        assert retention.surplus_snapshots(connection, 3, 10) == [1, 2]
    with captures.write() as connection:
        connection.execute(insert(archive_pending).values(archive_id="a", snapshot_id=1))
    with captures.write() as connection:
        assert retention.remove(connection, retention.SNAPSHOTS, [1, 2]) == 1
    assert rows(captures, snapshot) == 5


def test_what_is_in_quarantine_stays_until_it_is_rejected_and_the_newest_capture_always(captures: Database) -> None:
    with captures.write() as connection:
        keep_texts(connection, "r1", "pq", reasons=("short",))
    assert let_go(captures, retention.REJECTED, age=DAY) == 0
    with captures.write() as connection:
        assert retention.expire_quarantine(connection, NOW - 60 * DAY) == 0
        assert retention.expire_quarantine(connection, NOW - DAY) == 2
    assert let_go(captures, retention.REJECTED, age=DAY) == 1
    assert rows(captures, capture) == 7


def test_an_accepted_capture_without_a_snapshot_is_an_orphan(captures: Database) -> None:
    with captures.write() as connection:
        keep_texts(connection, "r2", "y", reasons=("short",))
        assert retention.orphan_captures(connection) == []
        connection.execute(update(capture).where(capture.c.digest == "y").values(state="accepted"))
        assert retention.orphan_captures(connection) == [7]
        assert retention.remove_orphans(connection, [1, 7]) == 1
    assert rows(captures, capture) == 6
