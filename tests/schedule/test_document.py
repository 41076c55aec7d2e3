"""Schedules as YAML come back as they were, and what is wrong in a file is named with its place."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings, strategies

from netraven_cli.errors import DataError
from netraven_cli.model import Calendar, CalendarRule, NewSchedule, Priority, Selector
from netraven_cli.schedule import cron
from netraven_cli.schedule.document import Document, dump, load
from netraven_cli.schedule.values import DEFAULTS, READERS
from tests.schedule.samples import HOSTILE
from tests.schedule.zones import NAMES as ZONES
from tests.schedule.zones import PATTERNS

text = strategies.text(strategies.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
words = strategies.one_of(
    text, strategies.sampled_from(["none", "null", "~", "yes", "1", "1e5", "02:30", "- a", "a: b"])
)
names = strategies.one_of(
    strategies.sampled_from([name for name in HOSTILE if name.strip() and name.isprintable()]),
    strategies.text(strategies.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20),
)
lists = strategies.lists(names, max_size=3, unique=True).map(tuple)
moments = strategies.integers(0, 4 * 10**9).map(
    lambda seconds: datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds)
)
seconds = strategies.integers(1, 3660 * 86400)
values: strategies.SearchStrategy[Any] = strategies.recursive(
    strategies.one_of(
        strategies.none(),
        strategies.booleans(),
        strategies.integers(),
        strategies.floats(allow_nan=False, allow_infinity=False),
        words,
    ),
    lambda inner: strategies.one_of(
        strategies.lists(inner, max_size=3), strategies.dictionaries(words, inner, max_size=3)
    ),
    max_leaves=5,
)


def canonical(pattern: str) -> str | None:
    kind, _, given_text = pattern.partition(" ")
    try:
        return pattern if kind != "cron" else f"cron {cron.canonical(given_text)}"
    except DataError:
        return None


patterns = strategies.one_of(
    PATTERNS.map(canonical).filter(bool), moments.map(lambda at: f"at {at:%Y-%m-%dT%H:%M:%SZ}")
)
schedules = strategies.builds(
    NewSchedule,
    name=names,
    type=names,
    pattern=patterns,
    timezone=ZONES,
    selector=strategies.builds(
        Selector, names=lists, tags=lists, platform=strategies.one_of(strategies.none(), names),
        zone=strategies.one_of(strategies.none(), names), all=strategies.booleans(),
    ),
    params=strategies.dictionaries(words, values, max_size=3),
    priority=strategies.integers(0, 100).map(Priority),
    enabled=strategies.booleans(),
    window=strategies.lists(
        strategies.sampled_from(["22:00-06:00", "Sun,Mon", "Tue 00:00-12:00"]), unique=True
    ).map(tuple),
    blackouts=lists,
    on_blackout=strategies.sampled_from(["skip", "defer"]),
    valid_from=strategies.one_of(strategies.none(), moments),
    valid_until=strategies.one_of(strategies.none(), moments),
    misfire=strategies.integers(0, 100),
    grace_seconds=strategies.one_of(strategies.none(), seconds),
    overlap=strategies.sampled_from(["allow", "queue", "skip"]),
    spread_seconds=strategies.one_of(strategies.just(0), seconds),
    attempts=strategies.one_of(strategies.none(), strategies.integers(1, 1000)),
    timeout_seconds=strategies.one_of(strategies.none(), seconds),
    max_runtime_seconds=strategies.one_of(strategies.none(), seconds),
    paused_until=strategies.one_of(strategies.none(), moments),
    pause_reason=strategies.one_of(strategies.none(), words),
    note=strategies.one_of(strategies.none(), words),
)  # fmt: skip
rules = strategies.builds(
    CalendarRule,
    rule=strategies.sampled_from(
        ["2026-12-24", "2026-12-24/2027-01-02", "Sun 08:00-18:00", "2026-01-01T00:00:00Z/2026-01-02T00:00:00Z"]
    ),
    summary=strategies.one_of(strategies.none(), words),
    origin=strategies.sampled_from(["operator", "file", "holidays"]),
)  # fmt: skip
calendars = strategies.builds(
    Calendar, name=names, note=strategies.one_of(strategies.none(), words),
    covers_until=strategies.one_of(strategies.none(), moments), rules=strategies.lists(rules, max_size=3).map(tuple),
)  # fmt: skip


def by_name(found: Any) -> str:
    return str(found.name)


@settings(deadline=None, max_examples=100)
@given(
    strategies.lists(schedules, max_size=3, unique_by=by_name),
    strategies.lists(calendars, max_size=2, unique_by=by_name),
)
def test_what_is_exported_is_imported_as_it_was(ours: list[NewSchedule], theirs: list[Calendar]) -> None:
    written = dump(Document(ours, theirs))
    read = load(written, "UTC")
    assert (list(read.schedules), list(read.calendars)) == (ours, theirs)
    assert dump(read) == written


def test_every_field_of_a_schedule_is_written() -> None:
    written = {"name", "type", "pattern", "timezone", "selector", "params", "priority", "enabled"}
    assert written | {field for field, _ in READERS.values()} == set(DEFAULTS)


def test_a_file_written_by_hand_may_say_it_as_the_options_do() -> None:
    read = load(
        """
schedules:
- name: nightly
  daily: 02:30
  timezone: Europe/Berlin
  tags: [core]
  priority: high
  window: [Mon-Fri 22:00-06:00]
  valid_from: 2026-12-24T18:00
  misfire: skip
  spread: 30m
""",
        "UTC",
    )
    [one] = read.schedules
    assert (one.pattern, one.type, one.selector) == ("cron 30 2 * * *", "backup", Selector(tags=("core",)))
    assert (one.priority, one.misfire, one.spread_seconds) == (80, 0, 1800)
    assert (one.window, one.valid_from) == (
        ("Mon,Tue,Wed,Thu,Fri 22:00-06:00",),
        datetime(2026, 12, 24, 17, tzinfo=timezone.utc),
    )


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("- a\n- b", "must have the keys"),
        ("schedules: [", "this is no YAML"),
        ("schedules: {a: b}", "`schedules` must be a list"),
        ("schedules: [a]", "schedule 1: a schedule must have a name"),
        ("schedules: [{name: x}]", r"schedule 1 \(x\): say when: exactly one of daily"),
        ("schedules: [{name: x, every: 1h, cron: '* * * * *'}]", "say when: exactly one of"),
        ("schedules: [{name: x, every: 1h, windows: []}]", "there is no key 'windows'"),
        ("schedules: [{name: x, every: 1h, window: 22:00-06:00}]", "window must be a list"),
        ("schedules: [{name: x, every: 1h, enabled: maybe}]", "enabled must be true or false"),
        ("schedules: [{name: x, every: 1h, priority: 101}]", "priority 101 is not known"),
        ("schedules: [{name: x, every: 1h, timezone: Berlin}]", "did you mean Europe/Berlin"),
        ("schedules: [{name: x, every: 1h, devices: [1]}]", "lists of names"),
        ("schedules: [{name: x, every: 1h}, {name: x, every: 2h}]", r"schedule 2 \(x\): its name is given twice"),
        ("calendars: [{name: c, rules: [2026-02-31]}]", r"calendar 1 \(c\): '2026-02-31'"),
        ("calendars: [{name: c, rules: [1]}]", "a rule must be a text"),
        ('schedules: [{name: "two\\nlines", every: 1h}]', "cannot be a schedule's name"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_file_is_named_with_its_place(content: str, why: str) -> None:
    with pytest.raises(DataError, match=why):
        load(content, "UTC")


def test_all_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(DataError) as caught:
        load("schedules: [{name: a}, {name: b, every: 1s}]", "UTC")
    assert str(caught.value).count("\n") == 2
