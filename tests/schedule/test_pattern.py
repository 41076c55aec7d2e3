from __future__ import annotations

import re
from datetime import datetime
from itertools import islice

import pytest
from hypothesis import given, settings, strategies

from netraven_cli.errors import DataError, UsageError
from netraven_cli.schedule import cron
from netraven_cli.schedule.occurrences import occurrences
from netraven_cli.schedule.pattern import describe, parse
from tests.schedule.zones import UTC, cron_patterns


@pytest.mark.parametrize(
    ("option", "text", "pattern", "shown"),
    [
        ("daily", "2:05", "cron 5 2 * * *", "daily at 02:05"),
        ("weekly", "sun@02:30", "cron 30 2 * * 0", "weekly on Sun at 02:30"),
        ("weekly", "Wednesday,MON@02:30", "cron 30 2 * * 1,3", "weekly on Mon,Wed at 02:30"),
        ("weekly", "Mon-Fri@02:30", "cron 30 2 * * 1,2,3,4,5", "weekly on Mon,Tue,Wed,Thu,Fri at 02:30"),
        ("weekly", "Fri-Mon@02:30", "cron 30 2 * * 0,1,5,6", "weekly on Sun,Mon,Fri,Sat at 02:30"),
        ("monthly", "31@02:30", "cron 30 2 31 * *", "monthly on 31 at 02:30"),
        ("monthly", "1,15@02:30", "cron 30 2 1,15 * *", "monthly on 1,15 at 02:30"),
        ("monthly", "last@02:30", "cron 30 2 L * *", "monthly on last at 02:30"),
        ("monthly", "2nd-Tue@02:30", "cron 30 2 * * 2#2", "monthly on 2nd-Tue at 02:30"),
        ("monthly", "last-Fri@02:30", "cron 30 2 * * 5L", "monthly on last-Fri at 02:30"),
        ("every", "15m", "every 900", "every 15m"),
        ("every", "1h30m", "every 5400", "every 1h30m"),
        ("every", "2d", "every 172800", "every 2d"),
        ("cron", "*/15  8-17 * * MON-fri", "cron */15 8-17 * * 1-5", "cron */15 8-17 * * 1-5"),
        ("cron", "0 0 1 JAN *", "cron 0 0 1 1 *", "cron 0 0 1 1 *"),
        ("cron", "0 0 * * FRI-SUN", "cron 0 0 * * 5-7", "cron 0 0 * * 5-7"),
        ("cron", "30 2 1 * 5", "cron 30 2 1 * 5", "cron 30 2 1 * 5"),
        ("cron", "@daily", "cron 0 0 * * *", "daily at 00:00"),
        ("at", "2026-12-24T18:00", "at 2026-12-24T17:00:00Z", "once at 2026-12-24T17:00:00Z"),
        ("at", "2026-12-24T18:00:00Z", "at 2026-12-24T18:00:00Z", "once at 2026-12-24T18:00:00Z"),
        ("at", "2027-03-28 02:30", "at 2027-03-28T01:00:00Z", "once at 2027-03-28T01:00:00Z"),
        ("at", "2026-10-25 02:30", "at 2026-10-25T00:30:00Z", "once at 2026-10-25T00:30:00Z"),
    ],
)
def test_each_option_has_one_canonical_pattern_and_one_reading(
    option: str, text: str, pattern: str, shown: str
) -> None:
    assert parse(timezone="Europe/Berlin", **{option: text}) == pattern
    assert describe(pattern) == shown


@pytest.mark.parametrize(
    ("option", "text", "what"),
    [
        ("daily", "24:00", "no time of day"),
        ("daily", "2", "no time of day"),
        ("weekly", "02:30", "--weekly DAY@HH:MM"),
        ("weekly", "Funday@02:30", "'Funday' in 'Funday@02:30' is no day of the week"),
        ("weekly", "@02:30", "no day of the week"),
        ("monthly", "32@02:30", "'32' in '32@02:30' is no day of a month"),
        ("monthly", "6th-Tue@02:30", "no day of a month"),
        ("monthly", "0@02:30", "no day of a month"),
        ("every", "90s", "whole minutes"),
        ("every", "0m", "whole minutes"),
        ("every", "400d", "from 1m to 366d"),
        ("every", "soon", "--every 15m"),
        ("every", "-5m", "--every 15m"),
        ("at", "tomorrow", "--at 2026-12-24T18:00"),
        ("at", "2026-02-31T12:00", "--at 2026-12-24T18:00"),
        ("at", "9999-12-31T23:59", "--at 2026-12-24T18:00|too far"),
        ("cron", "", "has 0 fields; write five"),
        ("cron", "0 0 2 * * *", "has 6 fields; write five"),
        ("cron", "@reboot", "'@reboot' is no time"),
        ("cron", "0 24 * * *", "column 3, in the field hour: '24'"),
        ("cron", "0 2 * * mon,xyz", "column 13, in the field day of week: 'xyz'"),
        ("cron", "0 2 ? * *", "column 5, in the field day of month: '\\?'"),
        ("cron", "5-1 2 * * *", "column 1, in the field minute: '5-1' runs backwards"),
        ("cron", "*/90 2 * * *", "column 1, in the field minute: '\\*/90' has a step"),
        ("cron", "000999 2 * * *", "column 1, in the field minute: '000999'"),
        ("cron", "0 2 1,,2 * *", "column 7, in the field day of month: ''"),
        ("cron", "0 2 31 2 *", "never due.*column 5"),
        ("cron", "0 2 30 FEB *", "never due.*column 5"),
        ("cron", "0 2 31 4,6,9,11 *", "never due"),
        ("cron", "0 2 */30 2 1#5", "never due"),
        ("cron", "٣ 2 * * *", "column 1, in the field minute"),
        ("cron", "0 2 * * *\n* * * * *", "has 9 fields|not understood"),
    ],
)
def test_what_is_not_valid_is_refused_with_what_would_be(option: str, text: str, what: str) -> None:
    with pytest.raises(DataError, match=what):
        parse(timezone="UTC", **{option: text})


@pytest.mark.parametrize("options", [{}, {"daily": "02:30", "every": "2h"}])
def test_exactly_one_option_says_when(options: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="exactly one of --daily"):
        parse(timezone="UTC", **options)


@pytest.mark.parametrize(
    ("zone", "advice"),
    [
        ("Europe/Berln", "did you mean Europe/Berlin"),
        ("berlin", "did you mean Europe/Berlin"),
        ("utc", "did you mean UTC"),
        ("Mars/Phobos", "write one like Europe/Berlin"),
        ("../../etc/passwd", "write one like Europe/Berlin"),
        ("", "write one like Europe/Berlin"),
    ],
)
def test_an_unknown_zone_is_refused_with_the_nearest_names(zone: str, advice: str) -> None:
    with pytest.raises(DataError, match=advice):
        parse(timezone=zone, daily="02:30")


@settings(deadline=None)
@given(strategies.text(alphabet="0123456789*,-/#LW monjan@", max_size=24))
def test_any_text_is_a_pattern_that_is_due_or_a_sentence(text: str) -> None:
    try:
        pattern = parse(timezone="UTC", cron=text)
    except DataError as error:
        assert "\n" not in str(error)
        return
    assert next(occurrences(pattern, "UTC", datetime(2026, 1, 1, tzinfo=UTC)))


@settings(deadline=None)
@given(cron_patterns())
def test_the_canonical_spelling_of_an_expression_is_itself(pattern: str) -> None:
    text = pattern.removeprefix("cron ")
    try:
        once = cron.canonical(text)
    except DataError:
        return
    assert cron.canonical(once) == once


@settings(deadline=None)
@given(strategies.sampled_from(["weekly", "monthly", "daily"]), strategies.integers(1, 28), strategies.data())
def test_what_is_described_can_be_typed_again(option: str, day: int, data: strategies.DataObject) -> None:
    weekday = data.draw(strategies.sampled_from(["Sun", "Mon-Wed", "Fri,Tue"]))
    month_day = data.draw(strategies.sampled_from([str(day), "last", "2nd-Tue", "last-Fri", f"{day},3rd-Sun"]))
    text = {"daily": "04:07", "weekly": f"{weekday}@04:07", "monthly": f"{month_day}@04:07"}[option]
    pattern = parse(timezone="UTC", **{option: text})
    shown = re.fullmatch(r"(\w+)(?: on (\S+))? at (\S+)", describe(pattern))
    assert shown
    again = f"{shown[2]}@{shown[3]}" if shown[2] else shown[3]
    assert parse(timezone="UTC", **{shown[1]: again}) == pattern


def test_both_day_fields_restricted_mean_either_of_them() -> None:
    found = islice(occurrences("cron 0 0 13 * 5", "UTC", datetime(2026, 1, 31, tzinfo=UTC)), 5)
    assert [instant.day for instant in found] == [6, 13, 20, 27, 6]
