"""Our due times beside those of an oracle that walks the clock minute by minute, around every jump of six zones."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, assume, given, settings, strategies

from netraven_cli.errors import DataError
from netraven_cli.schedule import cron
from netraven_cli.schedule.occurrences import occurrences
from tests.schedule.oracle import due_times, edges
from tests.schedule.zones import PATTERNS

DAYS = 30  # around each jump: 15 before, 15 after
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata", "UTC")
EDGES = {zone: edges(zone, 2025, 4) for zone in ZONES}
SMALL_HOURS = (  # those that jumps go over, show twice, or pass by
    "cron 30 2 * * *", "cron 0 2 * * *", "cron 59 1 * * *", "cron 0 3 * * *", "cron 15 2 * * 0", "cron 30 1 * * *",
    "cron */15 * * * *", "cron 7 * * * *", "cron */20 1-3 * * *", "cron 0,30 2 * * *", "cron 45 1,2 * * *",
    "cron 30 */2 * * *", "cron 30 2 L * *", "cron 30 2 * * 0L", "cron 30 2 1-7 * 0", "every 900", "every 5400",
)  # fmt: skip


def fires(pattern: str) -> bool:
    try:
        return pattern.startswith("every") or bool(cron.canonical(pattern.removeprefix("cron ")))
    except DataError:
        return False


def compare(pattern: str, zone: str, number: int) -> None:
    edge = EDGES[zone][number % len(EDGES[zone])]
    begin = edge - timedelta(days=DAYS // 2)
    ours = occurrences(pattern, zone, begin - timedelta(seconds=1), begin + timedelta(days=DAYS, seconds=-1))
    assert list(ours) == due_times(pattern, zone, begin, DAYS), (pattern, zone, edge)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("number", range(2))  # both kinds of jump
def test_patterns_of_the_small_hours_are_due_when_a_walk_along_the_clock_finds_them(zone: str, number: int) -> None:
    for pattern in SMALL_HOURS:
        compare(pattern, zone, number)


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(PATTERNS, strategies.sampled_from(ZONES), strategies.integers(0, 7))
def test_random_patterns_are_due_when_a_walk_along_the_clock_finds_them(pattern: str, zone: str, number: int) -> None:
    assume(fires(pattern))
    compare(pattern, zone, number)
