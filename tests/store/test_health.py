from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netraven_cli.model.discovery import Facts
from netraven_cli.model.health import Check, HealthRules, HealthState, Vitals
from netraven_cli.store import facts, health, health_read, inventory, retention
from netraven_cli.store.health_read import share_there
from tests.store.make import NOW, new_device

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from netraven_cli.model.discovery import DeviceEvent
    from netraven_cli.store.database import Database

RULES = HealthRules(flap_changes=4, flap_seconds=3600)
OK, DEGRADED, DOWN, UNKNOWN = HealthState


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.write() as opened:
        inventory.add_devices(opened, [new_device("core-1"), new_device("core-2")], NOW)
        yield opened


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def check(connection: Connection, minutes: float, state: HealthState = OK, **more: Any) -> list[DeviceEvent]:
    one = Check(**{"state": state, "reasons": () if state is OK else (f"why {state.value}",), **more})
    return health.take(connection, {inventory.get(connection, "core-1").id: one}, RULES, at(minutes))


def told(events: list[DeviceEvent]) -> list[tuple[str, str, str]]:
    return [(one.fact, one.before, one.after) for one in events]


def test_a_device_that_goes_down_and_comes_back_is_told_once_each_with_since_when(connection: Connection) -> None:
    assert told(check(connection, 0)) == [("health", "unchecked", "ok")]
    assert check(connection, 5) == []
    (down,) = check(connection, 10, DOWN)
    assert (down.device, down.at, down.after, down.reason) == ("core-1", at(10), "down", "why down")
    assert check(connection, 15, DOWN) == []
    (one,) = health_read.read(connection, [inventory.get(connection, "core-1").id], at(15))
    assert (one.state, one.since, one.checked_at, one.reasons) == (DOWN, at(10), at(15), ("why down",))
    assert told(check(connection, 20)) == [("health", "down", "ok")]
    samples = health_read.samples(connection, inventory.get(connection, "core-1").id, 3)
    assert [(one.at, one.state) for one in samples] == [(at(20), "ok"), (at(15), "down"), (at(10), "down")]


def test_flapping_is_told_once_its_changes_are_damped_and_its_end_is_told(connection: Connection) -> None:
    events = [event for minute in range(12) for event in check(connection, minute, (OK, DOWN)[minute % 2])]
    assert told(events) == [
        ("health", "unchecked", "ok"),
        ("health", "ok", "down"),
        ("health", "down", "ok"),
        ("health", "ok", "down"),
        ("flapping", "steady", "flapping"),
    ]
    key = inventory.get(connection, "core-1").id
    kept = health_read.history(connection, key, 100)
    assert len([one for one in kept if one.fact == "health"]) == 12  # all of them count for its availability
    assert len([one for one in kept if one.damped]) == 8
    assert check(connection, 60, DOWN) == []
    assert health_read.read(connection, [key], at(60))[0].flapping_since == at(4)
    assert told(check(connection, 80, DOWN)) == [("flapping", "flapping", "steady")]
    assert told(check(connection, 81)) == [("health", "down", "ok")]


def test_another_host_key_and_another_banner_are_told_once_each(connection: Connection) -> None:
    known: dict[str, Any] = {"known_key": "ssh-ed25519 SHA256:one", "banner": "SSH-2.0-a"}
    assert told(check(connection, 0, host_key="ssh-ed25519 SHA256:one", **known))[1:] == []
    other = {**known, "host_key": "ssh-ed25519 SHA256:two", "banner": "SSH-2.0-b"}
    assert told(check(connection, 1, DEGRADED, **other)) == [
        ("health", "ok", "degraded"),
        ("host_key", "ssh-ed25519 SHA256:one", "ssh-ed25519 SHA256:two"),
        ("banner", "SSH-2.0-a", "SSH-2.0-b"),
    ]
    assert check(connection, 2, DEGRADED, **other) == []
    assert told(check(connection, 3, DOWN, known_key=known["known_key"])) == [("health", "degraded", "down")]
    assert told(check(connection, 4, DEGRADED, **other)) == [("health", "down", "degraded")]


def test_a_key_that_was_never_checked_is_held_against_the_one_on_record(connection: Connection) -> None:
    events = check(connection, 0, DEGRADED, host_key="k two", known_key="k one")
    assert told(events)[1:] == [("host_key", "k one", "k two")]


def test_what_a_login_told_stays_until_the_next_one(connection: Connection) -> None:
    check(connection, 0, vitals=Vitals(cpu_percent=12.5, alarms=("fan 1",)))
    check(connection, 5)
    (one,) = health_read.read(connection, [inventory.get(connection, "core-1").id], at(5))
    assert (one.vitals or {})["cpu_percent"] == 12.5
    assert one.vitals_at == at(0)


def test_availability_is_reckoned_from_the_changes_over_each_span(connection: Connection) -> None:
    day = 24 * 60
    for minutes, state in ((0, OK), (3 * day, DOWN), (4 * day, OK), (10 * day, OK)):
        check(connection, minutes, state)
    key = inventory.get(connection, "core-1").id
    (one,) = health_read.read(connection, [key], at(10 * day))
    assert one.availability == {"24h": 100.0, "7d": round(100 * 6 / 7, 3), "30d": 90.0}
    check(connection, 10.5 * day, DOWN)
    check(connection, 11 * day, UNKNOWN)  # what nobody knows counts neither way
    check(connection, 11.5 * day, UNKNOWN)
    (one,) = health_read.read(connection, [key], at(11.5 * day))
    assert one.availability["24h"] == 0.0
    figures = health_read.figures(connection, at(11 * day))
    assert (figures.availability, figures.states) == (50.0, {"unknown": 1, "unchecked": 1})


def test_one_check_tells_no_availability_and_a_device_never_checked_no_health(connection: Connection) -> None:
    check(connection, 0)
    ids = [inventory.get(connection, name).id for name in ("core-1", "core-2")]
    (one,) = health_read.read(connection, ids, at(0))
    assert (one.device, one.availability) == ("core-1", {})


@given(
    st.lists(st.tuples(st.integers(1, 5000), st.sampled_from(["ok", "degraded", "down", "unknown"])), max_size=12),
    st.integers(0, 20_000),
)
def test_the_time_there_is_what_counting_each_minute_gives(steps: list[tuple[int, str]], back: int) -> None:
    minutes, states, state, clock = [], [], "unchecked", 0
    for length, after in steps:
        minutes.append((clock, state, after))
        states += [after] * length
        state, clock = after, clock + length
    begin = clock - back
    counted = [one for minute, one in enumerate(states) if minute >= begin]
    changes = [(at(minute), before) for minute, before, after in reversed(minutes) if before != after]
    there, known = share_there(state, at(clock), changes, at(begin))
    assert there == 60 * sum(one in {"ok", "degraded"} for one in counted)
    assert known == 60 * sum(one in {"ok", "degraded", "down"} for one in counted)


@pytest.mark.parametrize("rule", [retention.HEALTH_SAMPLES, retention.DEVICE_EVENTS], ids=["samples", "events"])
def test_what_is_old_is_let_go(connection: Connection, rule: retention.Rule) -> None:
    for minutes in range(10):
        check(connection, minutes, (OK, DOWN)[minutes % 2])
    before = retention.bound(connection, rule, now=at(10), age=timedelta(minutes=4), count=0)
    assert before == at(6)
    assert retention.remove(connection, rule, retention.doomed(connection, rule, before, 4)) == 4
    assert retention.remove(connection, rule, retention.doomed(connection, rule, before, 4)) >= 2
    key = inventory.get(connection, "core-1").id
    kept = health_read.samples(connection, key, 100) if rule is retention.HEALTH_SAMPLES else []
    left = kept or health_read.history(connection, key, 100)
    assert {one.at for one in left} == {at(6), at(7), at(8), at(9)}


def test_an_uptime_that_went_back_is_a_reboot_told_once(connection: Connection) -> None:
    key = inventory.get(connection, "core-1").id
    steps = [(5000, "1"), (5300, "1"), (100, "1"), (400, "1"), (20, "2")]
    events = [
        (event.fact, event.before, event.after)
        for number, (uptime, version) in enumerate(steps)
        for event in facts.keep(connection, {key: Facts(uptime_seconds=uptime, os_version=version)}, at(number))
    ]
    assert events == [("reboot", "5300", "100"), ("os_version", "1", "2"), ("reboot", "400", "20")]


def test_anything_may_be_said_by_a_device(connection: Connection) -> None:
    evil = "x\0\ud800" * 500
    check(connection, 0, banner="one", host_key="k")
    check(connection, 1, DEGRADED, banner=evil, host_key="k", reasons=(evil,))
    kept = health_read.history(connection, inventory.get(connection, "core-1").id, 100)
    assert {one.fact for one in kept} == {"health", "banner"}


def test_a_device_that_is_not_checked_any_more_becomes_unknown_and_is_what_it_is_with_the_next_check(
    connection: Connection,
) -> None:
    check(connection, 0, DOWN)
    key, hour = inventory.get(connection, "core-1").id, 3600
    for minutes, state, down in ((60, "down", ("core-1",)), (61, "unknown", ())):
        (one,) = health_read.read(connection, [key], at(minutes), hour)
        found = health_read.figures(connection, at(minutes), hour)
        assert (one.state.value, found.down, found.states) == (state, down, {state: 1, "unchecked": 1})
    assert one.reasons == ("it was down when it was last checked, which is too long ago",)
    assert health_read.read(connection, [key], at(61))[0].state.value == "down"  # without such a limit
    assert told(check(connection, 120, DOWN)) == []
    assert health_read.read(connection, [key], at(120), hour)[0].state.value == "down"
