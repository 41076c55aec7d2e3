"""What limits promise, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from netraven_cli.errors import DataError, NotFoundError, UsageError
from netraven_cli.model import Heard, Limit, NewJob
from netraven_cli.settings.sections import BreakerSettings
from netraven_cli.store import limits, queue, runners, settling
from netraven_cli.store.admission import earliest
from netraven_cli.store.versions import LIMITS, read_versions
from tests.store.make import new_vault
from tests.store.sessions import NOW, Sessions

if TYPE_CHECKING:
    from pathlib import Path

    from netraven_cli.store.database import Database
    from netraven_cli.store.vault import Vault


@pytest.fixture
def sessions(database: Database) -> Sessions:
    return Sessions(database)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return new_vault(tmp_path)


def test_a_limit_is_kept_over_all_runners_and_given_back_when_a_session_ends(sessions: Sessions) -> None:
    sessions.devices("a", "b", "c", "d", zone="dc1")
    sessions.limit("zone:dc1", concurrent=2)
    sessions.put("a", "b", "c", "d")
    (first, _second) = sessions.take(runner="r1")
    assert sessions.take(runner="r2") == []
    sessions.end(first)
    assert len(sessions.take(runner="r2")) == 1


def test_what_is_held_at_the_head_of_the_queue_hides_nothing_behind_it(sessions: Sessions) -> None:
    far = [f"far-{number:04}" for number in range(1200)]
    sessions.devices(*far, zone="far")
    sessions.devices("near-1", "near-2")
    sessions.limit("zone:far", concurrent=1)
    sessions.put(*far, priority=100)
    sessions.put("near-1", "near-2")
    assert sessions.names(limit=3) == ["far-0000", "near-1", "near-2"]  # though no claim reads 1200 candidates
    assert sessions.names(limit=3) == []


def test_many_jobs_of_one_device_hide_no_other_device(sessions: Sessions) -> None:
    sessions.devices("a", "b")
    sessions.put(*["a"] * 20, "b")
    assert sessions.names(limit=2) == ["a", "b"]


def test_each_key_counts_the_sessions_that_it_is_about(sessions: Sessions, tmp_path: Path) -> None:
    vault = new_vault(tmp_path)
    sessions.credential(vault, "radius", priority=1, tags=("core",))
    sessions.credential(vault, "local", priority=2)
    sessions.devices("core-1", "core-2", "core-3", tags=("core", "paris"))
    sessions.devices("edge-1", "edge-2", "edge-3", tags=("paris",))
    sessions.put("core-1", "core-2", "core-3", "edge-1", "edge-2", "edge-3")
    sessions.limit("credential:radius", concurrent=1)
    sessions.limit("credential:local", concurrent=2)
    first = sessions.take()
    assert [held.subject for held in first] == ["core-1", "edge-1", "edge-2"]
    sessions.limit("tag:paris", concurrent=3)
    sessions.end(first[0])
    sessions.end(first[1])
    assert sessions.names() == ["core-2", "edge-3"]
    sessions.limit("global", concurrent=3)
    assert sessions.names() == []
    assert {hold.key for hold in sessions.holds("core-3")} == {"global", "tag:paris", "credential:radius"}


def test_sessions_begin_evenly_spaced_so_that_no_minute_has_one_too_many(sessions: Sessions) -> None:
    sessions.devices("a", "b", "c")
    sessions.limit("zone:default", per_minute=7)
    sessions.put("a", "b", "c")
    assert sessions.names() == ["a"]
    assert sessions.names() == []
    (hold,) = sessions.holds("b")
    assert hold.why == "zone:default allows 7 sessions a minute"
    assert hold.until == NOW + timedelta(microseconds=8_571_429)
    sessions.now = hold.until - timedelta(microseconds=1)
    assert sessions.names() == []
    sessions.now = hold.until
    assert sessions.names() == ["b"]


def test_every_device_keeps_its_own_pace_and_one_may_have_another(sessions: Sessions) -> None:
    sessions.devices("a", "b", "slow")
    sessions.limit("device", per_minute=6)
    sessions.limit("device:slow", per_minute=1)
    sessions.put("a", "b", "slow")
    for held in sessions.take():
        sessions.end(held)
    sessions.put("a", "b", "slow")
    assert sessions.names() == []
    assert sessions.gate is not None
    with sessions.database.read() as connection:
        found = sessions.make_gate(connection).holds(connection, ["device:a", "device:slow"])
    assert earliest(found.values()) == NOW + timedelta(seconds=10)
    sessions.later(10)
    assert sorted(sessions.names()) == ["a", "b"]
    sessions.later(50)
    assert sessions.names() == ["slow"]


def test_jobs_that_have_no_session_on_a_device_are_not_held(sessions: Sessions) -> None:
    sessions.limit("global", concurrent=1)
    sessions.devices("a", "b")
    sessions.put("a", "b")
    others = [NewJob(type="backup", subject="-"), NewJob(type="backup", subject="10.0.0.0/8", exclusive_key="sweep")]
    with sessions.database.write() as connection:
        queue.enqueue(connection, others, now=NOW, run_id=None, who="test")
    assert sessions.names() == ["a", "-", "10.0.0.0/8"]


def test_a_session_that_was_cut_off_gives_its_place_back(sessions: Sessions) -> None:
    sessions.devices("a", "b")
    sessions.limit("global", concurrent=1)
    sessions.put("a", "b")
    (held,) = sessions.take()
    with sessions.database.write() as connection:
        assert settling.put_back(connection, held, runner_id="r1", why="stopped", now=NOW)
    (held,) = sessions.take(runner="killed")
    with sessions.database.write() as connection:
        assert runners.rescue(connection, ["killed"], interruptions=25, now=NOW, who="r2") == 1
    assert len(sessions.take()) == 1


def test_a_clock_that_was_set_back_holds_nobody_for_hours(sessions: Sessions) -> None:
    sessions.devices("a", "b")
    sessions.limit("global", per_minute=1)
    sessions.limit("device", per_minute=1)
    sessions.put("a", "b")
    assert sessions.names() == ["a"]
    sessions.later(-7200)
    assert sessions.names() == ["b"]


def test_a_limit_that_is_raised_or_removed_holds_at_once(sessions: Sessions) -> None:
    sessions.devices("a", "b", "c")
    sessions.limit("global", per_minute=1)
    sessions.put("a", "b", "c")
    assert sessions.names() == ["a"]
    with sessions.database.write() as connection:
        limits.edit(connection, Limit(key="global", per_minute=60), NOW)
    sessions.later(1)
    assert sessions.names() == ["b"]
    with sessions.database.write() as connection:
        limits.remove(connection, "global")
    assert sessions.names() == ["c"]


def test_every_change_of_a_limit_raises_the_version(sessions: Sessions) -> None:
    def version() -> int:
        with sessions.database.read() as connection:
            return read_versions(connection)[LIMITS]

    seen = [version()]
    sessions.limit("global", concurrent=1)
    seen.append(version())
    with sessions.database.write() as connection:
        limits.edit(connection, Limit(key="global", concurrent=2), NOW)
    seen.append(version())
    with sessions.database.write() as connection:
        limits.remove(connection, "global")
    seen.append(version())
    assert seen == sorted(set(seen))


@pytest.mark.parametrize(
    ("key", "numbers", "error", "words"),
    [
        ("site:dc1", {"concurrent": 1}, UsageError, "zone:NAME"),
        ("zone:", {"concurrent": 1}, UsageError, "zone:NAME"),
        ("global:x", {"concurrent": 1}, UsageError, "global"),
        ("global", {}, DataError, "--per-minute"),
        ("global", {"concurrent": 0}, DataError, "from 1"),
        ("device", {"concurrent": 1}, DataError, "one session at a time"),
        ("device:nobody", {"per_minute": 1}, NotFoundError, "no device nobody"),
        ("credential:nobody", {"per_minute": 1}, NotFoundError, "no credential nobody"),
        ("zone:a\nb", {"per_minute": 1}, DataError, "printable"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(
    sessions: Sessions, key: str, numbers: dict[str, int], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        sessions.limit(key, **numbers)
    with sessions.database.read() as connection:
        assert limits.list_limits(connection) == []


def test_a_limit_is_added_once_and_only_known_ones_are_changed(sessions: Sessions) -> None:
    sessions.limit("zone:dc1", concurrent=1)
    with pytest.raises(DataError, match="limit edit"):
        sessions.limit("zone:dc1", concurrent=2)
    with pytest.raises(NotFoundError, match="did you mean zone:dc1"), sessions.database.write() as connection:
        limits.edit(connection, Limit(key="zone:dc2", concurrent=2), NOW)


def test_logins_on_addresses_count_for_the_zone_the_tags_and_the_credential_of_their_range(
    sessions: Sessions, vault: Vault
) -> None:
    sessions.credential(vault, "lab", tags=("dc1",))
    sessions.range("one", zone="paris", tags=("dc1",))
    sessions.range("two", zone="rome")
    sessions.devices("a", "b", zone="paris")
    for key in ("zone:paris", "tag:dc1", "credential:lab"):
        with_limit = Sessions(sessions.database, now=sessions.now)
        with_limit.limit(key, concurrent=1)
        first, second, other = with_limit.log_in("one", 2) + with_limit.log_in("two", 1)
        assert [held.id for held in with_limit.take()] == [first, other], key
        assert {hold.key for hold in with_limit.holds_of(second)} == {key}
        with with_limit.database.write() as connection:
            limits.remove(connection, key)
        with_limit.end_all()
        assert [held.id for held in with_limit.take()] == [second], key
        with_limit.end_all()


def test_devices_and_addresses_share_the_limits_of_their_zone_and_the_global_one(sessions: Sessions) -> None:
    sessions.range("one", zone="paris")
    sessions.devices("a", zone="paris")
    for key in ("zone:paris", "global"):
        with_limit = Sessions(sessions.database, now=sessions.now)
        with_limit.limit(key, concurrent=1, per_minute=6)
        with_limit.put("a")
        (login,) = with_limit.log_in("one", 1)
        assert with_limit.names() == ["a"]
        with_limit.end_all()
        assert with_limit.names() == []
        assert [hold.until for hold in with_limit.holds_of(login)] == [with_limit.now + timedelta(seconds=10)]
        with_limit.later(10)
        assert [held.id for held in with_limit.take()] == [login]
        with_limit.end_all()
        with with_limit.database.write() as connection:
            limits.remove(connection, key)
        sessions.now = with_limit.now


def test_a_stopped_credential_finds_nothing_out_about_itself_on_an_address(sessions: Sessions, vault: Vault) -> None:
    stops = Sessions(sessions.database, BreakerSettings(), now=sessions.now)
    stops.credential(vault, "lab")
    stops.range("one")
    stops.hear(*(Heard(device=f"sw{number}", refused=("lab",), reason="refused") for number in range(20)))
    (login,) = stops.log_in("one", 1)
    stops.later(24 * 3600)
    (held,) = stops.take()
    assert held.id == login
    assert stops.gate is not None
    assert stops.gate.tried_by(login) == frozenset()
