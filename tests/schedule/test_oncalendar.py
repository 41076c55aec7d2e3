from __future__ import annotations

import re
import subprocess
from datetime import datetime, timedelta
from itertools import islice

import pytest
from hypothesis import HealthCheck, assume, given, settings, strategies

from netraven_cli.errors import DataError
from netraven_cli.schedule import cron
from netraven_cli.schedule.occurrences import occurrences
from netraven_cli.schedule.oncalendar import EVERY_MINUTE, calendars
from tests.schedule.samples import NOW
from tests.schedule.zones import JUMPS, NAMES, PATTERNS, UTC, moments

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
ELAPSE = re.compile(r"(?:Next elapse|Iter\. #\d+): \w+ ([0-9-]+ [0-9:]+) UTC")


def elapses(program: str, lines: list[str], base: datetime, iterations: int) -> list[datetime]:
    """When systemd would wake next, by its own word."""
    done = subprocess.run(
        [program, "calendar", f"--iterations={iterations}", f"--base-time={base:%Y-%m-%d %H:%M:%S} UTC", "--", *lines],
        capture_output=True, text=True, check=True, env={"TZ": "UTC", "LC_ALL": "C"},
    )  # fmt: skip
    found = {datetime.fromisoformat(text).replace(tzinfo=UTC) for text in ELAPSE.findall(done.stdout)}
    return sorted(found)[:iterations]


def is_exact(pattern: str, zone: str) -> bool:
    """Whether systemd has words for just these times."""
    kind, _, text = pattern.partition(" ")
    if kind == "every":
        return 86400 % int(text) == 0
    rule = cron.read(text)
    both = not (rule.either_day or rule.every_month_day or rule.every_weekday)
    half_hours_apart = zone == "Australia/Lord_Howe" and rule.every_hour
    return not (rule.last_working_day or both or half_hours_apart)


def fires(pattern: str) -> bool:
    try:
        return pattern.startswith("every") or bool(cron.canonical(pattern.removeprefix("cron ")))
    except DataError:
        return False


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(strategies.data(), PATTERNS, NAMES)
def test_systemd_wakes_for_each_due_time_and_for_no_other_that_it_can_tell_apart(
    systemd_analyze: str, data: strategies.DataObject, pattern: str, zone: str
) -> None:
    assume(fires(pattern))
    after = data.draw(moments(zone)).replace(microsecond=0)
    ours = list(islice(occurrences(pattern, zone, after), 4))
    assume(not any(after - DAY < jump < ours[-1] + DAY for jump in JUMPS[zone]))
    lines = calendars(pattern, zone, after)
    for due in ours:
        assert elapses(systemd_analyze, lines, due - SECOND, 1) == [due], lines
    if is_exact(pattern, zone):
        assert elapses(systemd_analyze, lines, after, len(ours)) == ours, lines


@pytest.mark.parametrize(
    ("pattern", "zone", "lines"),
    [
        ("cron 30 2 * * *", "Europe/Berlin", ["*-*-* 02:30:00 Europe/Berlin"]),
        ("cron 30 2 * * 0", "UTC", ["Sun *-*-* 02:30:00 UTC"]),
        ("cron 30 2 31 * *", "UTC", ["*-*-31 02:30:00 UTC"]),
        ("cron 30 2 L * *", "UTC", ["*-*~01 02:30:00 UTC"]),
        ("cron 30 2 * * 2#2", "UTC", ["Tue *-*-08..14 02:30:00 UTC"]),
        ("cron 30 2 * * 5L", "UTC", ["Fri *-*~07/1 02:30:00 UTC"]),
        ("cron 30 2 1 * 1-5", "UTC", ["*-*-01 02:30:00 UTC", "Mon,Tue,Wed,Thu,Fri *-*-* 02:30:00 UTC"]),
        ("cron */15 * * * *", "Europe/Berlin", ["*-*-* *:00/15:00 UTC"]),
        ("cron 0 * * * *", "Asia/Kolkata", ["*-*-* *:30:00 UTC"]),
        ("cron 0 * * * *", "Australia/Lord_Howe", ["*-*-* *:00,30:00 UTC"]),
        ("every 900", "Europe/Berlin", ["*-*-* *:00/15:00 UTC"]),
        ("every 7200", "Europe/Berlin", ["*-*-* 00/2:00:00 UTC"]),
        ("every 5400", "UTC", ["*-*-* 00/3:00:00 UTC", "*-*-* 01/3:30:00 UTC"]),
        ("every 420", "UTC", ["*-*-* *:*:00 UTC"]),
        ("every 172800", "UTC", ["*-*-* 00:00:00 UTC"]),
        ("at 2026-12-24T18:00:00Z", "Europe/Berlin", ["2026-12-24 18:00:00 UTC"]),
    ],
)
def test_patterns_read_as_an_operator_would_write_them(pattern: str, zone: str, lines: list[str]) -> None:
    assert calendars(pattern, zone, NOW) == lines


def test_an_interval_wakes_at_its_real_distance_when_clocks_go_back(systemd_analyze: str) -> None:
    after = datetime(2026, 10, 25, 0, 20, tzinfo=UTC)
    lines = calendars("cron */15 * * * *", "Europe/Berlin", after)
    assert elapses(systemd_analyze, lines, after, 8) == list(
        islice(occurrences("cron */15 * * * *", "Europe/Berlin", after), 8)
    )


def test_the_minute_timer_wakes_for_a_time_that_systemd_leaves_out(systemd_analyze: str) -> None:
    after = datetime(2027, 3, 27, 20, 0, tzinfo=UTC)
    [due] = islice(occurrences("cron 30 2 * * *", "Europe/Berlin", after), 1)
    assert elapses(systemd_analyze, calendars("cron 30 2 * * *", "Europe/Berlin", after), after, 1) != [due]
    assert elapses(systemd_analyze, [EVERY_MINUTE], due - SECOND, 1) == [due]
