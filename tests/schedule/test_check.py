from __future__ import annotations

import pytest

from netraven_cli.schedule.check import findings
from tests.schedule.samples import NOW, schedule


def found(pattern: str, zone: str = "Europe/Berlin") -> list[tuple[str, str]]:
    return [(each.severity, each.finding) for each in findings(schedule("x", pattern, zone), {"backup"}, NOW)]


def test_a_time_that_no_clock_jumps_over_has_nothing_to_know() -> None:
    assert found("cron 30 12 * * *") == []
    assert found("cron 30 2 * * *", "UTC") == []
    assert found("every 900") == []
    assert found("cron */15 * * * *") == []


def test_the_days_on_which_a_clock_jumps_are_named() -> None:
    assert found("cron 30 2 * * *") == [
        ("note", "the clock of Europe/Berlin leaves out its time on 2027-03-28: it is due at 2027-03-28T01:00:00Z"),
        ("note", "the clock of Europe/Berlin shows its time twice on 2027-10-31: it is due the first time"),
    ]


@pytest.mark.parametrize(
    ("pattern", "lacking"),
    [
        ("cron 0 12 31 * *", True),
        ("cron 0 12 28 * *", False),
        ("cron 0 12 31,L * *", False),
        ("cron 0 12 31 * 1", False),
    ],
)
def test_a_day_that_short_months_lack_is_a_note(pattern: str, lacking: bool) -> None:
    assert bool(found(pattern)) is lacking


@pytest.mark.parametrize(
    ("pattern", "zone", "why"),
    [
        ("at 2026-01-01T00:00:00Z", "UTC", "never due again"),
        ("cron 0 12 * * *", "Mars/Phobos", "no time zone"),
        ("cron 0 99 * * *", "UTC", "not understood"),
        ("sometimes", "UTC", "not understood"),
    ],
)
def test_what_cannot_become_due_is_a_problem(pattern: str, zone: str, why: str) -> None:
    [(severity, finding)] = found(pattern, zone)
    assert severity == "problem"
    assert why in finding


def test_a_job_type_that_nobody_handles_is_a_problem() -> None:
    [problem] = findings(schedule("x", "every 900"), set(), NOW)
    assert (problem.severity, "no job type backup" in problem.finding) == ("problem", True)
