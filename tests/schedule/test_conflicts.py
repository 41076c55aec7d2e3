"""What collides: judged by the measured time of devices, and cured by the spread that is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from netraven_cli.model import Calendar, CalendarRule
from netraven_cli.model.duration import duration
from netraven_cli.schedule import blackout
from netraven_cli.schedule.check import findings
from netraven_cli.schedule.conflicts import conflicts, load_of
from tests.schedule.samples import NOW, schedule

if TYPE_CHECKING:
    from netraven_cli.schedule.conflicts import Load

FLEET = [f"sw{number}" for number in range(120)]


def load(name: str, pattern: str, devices: list[str], **more: Any) -> Load:
    one = replace(schedule(name, pattern, "UTC"), **more)
    return load_of(one, devices, blackout.busy([], "UTC"), NOW)


def found(*loads: Load, seconds: float | None = 60, workers: int = 50) -> list[tuple[str, str]]:
    return [(each.schedule, each.finding) for each in conflicts(loads, lambda _type, _device: seconds, workers)]


def test_schedules_far_enough_apart_have_nothing_to_find() -> None:
    assert found(load("a", "cron 0 2 * * *", ["sw1"]), load("b", "cron 2 2 * * *", ["sw1", "sw2"])) == []
    assert found(load("a", "cron 0 2 * * *", ["sw1"]), load("b", "cron 0 2 * * *", ["sw2"])) == []


def test_two_that_cover_a_device_closer_than_it_usually_takes_are_named_with_the_time() -> None:
    [(name, text)] = found(
        load("a", "cron 0 2 * * *", ["sw1", "sw2"]), load("b", "cron 1 2 * * *", ["sw1"]), seconds=90
    )
    assert name == "a"
    assert text.startswith("and b cover sw1 60 s apart at 2026-11-02T02:00:00Z, each usually 90 s long")


def test_of_two_types_on_one_device_neither_is_too_close() -> None:
    other = load("b", "cron 0 2 * * *", ["sw1"], type="status-check")
    assert found(load("a", "cron 0 2 * * *", ["sw1"]), other) == []


def test_what_was_never_measured_collides_only_at_the_same_time() -> None:
    one = load("a", "cron 0 2 * * *", ["sw1"])
    assert found(one, load("b", "cron 1 2 * * *", ["sw1"]), seconds=None) == []
    [(_, text)] = found(one, load("b", "cron 0 2 * * *", ["sw1"]), seconds=None)
    assert "at the same time at 2026-11-02T02:00:00Z, each of a length that was not measured yet" in text


def test_places_in_the_spread_count_when_distances_are_measured() -> None:
    one = load("a", "cron 0 2 * * *", ["sw1"], spread_seconds=3600)
    start = timedelta(hours=2) + one.place("sw1")
    minutes = int(start.total_seconds() // 60)
    close = load("b", f"cron {minutes % 60} {minutes // 60} * * *", ["sw1"])
    assert len(found(one, close, seconds=60)) == 1


def test_an_interval_shorter_than_its_device_takes_is_found() -> None:
    [(_, text)] = found(load("a", "every 300", ["sw1"]), seconds=600)
    assert text == "is due every 5 min, but sw1 usually takes 10 min"


def test_more_than_the_workers_can_do_before_the_window_closes_is_found() -> None:
    fits = load("a", "cron 0 2 * * *", FLEET, window=("02:00-02:03",), spread_seconds=120)
    assert not any("predicted" in text for _, text in found(fits, seconds=60))  # 7200 device-seconds in 9000
    text = found(fits, seconds=80)[0][1]
    assert text.startswith("9600 device-seconds are predicted from 2026-11-02T02:00:00Z on, and 50 workers have 9000")


def test_the_next_start_and_the_maximum_run_time_bound_what_fits_too() -> None:
    assert "have 45000 in 15 min" in found(load("a", "every 900", FLEET, spread_seconds=800), seconds=400)[0][1]
    bounded = load("a", "cron 0 2 * * *", FLEET, spread_seconds=120, max_runtime_seconds=180)
    assert "have 9000 in 3 min" in found(bounded, seconds=80)[0][1]


def test_a_spread_beyond_the_window_is_found() -> None:
    one = load("a", "cron 0 2 * * *", ["sw1"], window=("02:00-02:30",), spread_seconds=3600)
    [(_, text)] = found(one)
    assert "its spread of 1h from 2026-11-02T02:00:00Z on goes beyond its window, which closes after 30 min" in text


def test_many_devices_in_one_minute_are_found_with_the_spread_that_cures_it() -> None:
    one = load("a", "cron 0 2 * * *", FLEET)
    [(_, text)] = found(one, seconds=10)
    assert "starts 120 devices in the minute of 2026-11-02T02:00:00Z, for 50 workers" in text
    spread = text.rpartition("--spread ")[2]
    seconds = int(duration(spread).total_seconds())
    assert 180 <= seconds <= 300  # 120 devices and 50 workers: no less than 3 minutes, and places are not quite even
    assert found(load("a", "cron 0 2 * * *", FLEET, spread_seconds=seconds), seconds=10) == []


def test_schedules_that_pile_up_together_are_found_together() -> None:
    ones = [load(name, "cron 0 2 * * *", FLEET[start : start + 40]) for name, start in (("a", 0), ("b", 40), ("c", 80))]
    [(name, text)] = found(*ones, seconds=10)
    assert name == "a"
    assert text.startswith("with b and 1 more starts 120 devices")


def test_due_times_in_a_blackout_are_told_with_what_becomes_of_them() -> None:
    held = replace(schedule("x", "cron 0 2 * * *", "UTC"), blackouts=("freeze",))
    freeze = Calendar(name="freeze", rules=(CalendarRule(rule="2026-11-10/2026-11-12"),))
    [one] = findings(held, {"backup"}, NOW, [freeze])
    assert one.finding == (
        "3 of 30 due times ahead lie in a blackout: 2026-11-10T02:00:00Z is skipped, "
        "blackout freeze until 2026-11-13T00:00:00Z"
    )
    [one] = findings(replace(held, on_blackout="defer"), {"backup"}, NOW, [freeze])
    assert "is deferred" in one.finding


def test_a_calendar_that_ends_soon_is_a_problem() -> None:
    ending = Calendar(name="de", covers_until=NOW + timedelta(days=10))
    [one] = findings(replace(schedule("x", "every 900"), blackouts=("de",)), {"backup"}, NOW, [ending])
    assert (one.severity, "written out until 2026-11-11" in one.finding) == ("problem", True)
