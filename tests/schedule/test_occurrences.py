from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import assume, given, settings, strategies

from netraven_cli.errors import DataError
from netraven_cli.schedule import cron
from netraven_cli.schedule.occurrences import next_occurrence, occurrences
from tests.schedule.zones import INTERVALS, JUMPS, NAMES, PATTERNS, UTC, ZONES, cron_patterns, moments

properties = settings(deadline=None, max_examples=150)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def first(pattern: str, zone: str, after: str, count: int) -> list[str]:
    return [f"{found:%m-%d %H:%M}" for found in islice(occurrences(pattern, zone, utc(after)), count)]


def fires(pattern: str) -> bool:
    try:
        return pattern.startswith("every") or bool(cron.canonical(pattern.removeprefix("cron ")))
    except DataError:
        return False


@pytest.mark.parametrize(
    ("pattern", "zone", "after", "expected"),
    [
        ("cron 30 2 * * *", "Europe/Berlin", "2027-03-27", ["03-27 01:30", "03-28 01:00", "03-29 00:30"]),
        ("cron 30 2 * * *", "America/New_York", "2027-03-13", ["03-13 07:30", "03-14 07:00", "03-15 06:30"]),
        ("cron 15 2 * * *", "Australia/Lord_Howe", "2026-10-02", ["10-02 15:45", "10-03 15:30", "10-04 15:15"]),
        ("cron 30 0 * * *", "America/Havana", "2027-03-13", ["03-13 05:30", "03-14 05:00", "03-15 04:30"]),
        ("cron 30 2 * * *", "Africa/Casablanca", "2026-03-21", ["03-21 02:30", "03-22 02:00", "03-23 01:30"]),
        ("cron 0 12 * * *", "Pacific/Apia", "2011-12-29", ["12-29 22:00", "12-30 10:00", "12-30 22:00"]),
    ],
)
def test_a_time_that_the_clock_leaves_out_is_due_at_the_first_instant_after_it(
    pattern: str, zone: str, after: str, expected: list[str]
) -> None:
    assert first(pattern, zone, after, 3) == expected


@pytest.mark.parametrize(
    ("pattern", "zone", "after", "expected"),
    [
        ("cron 30 2 * * *", "Europe/Berlin", "2026-10-24", ["10-24 00:30", "10-25 00:30", "10-26 01:30"]),
        ("cron 30 1 * * *", "America/New_York", "2026-10-31", ["10-31 05:30", "11-01 05:30", "11-02 06:30"]),
        ("cron 45 1 * * *", "Australia/Lord_Howe", "2027-04-02", ["04-02 14:45", "04-03 14:45", "04-04 15:15"]),
        ("cron 0 */2 * * *", "Europe/Berlin", "2026-10-24T23:00", ["10-25 00:00", "10-25 03:00", "10-25 05:00"]),
    ],
)
def test_a_time_that_the_clock_shows_twice_is_due_the_first_time(
    pattern: str, zone: str, after: str, expected: list[str]
) -> None:
    assert first(pattern, zone, after, 3) == expected


def test_a_time_between_both_showings_is_not_due_again() -> None:
    assert first("cron 30 2 * * *", "Europe/Berlin", "2026-10-25T00:31", 1) == ["10-26 01:30"]


def test_several_times_that_one_jump_leaves_out_are_due_once() -> None:
    assert first("cron 0,20,40 2 * * *", "Europe/Berlin", "2027-03-28", 2) == ["03-28 01:00", "03-29 00:00"]


@pytest.mark.parametrize("edge", ["2026-10-24T23:00", "2027-03-27T23:00"])
@pytest.mark.parametrize(("pattern", "minutes"), [("*/15 * * * *", 15), ("0 * * * *", 60), ("*/15 0-5 * * *", 15)])
def test_an_interval_keeps_its_real_distance_across_a_jump(pattern: str, minutes: int, edge: str) -> None:
    found = list(occurrences(f"cron {pattern}", "Europe/Berlin", utc(edge), utc(edge) + timedelta(hours=4)))
    distances = {later - earlier for earlier, later in pairwise(found)}
    assert distances == {timedelta(minutes=minutes)}


@properties
@given(strategies.data(), PATTERNS, NAMES)
def test_due_times_increase_and_come_after_the_moment_that_was_given(
    data: strategies.DataObject, pattern: str, zone: str
) -> None:
    assume(fires(pattern))
    after = data.draw(moments(zone))
    found = list(islice(occurrences(pattern, zone, after), 40))
    assert found == list(islice(occurrences(pattern, zone, after), 40))
    assert all(earlier < later for earlier, later in pairwise([after, *found]))
    assert all(instant.tzinfo is UTC and instant.second == instant.microsecond == 0 for instant in found)


@properties
@given(strategies.data(), PATTERNS, NAMES)
def test_splitting_a_stretch_of_time_changes_nothing(data: strategies.DataObject, pattern: str, zone: str) -> None:
    assume(fires(pattern))
    begin = data.draw(moments(zone))
    hours = strategies.floats(0, 100)
    middle, end = sorted(begin + timedelta(hours=data.draw(hours)) for _ in range(2))
    halves = [*occurrences(pattern, zone, begin, middle), *occurrences(pattern, zone, middle, end)]
    assert halves == list(occurrences(pattern, zone, begin, end))


@properties
@given(strategies.data(), cron_patterns(), NAMES)
def test_away_from_jumps_due_times_are_those_of_cronsim(data: strategies.DataObject, pattern: str, zone: str) -> None:
    assume(fires(pattern))
    after = data.draw(moments(zone))
    until = after + timedelta(days=3)
    assume(not any(after - timedelta(days=1) < jump < until + timedelta(days=1) for jump in JUMPS[zone]))
    expected = CronSim(pattern.removeprefix("cron "), after.astimezone(ZoneInfo(zone)))
    found = list(islice(occurrences(pattern, zone, after, until), 50))
    assert found == [moment.astimezone(UTC) for moment in islice(expected, len(found))]


@pytest.mark.parametrize("zone", [zone for zone in ZONES if JUMPS[zone]])
def test_a_daily_time_is_due_once_on_each_day_of_three_years(zone: str) -> None:
    days = set()
    for hour in (0, 1, 2, 3, 23):
        found = list(occurrences(f"cron 30 {hour} * * *", zone, utc("2026-01-02"), utc("2028-12-30")))
        days = {instant.astimezone(ZoneInfo(zone)).date() for instant in found}
        assert len(found) == len(days)
        assert len(days) == (max(days) - min(days)).days + 1


@properties
@given(INTERVALS, NAMES)
def test_intervals_stand_on_multiples_since_1970_in_any_zone(pattern: str, zone: str) -> None:
    seconds = int(pattern.split()[1])
    for instant in islice(occurrences(pattern, zone, utc("2026-10-24T12:34:56")), 5):
        assert instant.timestamp() % seconds == 0


def test_a_single_time_is_due_once_and_never_again() -> None:
    pattern = "at 2026-12-24T18:00:00Z"
    assert next_occurrence(pattern, "UTC", utc("2026-12-24T17:59:59")) == utc("2026-12-24T18:00")
    assert next_occurrence(pattern, "UTC", utc("2026-12-24T18:00")) is None


def test_29_february_on_a_monday_is_found_decades_ahead() -> None:
    assert next_occurrence("cron 0 0 * 2 1#5", "UTC", utc("2026-01-01")) == utc("2044-02-29")


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(TypeError, match="naive"):
        next_occurrence("every 900", "UTC", datetime(2026, 1, 1))  # noqa: DTZ001 - naive is the point
