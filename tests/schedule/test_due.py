"""What becomes of due times at a look: misfire, window, blackout, validity, pause, and clocks that jump."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies

from netraven_cli.model import Calendar, CalendarRule, Schedule, Selector
from netraven_cli.schedule import blackout
from netraven_cli.schedule import due as module
from netraven_cli.schedule.occurrences import occurrences
from tests.schedule.zones import UTC

if TYPE_CHECKING:
    from netraven_cli.schedule.due import Due

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def schedule(pattern: str, seen_until: str, **more: Any) -> Schedule:
    values = {"timezone": "UTC", "selector": Selector(), "created_at": utc("2026-01-01"), "next_due_at": None, **more}
    return Schedule(id=1, name="nightly", type="backup", pattern=pattern, seen_until=utc(seen_until), **values)


def due(one: Schedule, now: str, *rules: str, deferred: str | None = None, limit: int = 100) -> Due:
    freeze = Calendar(name="freeze", rules=tuple(CalendarRule(rule=blackout.canonical(rule)) for rule in rules))
    held_back = blackout.busy([freeze], one.timezone)
    return module.due(one, utc(now), held_back, deferred=utc(deferred) if deferred else None, limit=limit)


def shown(found: Due) -> tuple[list[str], list[tuple[str, str]]]:
    return [f"{at:%m-%d %H:%M}" for at in found.run], [(f"{at:%m-%d %H:%M}", state) for at, state, _ in found.left]


def test_the_latest_due_time_runs_and_those_before_it_were_missed() -> None:
    found = due(schedule("cron 0 2 * * *", "2026-05-01T02:00"), "2026-05-04T09:00")
    assert shown(found) == (["05-04 02:00"], [("05-02 02:00", "missed"), ("05-03 02:00", "missed")])
    assert all("2026-05-04T02:00:00Z is run in its place" in reason for _, _, reason in found.left)
    assert (found.seen_until, found.next_due_at) == (utc("2026-05-04T09:00"), utc("2026-05-05T02:00"))


def test_nothing_is_due_before_its_time() -> None:
    found = due(schedule("cron 0 2 * * *", "2026-05-01T02:00"), "2026-05-02T01:59:59")
    assert (found.run, found.left, found.next_due_at) == ([], [], utc("2026-05-02T02:00"))


def test_of_many_missed_times_the_newest_are_listed_and_the_rest_counted() -> None:
    found = due(schedule("every 60", "2026-05-01T00:00"), "2026-05-01T10:00")
    assert found.run == [utc("2026-05-01T10:00")]
    assert len(found.left) == 100
    assert found.left[-1][0] == utc("2026-05-01T09:59")
    assert "499 more before 2026-05-01T08:20:00Z are not listed" in found.left[-1][2]


def test_after_decades_the_newest_due_times_are_looked_at_and_none_of_the_others() -> None:
    found = due(schedule("every 60", "1970-01-01T00:00", misfire=5), "2026-05-01T10:00")
    assert shown(found)[0] == [f"05-01 {time}" for time in ("09:56", "09:57", "09:58", "09:59", "10:00")]
    assert len(found.left) == 100
    assert "; at least " in found.left[-1][2]
    assert shown(due(schedule("cron 0 0 29 2 *", "1970-01-01T00:00"), "2026-05-01T10:00"))[0] == ["02-29 00:00"]


def test_a_clock_that_went_back_makes_nothing_due_a_second_time() -> None:
    found = due(schedule("every 3600", "2026-05-01T12:00"), "2026-05-01T10:30")
    assert (found.run, found.left) == ([], [])
    assert (found.seen_until, found.next_due_at) == (utc("2026-05-01T12:00"), utc("2026-05-01T13:00"))


def test_a_single_time_that_has_run_is_never_due_again() -> None:
    found = due(schedule("at 2026-05-01T12:00:00Z", "2026-05-01T11:00"), "2026-05-01T12:00")
    assert (found.run, found.next_due_at) == ([utc("2026-05-01T12:00")], None)


@pytest.mark.parametrize(
    ("misfire", "grace_seconds", "run"),
    [
        (0, None, []),
        (0, 7200, ["05-01 15:00"]),
        (1, None, ["05-01 15:00"]),
        (1, 600, []),
        (1, 1800, ["05-01 15:00"]),
        (3, None, ["05-01 13:00", "05-01 14:00", "05-01 15:00"]),
        (3, 6000, ["05-01 14:00", "05-01 15:00"]),
        (9, None, ["05-01 12:00", "05-01 13:00", "05-01 14:00", "05-01 15:00"]),
    ],
)
def test_after_downtime_as_many_run_as_the_policy_says_and_none_later_than_its_grace(
    misfire: int, grace_seconds: int | None, run: list[str]
) -> None:
    one = schedule("every 3600", "2026-05-01T11:00", misfire=misfire, grace_seconds=grace_seconds)
    found = due(one, "2026-05-01T15:30")
    assert shown(found)[0] == run
    assert {state for _, state, _ in found.left} <= {"missed"}
    assert len(found.run) + len(found.left) == 4
    assert found.next_due_at == utc("2026-05-01T16:00")


def test_what_is_noticed_within_minutes_was_not_missed_even_where_misfires_are_skipped() -> None:
    found = due(schedule("every 3600", "2026-05-01T11:00", misfire=0), "2026-05-01T12:04")
    assert shown(found) == (["05-01 12:00"], [])


def test_what_comes_too_late_says_how_late_and_how_late_it_might_have_been() -> None:
    found = due(schedule("every 3600", "2026-05-01T11:00", misfire=0), "2026-05-01T12:30")
    assert found.left == [(utc("2026-05-01T12:00"), "missed", "noticed 30 min late, after its grace of 5 min")]


def test_a_window_leaves_due_times_out_and_it_is_not_looked_at_while_it_is_closed() -> None:
    one = schedule("cron 0 */6 * * *", "2026-05-01T11:00", window=("22:00-06:00",), timezone="Europe/Berlin")
    found = due(one, "2026-05-01T17:00")  # 19:00 in Berlin
    assert shown(found) == ([], [("05-01 16:00", "skipped")])
    assert found.left[0][2] == "outside its window 22:00-06:00"
    assert found.next_due_at == utc("2026-05-01T22:00")  # midnight there: 22:00 itself is no due time


def test_validity_leaves_out_what_comes_before_and_ends_the_schedule() -> None:
    one = schedule(
        "every 3600", "2026-05-01T00:30", valid_from=utc("2026-05-01T02:00"), valid_until=utc("2026-05-01T03:00")
    )
    found = due(one, "2026-05-01T04:10")
    assert shown(found) == (
        ["05-01 03:00"],
        [("05-01 01:00", "skipped"), ("05-01 02:00", "missed"), ("05-01 04:00", "skipped")],
    )
    assert [reason for _, state, reason in found.left if state == "skipped"] == [
        "not valid before 2026-05-01T02:00:00Z",
        "not valid after 2026-05-01T03:00:00Z",
    ]
    assert found.next_due_at is None


def test_a_pause_skips_with_its_reason_until_it_ends() -> None:
    paused = {"paused_until": utc("2026-05-01T02:00"), "pause_reason": "migration"}
    found = due(schedule("every 3600", "2026-05-01T00:30", **paused), "2026-05-01T02:00")
    assert shown(found) == (["05-01 02:00"], [("05-01 01:00", "skipped")])
    assert found.left[0][2] == "paused until 2026-05-01T02:00:00Z: migration"


def test_a_blackout_skips_and_says_which_and_how_long() -> None:
    found = due(schedule("cron 0 2 * * *", "2026-12-23T03:00"), "2026-12-26T03:00", "2026-12-24/2026-12-26")
    assert shown(found) == ([], [(f"12-{day} 02:00", "skipped") for day in (24, 25, 26)])
    assert found.left[0][2] == "blackout freeze until 2026-12-27T00:00:00Z"


def test_what_a_blackout_defers_runs_once_at_its_end() -> None:
    one = schedule("cron 0 */6 * * *", "2026-12-23T20:00", on_blackout="defer")
    rule = "2026-12-24T01:00/2026-12-24T13:00"
    first = due(one, "2026-12-24T06:00", rule)
    assert shown(first) == (["12-24 00:00"], [("12-24 06:00", "deferred")])
    assert first.next_due_at == utc("2026-12-24T12:00")
    one = replace(one, seen_until=first.seen_until)
    second = due(one, "2026-12-24T12:00", rule, deferred="2026-12-24T06:00")
    assert shown(second) == ([], [("12-24 06:00", "skipped"), ("12-24 12:00", "deferred")])
    assert second.left[0][2] == "deferred together with 2026-12-24T12:00:00Z"
    assert second.next_due_at == utc("2026-12-24T13:00")
    one = replace(one, seen_until=second.seen_until)
    third = due(one, "2026-12-24T13:00", rule, deferred="2026-12-24T12:00")
    assert shown(third) == (["12-24 12:00"], [])
    assert third.next_due_at == utc("2026-12-24T18:00")


def test_downtime_over_a_whole_blackout_runs_what_it_deferred_once() -> None:
    one = schedule("every 3600", "2026-12-24T00:30", on_blackout="defer", misfire=5)
    found = due(one, "2026-12-24T05:10", "2026-12-24T00:45/2026-12-24T04:30")
    assert shown(found)[0] == ["12-24 04:00", "12-24 05:00"]
    assert {reason.partition(" 2026")[0] for _, _, reason in found.left} == {"deferred together with"}


def test_a_blackout_that_was_made_longer_defers_again_and_one_that_is_gone_lets_run() -> None:
    one = schedule("cron 0 2 * * *", "2026-12-24T03:00", on_blackout="defer")
    longer = due(one, "2026-12-24T06:00", "2026-12-24T01:00/2026-12-24T09:00", deferred="2026-12-24T02:00")
    assert (shown(longer), longer.next_due_at) == (([], [("12-24 02:00", "deferred")]), utc("2026-12-24T09:00"))
    assert shown(due(one, "2026-12-24T04:00", deferred="2026-12-24T02:00"))[0] == ["12-24 02:00"]


def test_the_end_of_a_blackout_outside_the_window_waits_for_the_window() -> None:
    one = schedule("cron 0 2 * * *", "2026-12-24T00:00", on_blackout="defer", window=("00:00-06:00",))
    found = due(one, "2026-12-24T03:00", "2026-12-24T01:00/2026-12-24T12:00")
    assert (shown(found)[1], found.next_due_at) == ([("12-24 02:00", "deferred")], utc("2026-12-25T00:00"))


def test_a_blackout_without_an_end_skips_what_it_would_defer() -> None:
    one = schedule("cron 0 2 * * *", "2026-12-24T00:00", on_blackout="defer")
    found = due(one, "2026-12-24T03:00", "Sun-Wed", "Thu-Sat")
    assert found.left == [(utc("2026-12-24T02:00"), "skipped", "blackout freeze without an end")]


@settings(deadline=None, max_examples=60)
@given(
    strategies.integers(0, 10**6), strategies.sampled_from([0, 1, 3]), strategies.sampled_from(["skip", "defer"]),
    strategies.sampled_from(["Europe/Berlin", "Australia/Lord_Howe", "UTC"]),
)  # fmt: skip
def test_each_due_time_is_on_record_once_however_the_clock_jumps(
    seed: int, misfire: int, on_blackout: str, zone: str
) -> None:
    """A suspend of a day, two hours forward, two hours back: each due time is run or left, and none of it twice."""
    chance = random.Random(seed)
    begin = utc("2026-10-23T00:17")  # over the end of summer time in Berlin
    one = schedule(
        chance.choice(["cron 30 2 * * *", "cron */20 * * * *", "every 1800"]), "2026-10-23T00:17",
        timezone=zone, misfire=misfire, on_blackout=on_blackout,
    )  # fmt: skip
    now, states, runs, deferred = begin, dict[datetime, str](), list[datetime](), None
    rules = ["2026-10-24T10:00/2026-10-25T03:10"]
    held_back = blackout.busy([Calendar(name="c", rules=tuple(CalendarRule(rule=rule) for rule in rules))], zone)
    for _ in range(60):
        jump = chance.choice([timedelta(minutes=1)] * 8 + [DAY, 2 * HOUR, -2 * HOUR, 20 * timedelta(minutes=1)])
        now += jump
        found = module.due(one, now, held_back, deferred, limit=10_000)
        for at in found.run:
            assert states.get(at) in (None, "deferred")
            states[at] = "run"
            runs.append(at)
        for at, state, _ in found.left:
            assert states.get(at) in (None, "deferred")
            states[at] = state
        deferred = next((at for at, state in states.items() if state == "deferred"), None)
        one = replace(one, seen_until=found.seen_until, next_due_at=found.next_due_at)
        assert list(states.values()).count("deferred") <= 1
    assert len(runs) == len(set(runs))
    assert sorted(states) == list(occurrences(one.pattern, zone, begin, one.seen_until))


def test_a_deferred_time_ends_at_the_second_showing_of_a_clock_that_goes_back() -> None:
    one = schedule("cron 0 2 * * *", "2026-10-24T12:00", on_blackout="defer", timezone="Europe/Berlin")
    found = due(one, "2026-10-25T00:10", "01:00-02:30")  # two o'clock, the first time
    assert found.next_due_at == utc("2026-10-25T00:30")
    assert found.next_due_at.astimezone(ZoneInfo("Europe/Berlin")).strftime("%H:%M %Z") == "02:30 CEST"
