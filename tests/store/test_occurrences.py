"""What is on record of due times: overlap, coalescing, outcomes, events; on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from netraven_cli.errors import DataError, NotFoundError
from netraven_cli.model import Calendar, CalendarRule, NewJob, NewSchedule, Selector
from netraven_cli.schedule import record
from netraven_cli.store import calendars, jobs, occurrences, queue, schedule_events, schedules

if TYPE_CHECKING:
    from netraven_cli.model import Occurrence
    from netraven_cli.store.database import Database

START = datetime(2026, 12, 24, 1, 30, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
HOURLY = NewSchedule(name="hourly", type="backup", pattern="every 3600", timezone="UTC", selector=Selector())
FREEZE = Calendar(name="freeze", rules=(CalendarRule(rule="2026-12-24T02:45/2026-12-24T04:30"),))


def add(database: Database, **more: Any) -> None:
    with database.write() as connection:
        record.add(connection, replace(HOURLY, **more), START, "anna")


def look(database: Database, hours: float) -> list[Occurrence]:
    with database.write() as connection:
        return record.record_due(connection, START + hours * HOUR)


def enqueue(database: Database, one: Occurrence, *names: str) -> bool:
    """Enqueue an occurrence's jobs, as a run does."""
    planned = [NewJob(type="backup", subject=name, dedupe_key=name, occurrence_id=one.id) for name in names]
    with database.write() as connection:
        if not occurrences.mark_enqueued(connection, one.id, "run-1"):
            return False
        queue.enqueue(connection, planned, now=one.due_at, run_id="run-1", who="test")
        occurrences.count_jobs(connection, one.id, len(planned))
        return True


def states(database: Database) -> list[tuple[str, str, str | None]]:
    with database.read() as connection:
        past = occurrences.history(connection, "hourly")
    return [(f"{one.due_at:%H:%M}", one.state, one.reason) for one in reversed(past)]


def test_a_device_with_a_live_job_is_coalesced_and_counted(database: Database) -> None:
    add(database)
    [first] = look(database, 0.5)
    assert enqueue(database, first, "sw1", "sw2")
    [second] = look(database, 1.5)
    assert enqueue(database, second, "sw1", "sw2", "sw3")
    with database.read() as connection:
        latest, before = occurrences.history(connection, "hourly")
    assert (before.jobs, before.coalesced, latest.jobs, latest.coalesced) == (2, 0, 1, 2)


@pytest.mark.parametrize(("overlap", "begins"), [("allow", True), ("queue", False), ("skip", False)])
def test_whether_a_due_time_begins_while_an_earlier_one_is_not_done_is_the_schedules_to_say(
    database: Database, overlap: str, begins: bool
) -> None:
    add(database, overlap=overlap)
    [first] = look(database, 0.5)
    assert enqueue(database, first, "sw1")
    [second] = look(database, 1.5)
    assert enqueue(database, second, "sw2") is begins
    state = {"allow": "enqueued", "queue": "due", "skip": "skipped"}[overlap]
    assert [one[1] for one in states(database)] == ["enqueued", state]


def test_one_due_time_waits_for_an_earlier_one_and_no_more_than_one(database: Database) -> None:
    add(database, overlap="queue")
    [first] = look(database, 0.5)
    assert enqueue(database, first, "sw1")
    [second] = look(database, 1.5)
    assert not enqueue(database, second, "sw1")
    second, third = look(database, 2.5)
    assert not enqueue(database, second, "sw1")
    assert not enqueue(database, third, "sw1")
    assert states(database)[1:] == [
        ("03:00", "skipped", "a later due time waits in its place"),
        ("04:00", "due", None),
    ]
    with database.write() as connection:
        [job] = jobs.list_jobs(connection, limit=5)
        jobs.cancel(connection, job.id, who="anna", now=START + 3 * HOUR)
    assert enqueue(database, third, "sw1")


def test_an_overlap_that_is_skipped_says_how_much_was_not_done(database: Database) -> None:
    add(database, overlap="skip")
    [first] = look(database, 0.5)
    assert enqueue(database, first, "sw1", "sw2")
    [second] = look(database, 1.5)
    assert not enqueue(database, second, "sw1")
    assert states(database)[1] == ("03:00", "skipped", "2 jobs of an earlier due time were not done yet")


def test_history_has_what_became_of_the_jobs_of_each_due_time(database: Database) -> None:
    add(database)
    [first] = look(database, 0.5)
    assert enqueue(database, first, "sw1", "sw2")
    with database.write() as connection:
        for job in jobs.list_jobs(connection, limit=5):
            if job.subject == "sw1":
                jobs.cancel(connection, job.id, who="anna", now=START + HOUR)
        [past] = occurrences.outcomes(connection, "hourly")
    assert (past.cancelled, past.live, past.succeeded, past.dead, past.finished_at) == (1, 1, 0, 0, None)


def test_edits_and_what_was_missed_are_events(database: Database) -> None:
    add(database)
    look(database, 2.6)
    with database.write() as connection:
        record.edit(connection, "hourly", replace(HOURLY, note="core", spread_seconds=60), START + 3 * HOUR, "ben")
        record.edit(connection, "hourly", replace(HOURLY, note="core", spread_seconds=60), START + 3 * HOUR, "ben")
        record.disable(connection, "hourly", START + 3 * HOUR, "carl")
        found = schedule_events.list_events(
            connection, schedules.get(connection, "hourly").id, ["added", "edited", "missed"]
        )
    assert [(one.kind, one.who) for one in reversed(found)] == [
        ("added", "anna"),
        ("missed", "scheduler"),
        ("missed", "scheduler"),
        ("edited", "ben"),
        ("missed", "scheduler"),
        ("edited", "carl"),
    ]
    assert found[2].changes == {"spread_seconds": [0, 60], "note": [None, "core"]}
    assert found[1].why == "2026-12-24T04:00:00Z: the schedule was disabled before it ran"


def test_a_deferred_due_time_runs_once_when_the_blackout_is_over(database: Database) -> None:
    with database.write() as connection:
        calendars.add(connection, FREEZE)
    add(database, blackouts=("freeze",), on_blackout="defer")
    assert look(database, 0.5) != []
    assert [one.due_at.hour for one in look(database, 1.5)] == [2]
    with database.read() as connection:
        assert schedules.get(connection, "hourly").next_due_at == START + 2.5 * HOUR
    look(database, 2.5)
    with database.read() as connection:
        assert schedules.get(connection, "hourly").next_due_at == START + 3 * HOUR
    ripe = [one.due_at.hour for one in look(database, 3)]
    assert ripe == [2, 4]
    assert [one[:2] for one in states(database)] == [("02:00", "due"), ("03:00", "skipped"), ("04:00", "due")]


def test_a_calendar_that_is_changed_judges_again_what_waits(database: Database) -> None:
    with database.write() as connection:
        calendars.add(connection, FREEZE)
    add(database, blackouts=("freeze",), on_blackout="defer")
    look(database, 1.5)
    shorter = replace(FREEZE, rules=(CalendarRule(rule="2026-12-24T02:45/2026-12-24T03:10"),))
    with database.write() as connection:
        calendars.replace(connection, "freeze", shorter)
        record.calendar_changed(connection, "freeze", START + 1.6 * HOUR)
        assert schedules.get(connection, "hourly").next_due_at == START + 1.6 * HOUR + timedelta(minutes=4)


def test_a_schedule_that_is_edited_judges_again_what_waits(database: Database) -> None:
    with database.write() as connection:
        calendars.add(connection, FREEZE)
    add(database, blackouts=("freeze",), on_blackout="defer")
    look(database, 1.5)
    with database.write() as connection:
        record.edit(connection, "hourly", HOURLY, START + 1.6 * HOUR, "anna")
    assert [one[:2] for one in states(database)][1] == ("03:00", "due")


def test_disabling_withdraws_what_waits_for_the_end_of_a_blackout(database: Database) -> None:
    with database.write() as connection:
        calendars.add(connection, FREEZE)
    add(database, blackouts=("freeze",), on_blackout="defer")
    look(database, 1.5)
    with database.write() as connection:
        record.disable(connection, "hourly", START + 1.6 * HOUR, "anna")
        record.enable(connection, "hourly", START + 1.7 * HOUR, "anna")
    assert states(database)[1] == ("03:00", "missed", "the schedule was disabled before it ran")
    assert [one.due_at.hour for one in look(database, 3)] == [4]


def test_calendars_come_back_as_they_were_and_are_not_removed_while_they_are_used(database: Database) -> None:
    other = Calendar(name="a", note="n", covers_until=START, rules=(CalendarRule(rule="2026-12-24", summary="x"),))
    with database.write() as connection:
        for one in (FREEZE, other):
            calendars.add(connection, one)
        assert calendars.list_all(connection) == [other, FREEZE]
        with pytest.raises(DataError, match="already a calendar 'a'"):
            calendars.add(connection, other)
        with pytest.raises(NotFoundError, match="did you mean freeze"):
            calendars.get(connection, "freez")
    add(database, blackouts=("freeze",))
    with database.write() as connection:
        with pytest.raises(DataError, match="holds back hourly"):
            calendars.remove(connection, "freeze")
        calendars.remove(connection, "a")
        assert calendars.list_all(connection) == [FREEZE]


def test_a_schedule_whose_calendar_is_gone_is_missed_with_its_reason_and_spoils_no_other(database: Database) -> None:
    add(database)
    add(database, name="other")
    with database.write() as connection:
        found = schedules.get(connection, "hourly")
        schedules.replace(connection, "hourly", replace(found, blackouts=("gone",)), START, found.next_due_at)
    assert [one.schedule for one in look(database, 0.5)] == ["other"]
    assert "there is no calendar 'gone'" in str(states(database)[0][2])


def test_the_soonest_schedules_are_found_by_their_next_due_time_and_those_with_a_window_besides(
    database: Database,
) -> None:
    for number in range(5):
        add(database, name=f"s{number}", pattern=f"cron {number} 5 * * *")
    add(database, name="night", pattern="cron 0 * * * *", window=("22:00-23:30",))
    with database.read() as connection:
        assert {one.name for one in schedules.soonest(connection, 2)} == {"s0", "s1", "night"}
