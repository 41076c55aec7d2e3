"""Weekly hours and the rules of calendars: read in one spelling, and true on every clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies

from netraven_cli.errors import DataError
from netraven_cli.model import Calendar, CalendarRule
from netraven_cli.schedule import blackout, hours
from tests.schedule.zones import JUMPS, UTC

MINUTE = timedelta(minutes=1)
DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("22:00-06:00", "22:00-06:00"),
        ("mon-wed 8:00 - 18:00", "Mon,Tue,Wed 08:00-18:00"),
        ("Fri-Mon 22:00-06:00", "Sun,Mon,Fri,Sat 22:00-06:00"),
        ("Sat,sunday", "Sun,Sat"),
        ("Sat 00:00-24:00", "Sat"),
        ("00:00-24:00", "00:00-24:00"),
        ("Sun-Sat 09:00-24:00", "09:00-24:00"),
    ],
)
def test_weekly_hours_have_one_spelling_which_reads_as_itself(text: str, spelt: str) -> None:
    assert hours.canonical(text) == spelt
    assert hours.canonical(spelt) == spelt


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("22:00-22:00", "have no length"),
        ("Mon 00:00-00:00", "have no length"),
        ("24:00-00:00", "have no length"),
        ("22:00-25:00", "no time of day"),
        ("Mo 22:00-06:00", "no day of the week"),
        ("Mon 22:00", "no day of the week"),
        ("", "no weekly hours"),
        ("22:00-06:00 Mon", "no weekly hours"),
    ],
)
def test_weekly_hours_that_are_none_are_refused(text: str, why: str) -> None:
    with pytest.raises(DataError, match=why):
        hours.canonical(text)


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("2026-12-24", "2026-12-24"),
        ("2026-12-24 / 2027-01-02", "2026-12-24/2027-01-02"),
        ("2026-12-24/2026-12-24", "2026-12-24"),
        ("2026-12-24T18:00/2026-12-27T06:00", "2026-12-24T18:00/2026-12-27T06:00"),
        ("2026-12-24T18:00Z/2026-12-27T06:00+02:00", "2026-12-24T18:00:00Z/2026-12-27T04:00:00Z"),
        ("mon-fri 8:00-18:00", "Mon,Tue,Wed,Thu,Fri 08:00-18:00"),
    ],
)
def test_rules_have_one_spelling_which_reads_as_itself(text: str, spelt: str) -> None:
    assert blackout.canonical(text) == spelt
    assert blackout.canonical(spelt) == spelt


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-02-31", "no day and no time"),
        ("2026-12-24/2026-12-23", "ends before it begins"),
        ("2026-12-24T18:00/2026-12-24T18:00", "ends when it begins"),
        ("2026-12-24T18:00", "not understood"),
        ("2026-12-24/2026-12-25T18:00", "not understood"),
        ("2026-12-24T18:00Z/2026-12-25T18:00", "one time has an offset"),
        ("Sun-Sat", "holds back for ever"),
        ("xmas", "no day of the week"),
    ],
)
def test_rules_that_are_none_are_refused(text: str, why: str) -> None:
    with pytest.raises(DataError, match=why):
        blackout.canonical(text)


@strategies.composite
def weekly(draw: strategies.DrawFn) -> tuple[set[int], int, int]:
    days = draw(strategies.sets(strategies.integers(0, 6), min_size=1, max_size=4))
    start, end = draw(strategies.lists(strategies.integers(0, 1439), min_size=2, max_size=2, unique=True))
    return days, start, end


def shows(rule: tuple[set[int], int, int], wall: datetime) -> bool:
    """Whether weekly hours are on at a wall-clock minute: today's, or those of yesterday that go on."""
    days, start, end = rule
    minute, today = wall.hour * 60 + wall.minute, wall.isoweekday() % 7
    if start < end:
        return today in days and start <= minute < end
    return (today in days and minute >= start) or ((today - 1) % 7 in days and minute < end)


@settings(deadline=None, max_examples=60)
@given(
    strategies.lists(weekly(), min_size=1, max_size=2), strategies.sampled_from(["Europe/Berlin", "America/New_York"]),
    strategies.integers(0, 3), strategies.integers(-2000, 2000),
)  # fmt: skip
def test_a_blackout_covers_the_minutes_that_the_clock_shows_and_ends_when_it_shows_none(
    rules: list[tuple[set[int], int, int]], zone: str, jump: int, distance: int
) -> None:
    texts = [
        f"{','.join(DAYS[day] for day in days)} {start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
        for days, start, end in rules
    ]
    one = Calendar(name="c", rules=tuple(CalendarRule(rule=blackout.canonical(text)) for text in texts))
    held_back, info = blackout.busy([one], zone), ZoneInfo(zone)
    instant = JUMPS[zone][jump] + distance * MINUTE

    def covered(at: datetime) -> bool:
        return any(shows(rule, at.astimezone(info)) for rule in rules)

    found = held_back.blackout(instant)
    assert (found is not None) == covered(instant)
    if found is not None and found[1] is not None:
        assert not covered(found[1])
        walked = instant
        while walked < found[1]:
            assert covered(walked)
            walked += MINUTE


def test_days_and_times_are_those_of_the_clock_that_is_held_back_unless_they_have_an_offset() -> None:
    rules = ("2026-12-24", "2026-06-01T10:00:00Z/2026-06-01T12:00:00Z")
    one = Calendar(name="c", rules=tuple(CalendarRule(rule=rule, summary="why") for rule in rules))
    for zone, begin in (("Europe/Berlin", 23), ("UTC", 24)):
        held_back = blackout.busy([one], zone)
        start = datetime(2026, 12, 23, 23, tzinfo=UTC) if begin == 23 else datetime(2026, 12, 24, tzinfo=UTC)
        assert held_back.blackout(start - MINUTE) is None
        assert held_back.blackout(start) == ("blackout c (why)", start + timedelta(days=1))
        at = datetime(2026, 6, 1, 11, tzinfo=UTC)
        assert held_back.blackout(at) == ("blackout c (why)", at + timedelta(hours=1))


def test_blackouts_that_meet_end_together() -> None:
    one = Calendar(name="a", rules=(CalendarRule(rule="2026-12-24"), CalendarRule(rule="2026-12-26")))
    other = Calendar(name="b", rules=(CalendarRule(rule="2026-12-25"), CalendarRule(rule="Sun 00:00-06:00")))
    found = blackout.busy([one, other], "UTC").blackout(datetime(2026, 12, 24, 12, tzinfo=UTC))
    assert found == ("blackout a", datetime(2026, 12, 27, 6, tzinfo=UTC))  # the 27th is a Sunday
