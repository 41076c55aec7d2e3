"""What breakers promise, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from netraven_cli.model import Heard, Incident, Outcome
from netraven_cli.settings.sections import BreakerSettings
from netraven_cli.store import breakers, credentials, inventory, runners
from tests.store.make import new_vault
from tests.store.sessions import NOW, Sessions

if TYPE_CHECKING:
    from pathlib import Path

    from netraven_cli.model import Breaker
    from netraven_cli.store.database import Database

SETTINGS = BreakerSettings(
    device_failures=2, credential_devices=3, credential_refusals=5, window_seconds=600, cool_down_seconds=60,
    cool_down_cap_seconds=600,
)  # fmt: skip
FLEET = [f"sw{number}" for number in range(9)]


@pytest.fixture
def sessions(database: Database, tmp_path: Path) -> Sessions:
    """A fleet of which nothing is in doubt, with two credentials; `radius` is tried first."""
    found = Sessions(database, SETTINGS)
    vault = new_vault(tmp_path)
    found.credential(vault, "radius", priority=1)
    found.credential(vault, "local", priority=2, tags=("has-local",))
    found.devices(*FLEET)
    found.devices("both", tags=("has-local",))
    found.hear(Heard(device="sw8", answered=True, accepted="radius"), Heard(device="both", accepted="local"))
    return found


def silent(name: str = "sw0") -> Heard:
    return Heard(device=name, answered=False, reason="no answer")


def refused(name: str, *by: str) -> Heard:
    return Heard(device=name, answered=True, refused=by or ("radius",), reason="login refused")


def let_in(name: str = "sw1", by: str = "radius") -> Heard:
    return Heard(device=name, answered=True, accepted=by)


def known(sessions: Sessions) -> dict[str, Breaker]:
    with sessions.database.read() as connection:
        return {one.key: one for one in breakers.list_breakers(connection)}


def events(found: list[Incident]) -> list[tuple[str, str]]:
    return [(one.key, one.event) for one in found]


def test_a_device_that_never_answers_is_left_alone_for_growing_times(sessions: Sessions) -> None:
    sessions.put("sw0", "sw0", "sw1")
    assert events(sessions.hear(silent())) == []
    assert events(sessions.hear(silent())) == [("device:sw0", "opened")]
    assert sessions.names() == ["sw1"]
    waits = []
    for _ in range(4):
        (hold,) = sessions.holds("sw0")
        assert hold.until is not None
        assert hold.by_breaker
        waits.append((hold.until - sessions.now).total_seconds())
        sessions.now = hold.until
        assert sessions.holds("sw0") == []
        assert events(sessions.hear(silent())) == []  # the same incident
    assert waits == [60, 240, 600, 600]


def test_any_answer_closes_the_breaker_of_a_device(sessions: Sessions) -> None:
    sessions.put("sw0")
    sessions.hear(silent(), silent())
    sessions.later(60)
    assert events(sessions.hear(refused("sw0"))) == [("device:sw0", "closed")]
    assert "device:sw0" not in known(sessions)
    assert events(sessions.hear(silent())) == []  # it counts from the beginning


def test_failures_in_between_answers_open_nothing(sessions: Sessions) -> None:
    for _ in range(5):
        assert sessions.hear(silent(), Heard(device="sw0", answered=None), let_in("sw0")) == []


def test_a_credential_is_stopped_everywhere_after_refusals_by_different_devices(sessions: Sessions) -> None:
    sessions.put("sw0", "both")
    assert events(sessions.hear(refused("sw1"), refused("sw2"))) == []
    assert events(sessions.hear(refused("sw3"))) == [("credential:radius", "opened")]
    (held,) = sessions.take()
    assert held.subject == "both"  # another credential is tried there
    assert sessions.gate is not None
    assert sessions.gate.tried_by(held.id) == frozenset()
    (hold,) = sessions.holds("sw0")
    assert hold.until == NOW + timedelta(seconds=60)
    assert hold.why == "credential:radius is stopped after 3 refusals: login refused"


def test_a_credential_is_stopped_after_refusals_by_few_devices_too(sessions: Sessions) -> None:
    assert events(sessions.hear(*(refused("sw1") for _ in range(4)))) == []
    assert events(sessions.hear(refused("sw1"))) == [("credential:radius", "opened")]


def test_a_login_in_between_or_the_time_of_the_window_forgives_refusals(sessions: Sessions) -> None:
    assert sessions.hear(refused("sw1"), refused("sw2"), let_in("sw4"), refused("sw3")) == []
    sessions.later(601)
    assert sessions.hear(refused("sw5"), refused("sw6")) == []


def test_one_attempt_over_all_runners_finds_out_whether_a_credential_works_again(sessions: Sessions) -> None:
    sessions.hear(*(refused(name) for name in ("sw1", "sw2", "sw3")))
    sessions.put("sw4", "sw5", "sw6")
    sessions.later(60)
    (probe,) = sessions.take(runner="r1")
    assert sessions.gate is not None
    assert sessions.gate.tried_by(probe.id) == {"radius"}
    assert sessions.take(runner="r2") == []
    (hold,) = sessions.holds("sw5")
    assert (hold.until, hold.why) == (
        None,
        f"credential:radius is stopped; job {probe.id} finds out whether it works again",
    )
    sessions.end(probe, Outcome.DEAD)
    sessions.hear(refused("sw4"))
    assert sessions.take(runner="r2") == []
    sessions.later(240)
    (probe,) = sessions.take(runner="r2")
    sessions.end(probe, runner="r2")
    assert events(sessions.hear(let_in(probe.subject))) == [("credential:radius", "closed")]
    assert len(sessions.take(runner="r2")) == 1


def test_an_attempt_that_died_or_told_nothing_leaves_the_trial_to_the_next(sessions: Sessions) -> None:
    sessions.hear(*(refused(name) for name in ("sw1", "sw2", "sw3")))
    sessions.put("sw4", "sw5")
    sessions.later(60)
    (killed,) = sessions.take(runner="killed")
    with sessions.database.write() as connection:
        runners.rescue(connection, ["killed"], interruptions=25, now=sessions.now, who="r2")
    (again,) = sessions.take()
    assert again.id == killed.id
    sessions.end(again, Outcome.DEAD)
    sessions.hear(silent("sw4"))
    assert sessions.names() == ["sw5"]


def test_no_more_sessions_begin_with_a_doubtful_credential_than_it_may_be_refused(sessions: Sessions) -> None:
    sessions.put(*FLEET)
    sessions.later(601)  # the last login is too long ago to prove anything
    assert len(sessions.take()) == 3
    sessions.hear(refused("sw0"))
    (hold,) = sessions.holds("sw5")
    assert hold.why == "credential:radius was not let in lately: 2 sessions at once until it is"
    sessions.hear(let_in("sw1"))
    assert len(sessions.take()) == len(FLEET) - 3


def test_a_wrong_password_is_never_tried_more_often_than_the_limit(sessions: Sessions) -> None:
    sessions.later(601)
    sessions.put(*FLEET)
    tries = 0
    for _ in range(20):
        for held in sessions.take():
            tries += 1
            sessions.end(held, Outcome.DEAD)
            sessions.hear(refused(held.subject))
    assert tries == SETTINGS.credential_devices


def test_failures_that_were_under_way_when_it_opened_do_not_prolong_the_wait(sessions: Sessions) -> None:
    sessions.hear(*(refused(name) for name in ("sw1", "sw2", "sw3", "sw4", "sw5")))
    assert known(sessions)["credential:radius"].probe_at == NOW + timedelta(seconds=60)
    assert known(sessions)["credential:radius"].opens == 1


def test_a_reset_closes_at_once_and_is_on_record(sessions: Sessions) -> None:
    sessions.put("sw0", "sw4")
    sessions.hear(silent(), silent(), *(refused(name) for name in ("sw1", "sw2", "sw3")))
    assert sessions.names() == []
    with sessions.database.write() as connection:
        found = breakers.reset(connection, ["device:sw0", "credential:radius"], now=sessions.now, who="anna")
    assert {one.key for one in found} == {"device:sw0", "credential:radius"}
    assert sessions.names() == ["sw0", "sw4"]
    with sessions.database.read() as connection:
        seen = [(one.event, one.who) for one in breakers.events(connection, "device:sw0")]
    assert seen == [("opened", "r1"), ("reset", "anna")]


def test_what_is_changed_is_tried_anew(sessions: Sessions) -> None:
    sessions.hear(silent(), silent(), *(refused(name) for name in ("sw1", "sw2", "sw3")))
    with sessions.database.write() as connection:
        credentials.edit(connection, None, credentials.get(connection, "radius"), {}, NOW)
        inventory.edit(connection, inventory.get(connection, "sw0"), NOW)
    assert set(known(sessions)) == {"credential:local"}


def test_breakers_that_are_switched_off_hold_nothing(sessions: Sessions) -> None:
    sessions.settings = BreakerSettings(device_failures=0, credential_devices=0, credential_refusals=0)
    sessions.put(*FLEET)
    assert sessions.hear(*(silent() for _ in range(50)), *(refused(name) for name in FLEET)) == []
    assert len(sessions.take()) == len(FLEET)


def test_a_login_that_tells_nothing_new_writes_nothing(sessions: Sessions) -> None:
    before = known(sessions)
    sessions.later(30)
    sessions.hear(let_in("sw1"))
    assert known(sessions) == before
    sessions.later(120)
    sessions.hear(let_in("sw1"))
    assert known(sessions)["credential:radius"].proven_at == sessions.now
