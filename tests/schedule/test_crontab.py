from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import assume, given, settings, strategies

from netraven_cli.errors import DataError
from netraven_cli.schedule import cron
from netraven_cli.schedule.crontab import render, wake_fields
from netraven_cli.schedule.occurrences import occurrences
from tests.schedule.samples import INSTALLATION, NAMES, NOW, schedule
from tests.schedule.zones import JUMPS, PATTERNS, UTC, around, moments
from tests.schedule.zones import NAMES as ZONE_NAMES

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MORNING = schedule("nightly", "cron 30 6 * * *")  # no clock jumps then
SHOW = replace(INSTALLATION, command=["/usr/bin/printf", "%s\\n"])  # a command that tells its arguments


def fires(pattern: str) -> bool:
    try:
        return pattern.startswith("every") or bool(cron.canonical(pattern.removeprefix("cron ")))
    except DataError:
        return False


def wakes(lines: list[str], instant: datetime) -> bool:
    """Whether a cron whose clock is in UTC starts one of the lines in this minute."""
    return any(next(CronSim(line, instant - MINUTE)) == instant for line in lines)


@settings(deadline=None, max_examples=100)
@given(strategies.data(), PATTERNS, ZONE_NAMES)
def test_supercronic_is_woken_for_each_due_time(data: strategies.DataObject, pattern: str, zone: str) -> None:
    assume(fires(pattern))
    after = data.draw(moments(zone))
    lines = wake_fields(pattern, zone, after)
    for due in islice(occurrences(pattern, zone, after, after + 30 * DAY), 20):
        assert wakes(lines, due), (lines, due)


@settings(deadline=None, max_examples=60)
@given(strategies.data(), PATTERNS, ZONE_NAMES)
def test_supercronic_is_woken_for_each_due_time_in_the_30_days_around_a_jump(
    data: strategies.DataObject, pattern: str, zone: str
) -> None:
    assume(fires(pattern))
    jump = data.draw(strategies.sampled_from(JUMPS[zone] or [NOW]))
    lines = wake_fields(pattern, zone, jump - 30 * DAY)
    assert [due for due in around(jump, pattern, zone) if not wakes(lines, due)] == [], lines


@settings(deadline=None, max_examples=100)
@given(strategies.data(), PATTERNS, ZONE_NAMES, ZONE_NAMES)
def test_the_cron_of_a_machine_in_any_zone_wakes_for_each_due_time_but_when_its_own_clock_jumps(
    data: strategies.DataObject, pattern: str, zone: str, machine: str
) -> None:
    """Then it does what it is made to do, and the line of each minute is there."""
    assume(fires(pattern))
    after = data.draw(moments(zone))
    lines = wake_fields(pattern, zone, after, machine)
    for due in islice(occurrences(pattern, zone, after, after + 30 * DAY), 20):
        if not any(due - DAY < jump < due + DAY for jump in JUMPS[machine]):
            shown = due.astimezone(ZoneInfo(machine)).replace(tzinfo=UTC)
            assert wakes(lines, shown), (lines, due)


@settings(deadline=None, max_examples=100)
@given(PATTERNS, ZONE_NAMES)
def test_every_line_comes_again(pattern: str, zone: str) -> None:
    assume(fires(pattern))
    for line in wake_fields(pattern, zone, NOW):
        assert len(line.split()) == 5
        assert next(CronSim(line, NOW)) < NOW + 366 * 9 * DAY


@pytest.mark.parametrize(
    ("pattern", "zone", "lines"),
    [
        ("cron 30 3 * * *", "Europe/Berlin", ["30 1-2 * * *"]),
        ("cron 30 2 * * *", "Europe/Berlin", ["30 0-1 * * *", "0 1 29 3 *", "0 1 28 3 *"]),
        ("cron 30 2 * * *", "UTC", ["30 2 * * *"]),
        ("cron 30 0 * * 1", "Europe/Berlin", ["30 22-23 * * *"]),
        ("cron 0 9 * * 1-5", "America/New_York", ["0 13-14 * * 1-5"]),
        ("cron 0 3 L * *", "UTC", ["0 3 28-31 * *"]),
        ("cron 0 3 * * 2#2", "UTC", ["0 3 * * 2"]),
        ("cron 0 3 1-31/6 * 0,3,6", "UTC", ["0 3 1,7,13,19,25,31 * 0,3,6"]),  # stars would mean both, not either
        ("every 900", "Europe/Berlin", ["*/15 * * * *"]),
        ("every 5400", "UTC", ["0 */3 * * *", "30 1-23/3 * * *"]),
        ("at 2026-12-24T18:00:00Z", "UTC", []),
    ],
)
def test_lines_read_as_an_operator_would_write_them(pattern: str, zone: str, lines: list[str]) -> None:
    assert wake_fields(pattern, zone, NOW) == lines


def test_a_crontab_for_supercronic_says_its_zone_once_and_looks_every_minute() -> None:
    content = render([MORNING, replace(schedule("off"), enabled=False)], INSTALLATION, NOW, "supercronic")
    lines = [line for line in content.splitlines() if line and not line.startswith("#")]
    assert lines == [
        "CRON_TZ=UTC",
        "* * * * * NETRAVEN_CONFIG=/etc/netraven/config.yml /bin/true run --due",
        "30 4-5 * * * NETRAVEN_CONFIG=/etc/netraven/config.yml /bin/true run backup --schedule nightly",
    ]


def test_a_crontab_for_cron_names_the_user_and_no_zone_that_cron_ignores() -> None:
    content = render([MORNING], INSTALLATION, NOW, "crond", "America/New_York")
    lines = [line for line in content.splitlines() if line and not line.startswith("#")]
    assert lines == [
        "* * * * * root NETRAVEN_CONFIG=/etc/netraven/config.yml /bin/true run --due",
        "30 0-1 * * * root NETRAVEN_CONFIG=/etc/netraven/config.yml /bin/true run backup --schedule nightly",
    ]


def as_cron_reads(command: str) -> str:
    """What Vixie cron hands to the shell: do_command.c of Debian's cron."""
    read: list[str] = []
    escaped = False
    for char in command:
        read.append(char)
        if escaped:
            if char == "%":
                read[-2:] = ["%"]
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == "%":
            return "".join(read[:-1])
    return "".join(read)


def shell_lines(content: str) -> list[str]:
    return [line.split(None, 5)[5] for line in content.split("\n") if line and not line.startswith(("#", "CRON_TZ"))]


@settings(deadline=None, max_examples=60)
@given(NAMES)
def test_no_name_leaves_its_place_in_a_line(name: str) -> None:
    if not name.isprintable():
        with pytest.raises(DataError, match="cannot stand in a crontab"):
            render([schedule(name)], SHOW, NOW, "supercronic")
        return
    named = replace(MORNING, name=name)
    supercronic = shell_lines(render([named], SHOW, NOW, "supercronic"))
    crond = [as_cron_reads(line.removeprefix("root ")) for line in shell_lines(render([named], SHOW, NOW, "crond"))]
    assert len(supercronic) == len(crond) == 2
    for line in (supercronic[1], crond[1]):
        done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, check=True, cwd="/")
        assert done.stdout == f"run\nbackup\n--schedule\n{name}\n"


def test_a_settings_file_in_an_odd_place_arrives_whole() -> None:
    installation = replace(INSTALLATION, config=Path("/etc/a b/100%.yml"), command=["/usr/bin/env"])
    for target in ("supercronic", "crond"):
        line = shell_lines(render([], installation, NOW, target))[0].removeprefix("root ").split(" run ")[0]
        line = as_cron_reads(line) if target == "crond" else line
        done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, check=True, env={})
        assert "NETRAVEN_CONFIG=/etc/a b/100%.yml" in done.stdout.splitlines()
