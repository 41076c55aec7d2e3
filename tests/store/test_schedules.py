from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text

from netraven_cli.errors import DataError, NotFoundError
from netraven_cli.model import NewSchedule, Selector
from netraven_cli.schedule import record
from netraven_cli.store import occurrences, schedules, tables
from netraven_cli.store.database import Database

if TYPE_CHECKING:
    from netraven_cli.model import Occurrence

START = datetime(2026, 5, 1, 12, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
HOURLY = NewSchedule(
    name="hourly", type="backup", pattern="every 3600", timezone="Europe/Berlin", selector=Selector(tags=("core",)),
    params={"depth": "1"}, priority=70,
)  # fmt: skip


def add(database: Database, new: NewSchedule = HOURLY, now: datetime = START) -> None:
    with database.write() as connection:
        record.add(connection, new, now)


def record_due(database: Database, now: datetime, name: str | None = None) -> list[Occurrence]:
    with database.write() as connection:
        return record.record_due(connection, now, name)


def test_a_schedule_comes_back_as_it_was_entered(database: Database) -> None:
    add(database)
    with database.read() as connection:
        found = schedules.get(connection, "hourly")
        assert schedules.list_all(connection) == [found]
    assert NewSchedule(**{name: getattr(found, name) for name in NewSchedule.__dataclass_fields__}) == HOURLY
    assert (found.created_at, found.seen_until, found.next_due_at) == (START, START, START + HOUR)


def test_a_second_schedule_of_a_name_is_refused(database: Database) -> None:
    add(database)
    with pytest.raises(DataError, match="already a schedule 'hourly'"):
        add(database)


def test_an_unknown_schedule_is_refused_with_the_nearest_names(database: Database) -> None:
    add(database)
    with database.read() as connection, pytest.raises(NotFoundError, match="did you mean hourly"):
        schedules.get(connection, "hourl")


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "tab\t", "\x00", "x" * 256, "\u2028"])
def test_a_name_that_does_not_stand_on_one_line_is_refused(database: Database, name: str) -> None:
    with pytest.raises(DataError, match="cannot be a schedule's name"):
        add(database, replace(HOURLY, name=name))


def test_a_time_that_has_passed_is_refused(database: Database) -> None:
    with pytest.raises(DataError, match="would never be due: 2026-05-01T11:00:00Z has passed"):
        add(database, replace(HOURLY, pattern="at 2026-05-01T11:00:00Z"))


def test_an_edited_schedule_is_due_by_its_new_pattern_and_keeps_its_occurrences(database: Database) -> None:
    add(database)
    record_due(database, START + HOUR)
    with database.write() as connection:
        edited = record.edit(
            connection, "hourly", replace(HOURLY, name="daily", pattern="every 86400"), START + 2 * HOUR
        )
        assert len(occurrences.history(connection, "daily")) == 2  # what was due under the old pattern is not lost
    assert edited.next_due_at == datetime(2026, 5, 2, tzinfo=timezone.utc)


def test_an_edited_schedule_cannot_take_the_name_of_another(database: Database) -> None:
    add(database)
    add(database, replace(HOURLY, name="other"))
    with pytest.raises(DataError, match="already a schedule 'other'"), database.write() as connection:
        record.edit(connection, "hourly", replace(HOURLY, name="other"), START)


def test_what_is_due_is_recorded_once_however_often_it_is_asked(database: Database) -> None:
    add(database)
    now = START + HOUR
    first, again = record_due(database, now), record_due(database, now)
    assert first == again
    assert [(found.schedule, found.due_at, found.state) for found in first] == [("hourly", now, "due")]
    with database.read() as connection:
        assert schedules.get(connection, "hourly").next_due_at == now + HOUR


def test_an_occurrence_left_by_a_killed_process_is_found_again(database: Database) -> None:
    add(database)
    [found] = record_due(database, START + HOUR)
    assert record_due(database, START + HOUR + timedelta(minutes=1)) == [found]


def test_an_occurrence_is_enqueued_by_one_run_alone(database: Database) -> None:
    add(database)
    [found] = record_due(database, START + HOUR)
    with database.write() as connection:
        assert occurrences.mark_enqueued(connection, found.id, "run-1") is True
        assert occurrences.mark_enqueued(connection, found.id, "run-2") is False
        assert occurrences.mark_missed(connection, found.id, "too late", START) is False
    assert record_due(database, START + HOUR) == []
    with database.read() as connection:
        last = occurrences.last_occurrences(connection)["hourly"]
    assert (last.state, last.run_id) == ("enqueued", "run-1")


def test_after_downtime_the_latest_runs_and_the_rest_is_on_record_as_missed(database: Database) -> None:
    add(database)
    [found] = record_due(database, START + 3 * HOUR)
    assert found.due_at == START + 3 * HOUR
    with database.read() as connection:
        rows = occurrences.history(connection, "hourly")
    assert [(row.due_at, row.state) for row in rows] == [
        (START + 3 * HOUR, "due"),
        (START + 2 * HOUR, "missed"),
        (START + HOUR, "missed"),
    ]
    assert "is run in its place" in str(rows[1].reason)


def test_one_schedule_can_be_recorded_without_the_others(database: Database) -> None:
    add(database)
    add(database, replace(HOURLY, name="other"))
    assert [found.schedule for found in record_due(database, START + HOUR, "other")] == ["other"]
    with database.read() as connection:
        assert [found.schedule for found in occurrences.open_occurrences(connection)] == ["other"]
    assert {found.schedule for found in record_due(database, START + HOUR)} == {"hourly", "other"}


def test_a_disabled_schedule_is_not_due_and_withdraws_what_waits(database: Database) -> None:
    add(database)
    [found] = record_due(database, START + HOUR)
    with database.write() as connection:
        record.disable(connection, "hourly", START + HOUR)
        assert occurrences.mark_enqueued(connection, found.id, "run-1") is False
    assert record_due(database, START + 5 * HOUR) == []
    with database.read() as connection:
        last = occurrences.last_occurrences(connection)["hourly"]
    assert (last.state, last.reason) == ("missed", "the schedule was disabled before it ran")


def test_what_passed_while_a_schedule_was_disabled_is_not_caught_up(database: Database) -> None:
    add(database, replace(HOURLY, enabled=False))
    assert record_due(database, START + 3 * HOUR) == []
    with database.write() as connection:
        found = record.enable(connection, "hourly", START + 3 * HOUR)
    assert found.next_due_at == START + 4 * HOUR
    assert [occurrence.due_at for occurrence in record_due(database, START + 4 * HOUR)] == [START + 4 * HOUR]
    with database.read() as connection:
        assert len(occurrences.history(connection, "hourly")) == 1


def test_enabling_an_enabled_schedule_loses_nothing_that_is_due(database: Database) -> None:
    add(database)
    with database.write() as connection:
        record.enable(connection, "hourly", START + HOUR + timedelta(minutes=1))
    assert len(record_due(database, START + HOUR + timedelta(minutes=1))) == 1


def test_a_removed_schedule_takes_its_occurrences_along(database: Database) -> None:
    add(database)
    record_due(database, START + HOUR)
    with database.write() as connection:
        schedules.remove(connection, "hourly")
        assert connection.execute(select(func.count()).select_from(tables.occurrence)).scalar() == 0
        with pytest.raises(NotFoundError):
            schedules.remove(connection, "hourly")


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"timezone": "Mars/Phobos", "pattern": "cron 0 * * * *"}, "no time zone 'Mars/Phobos'"),
        ({"pattern": "cron 0 99 * * *"}, "not understood"),
        ({"pattern": "sometimes"}, "not understood"),
    ],
)
def test_a_schedule_that_cannot_be_read_is_missed_with_its_reason_and_spoils_no_other(
    database: Database, values: dict[str, str], why: str
) -> None:
    add(database, replace(HOURLY, name="broken"))
    add(database)
    with database.write() as connection:
        connection.execute(tables.schedule.update().where(tables.schedule.c.name == "broken").values(values))
    assert [found.schedule for found in record_due(database, START + HOUR)] == ["hourly"]
    with database.read() as connection:
        [missed] = occurrences.history(connection, "broken")
        assert schedules.get(connection, "broken").next_due_at is None
    assert missed.state == "missed"
    assert why in str(missed.reason)


def test_a_clock_that_goes_back_two_hours_doubles_nothing(database: Database) -> None:
    add(database)
    [found] = record_due(database, START + 3 * HOUR)
    assert record_due(database, START + HOUR) == [found]
    assert record_due(database, START + 3 * HOUR) == [found]
    with database.read() as connection:
        assert len(occurrences.history(connection, "hourly")) == 3


def test_processes_that_are_woken_at_once_record_each_occurrence_once(database_url: str, database: Database) -> None:
    for number in range(20):
        add(database, replace(HOURLY, name=f"schedule-{number}"))
    count, gate = 4, Barrier(4)

    def wake(_: int) -> int:
        mine = Database(database_url)
        gate.wait(timeout=30)
        enqueued = 0
        for hour in (1, 2, 3):
            for found in record_due(mine, START + hour * HOUR):
                with mine.write() as connection:
                    enqueued += occurrences.mark_enqueued(connection, found.id, "run")
        mine.close()
        return enqueued

    with ThreadPoolExecutor(count) as pool:
        enqueued = sum(pool.map(wake, range(count)))
    with database.read() as connection:
        states = connection.execute(select(tables.occurrence.c.state)).scalars().all()
        distinct = connection.execute(select(tables.occurrence.c.schedule_id, tables.occurrence.c.due_at).distinct())
        assert len(states) == len(distinct.all()) == 60
        assert all(row.seen_until == START + 3 * HOUR for row in schedules.list_all(connection))
    assert enqueued == states.count("enqueued")
    assert states.count("due") == 0


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_looking_for_what_is_due_reads_the_index_and_no_table(database: Database) -> None:
    query = "EXPLAIN QUERY PLAN SELECT * FROM schedule WHERE enabled AND next_due_at IS NOT NULL AND next_due_at <= 0"
    with database.read() as connection:
        plan = str(connection.execute(text(query)).all())
    assert "ix_schedule_next_due_at" in plan
    assert schedules.CAN_BE_DUE.text in query
