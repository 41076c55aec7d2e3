from __future__ import annotations

import re
import subprocess
from datetime import datetime, timedelta
from itertools import islice

import pytest
from hypothesis import HealthCheck, assume, given, settings, strategies

from netraven_cli.errors import DataError
from netraven_cli.schedule import cron
from netraven_cli.schedule.crontab import wake_fields
from netraven_cli.schedule.occurrences import occurrences
from netraven_cli.schedule.oncalendar import calendars
from netraven_cli.schedule.wake import YEARS
from tests.schedule.samples import NOW
from tests.schedule.zones import JUMPS, NAMES, NIGHTS, PATTERNS, UTC, ZONES, around, moments

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
ELAPSE = re.compile(r"(?:Next elapse|Iter\. #\d+): \w+ ([0-9-]+ [0-9:]+) UTC")
AT_ONCE = 40


def each_line_elapses(program: str, lines: list[str], base: datetime, iterations: int) -> list[list[datetime]]:
    """When systemd would wake next by each of the lines, by its own word."""
    done = subprocess.run(
        [program, "calendar", f"--iterations={iterations}", f"--base-time={base:%Y-%m-%d %H:%M:%S} UTC", "--", *lines],
        capture_output=True, text=True, check=True, env={"TZ": "UTC", "LC_ALL": "C"},
    )  # fmt: skip
    blocks = done.stdout.split("Normalized form:")[1:]
    return [[datetime.fromisoformat(text).replace(tzinfo=UTC) for text in ELAPSE.findall(block)] for block in blocks]


def elapses(program: str, lines: list[str], base: datetime, iterations: int) -> list[datetime]:
    """When systemd would wake next by any of the lines; it computes all of them anew each time it woke."""
    found: list[datetime] = []
    for _ in range(iterations):
        nexts = [line[0] for line in each_line_elapses(program, lines, base, 1) if line]
        if not nexts:
            break
        base = min(nexts)
        found.append(base)
    return found


def unwoken(program: str, lines: list[str], dues: list[datetime]) -> list[datetime]:
    """Which of some due times systemd lets pass.

    It computes all lines anew at each instant at which one of them wakes: what passes is asked again from the last one.
    """
    missed, asked = [], dues[0] - SECOND if dues else NOW
    while dues:
        found = each_line_elapses(program, lines, asked, AT_ONCE)
        until = min([line[-1] for line in found if len(line) == AT_ONCE], default=dues[-1])
        woken = {instant for line in found for instant in line}
        passed = [due for due in dues if due <= until and due not in woken]
        again = max((instant for instant in woken if passed and instant < passed[0]), default=None)
        if again:
            dues, asked = [due for due in dues if due >= passed[0]], again
            continue
        missed += passed[:1]
        dues = [due for due in dues if due > (passed[0] if passed else until)]
        asked = dues[0] - SECOND if dues else until
    return missed


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
    assume(ours[-1].year < after.year + YEARS)
    lines = calendars(pattern, zone, after)
    for due in ours:
        assert elapses(systemd_analyze, lines, due - SECOND, 1) == [due], lines
    if is_exact(pattern, zone):
        assert elapses(systemd_analyze, lines, after, len(ours)) == ours, lines


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(strategies.data(), PATTERNS, NAMES)
def test_systemd_wakes_for_each_due_time_in_the_30_days_around_a_jump(
    systemd_analyze: str, data: strategies.DataObject, pattern: str, zone: str
) -> None:
    assume(fires(pattern))
    jump = data.draw(strategies.sampled_from(JUMPS[zone] or [NOW]))
    written = data.draw(strategies.integers(0, 330).map(lambda days: jump - days * DAY))
    lines = calendars(pattern, zone, written)
    assert unwoken(systemd_analyze, lines, around(jump, pattern, zone)) == [], lines


@pytest.mark.parametrize("zone", ZONES)
def test_systemd_wakes_at_night_around_every_jump_of_three_years(systemd_analyze: str, zone: str) -> None:
    for pattern in NIGHTS:
        for jump in JUMPS[zone] or [NOW]:
            dues = list(occurrences(pattern, zone, jump - 2 * DAY, jump + 2 * DAY))
            assert unwoken(systemd_analyze, calendars(pattern, zone, jump - 30 * DAY), dues) == [], (pattern, jump)


@pytest.mark.parametrize(
    ("pattern", "zone", "lines"),
    [
        ("cron 30 3 * * *", "Europe/Berlin", ["*-*-* 03:30:00 Europe/Berlin"]),
        (
            "cron 30 2 * * *",
            "Europe/Berlin",
            ["*-*-* 02:30:00 Europe/Berlin", "2026-03-29 01:00:00 UTC", "2027-03-28 01:00:00 UTC"],
        ),
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
    for pattern in ("cron */15 * * * *", "cron */15 0-6 * * *"):
        lines = calendars(pattern, "Europe/Berlin", after)
        ours = list(islice(occurrences(pattern, "Europe/Berlin", after), 8))
        assert elapses(systemd_analyze, lines, after, 8) == ours


def test_systemd_alone_leaves_out_what_the_added_lines_wake_for(systemd_analyze: str) -> None:
    """The day on which it does not, the lines beside jumps may go."""
    after = datetime(2027, 3, 27, 20, 0, tzinfo=UTC)
    [due] = islice(occurrences("cron 30 2 * * *", "Europe/Berlin", after), 1)
    plain, *added = calendars("cron 30 2 * * *", "Europe/Berlin", after)
    assert elapses(systemd_analyze, [plain], after, 1) != [due]
    assert due in elapses(systemd_analyze, added, after, 2)


def test_what_is_written_changes_with_the_year_alone() -> None:
    days = [NOW.replace(month=1, day=1) + day * DAY for day in range(365)]
    for pattern in NIGHTS:
        for zone in ("Europe/Berlin", "Africa/Casablanca", "America/Havana"):
            assert len({tuple(calendars(pattern, zone, day)) for day in days}) == 1
            assert len({tuple(wake_fields(pattern, zone, day)) for day in days}) == 1
