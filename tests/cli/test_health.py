from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netraven_cli.model.health import Check, HealthRules, HealthState
from netraven_cli.store import health, inventory
from tests.cli.make import ago, writing
from tests.store.make import new_device

if TYPE_CHECKING:
    from tests.cli.conftest import Called
    from tests.installed import Installed

RULES = HealthRules(flap_changes=5, flap_seconds=3600)


def checked(netraven: Installed, name: str, *states: str) -> None:
    """A device that was checked each hour, the last time now."""
    with writing(netraven) as connection:
        inventory.add_devices(connection, [new_device(name)], ago(100))
        key = inventory.get(connection, name).id
        for number, state in enumerate(states):
            reasons = () if state == "ok" else (f"it is {state}, since its name is {name}",)
            check = Check(state=HealthState(state), reasons=reasons, latency_ms=1.5)
            health.take(connection, {key: check}, RULES, ago(len(states) - 1 - number))


def test_health_is_listed_chosen_and_shown_with_the_part_of_the_time_that_a_device_was_there(called: Called) -> None:
    checked(called, "core-1", "ok", "ok", "down", "down", "ok")
    checked(called, "core-2", "ok", "down")
    rows = called.well("device", "health", "--json").json["items"]
    assert [(row["device"], row["state"], row["24h"]) for row in rows] == [
        ("core-1", "ok", 50.0), ("core-2", "down", 100.0),
    ]  # fmt: skip
    (line,) = called.well("device", "health", "--state", "down").out.splitlines()
    assert line.split("\t")[0] == "core-2"
    assert line.endswith("it is down, since its name is core-2")
    shown = called.well("device", "show", "core-1").out
    assert "health availability\t24h=50.0 7d=50.0 30d=50.0" in shown
    assert [row["after"] for row in called.well("device", "history", "core-1", "--json").json["items"]] == [
        "ok", "down", "ok",
    ]  # fmt: skip
    assert len(called.well("device", "history", "core-1", "--samples", "--limit", "3").out.splitlines()) == 3


def test_the_status_names_who_is_down_and_the_metrics_count(called: Called) -> None:
    checked(called, "core-1", "ok", "ok")
    checked(called, "core-2", "ok", "ok", "down", "down")
    checked(called, "core-3", "degraded", "degraded")
    called.well("device", "add", "core-4", "-a", "192.0.2.4", "-p", "cisco_ios")
    found = called.well("status", "--json").json
    assert found["health"]["states"] == {"ok": 1, "down": 1, "degraded": 1, "unchecked": 1}
    assert found["health"]["availability"] == 80.0
    assert "down: core-2; see: netraven device health" in found["problems"]
    assert "health\t1 degraded, 1 down, 1 ok, 1 unchecked, there for 80 % of 24 h" in called.well("status").out
    metrics = called.well("metrics").out
    assert 'netraven_devices_health{state="down"} 1.0' in metrics
    assert "netraven_availability_ratio 0.8" in metrics
    called.well("device", "disable", "core-2")
    assert "down" not in called.well("status", "--json").json["health"]["states"]


def test_nothing_is_said_of_health_where_nobody_checks(called: Called) -> None:
    called.well("device", "add", "core-1", "-a", "192.0.2.1", "-p", "cisco_ios")
    said = called.well("device", "health")
    assert (said.out, "netraven run status-check" in said.err) == ("", True)
    assert called.well("device", "show", "core-1", "--json").json["health"] is None
    assert "health" not in called.well("status").out
    assert not [line for line in called.well("metrics").out.splitlines() if line.startswith("netraven_availability")]


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (("device", "health", "core-9"), 68, "there is no device core-9"),
        (("device", "history", "core-9"), 68, "there is no device core-9"),
        (("run", "status-check", "core-9"), 68, "there is no device core-9"),
        (("run", "status-check", "--param", "login=perhaps"), 65, "the parameter login of status-check cannot be"),
        (("run", "status-check", "--param", "colour=red"), 65, "no parameter 'colour'"),
    ],
)
def test_a_mistake_gets_one_sentence(called: Called, arguments: tuple[str, ...], status: int, sentence: str) -> None:
    said = called(*arguments)
    assert (said.status, sentence in said.err) == (status, True), said


def test_a_device_that_is_left_alone_for_its_faults_is_probed_and_not_logged_in_on(called: Called) -> None:
    from netraven_cli.model import Heard  # noqa: PLC0415
    from netraven_cli.settings.sections import BreakerSettings  # noqa: PLC0415
    from netraven_cli.store import breakers  # noqa: PLC0415

    for name in ("core-1", "core-2"):
        called.well("device", "add", name, "-a", "192.0.2.1", "-p", "cisco_ios")
    silent = [Heard(device="core-1", answered=False, refused=(), accepted=None, reason="it is gone")]
    with writing(called) as connection:
        for _ in range(6):
            known = {one.key: one for one in breakers.list_breakers(connection)}
            breakers.learn(connection, BreakerSettings(), silent, known, now=ago(0), who="r1")
    called.well("job", "submit", "status-check", "--param", "login=true")
    jobs = called.well("job", "list", "--json").json["items"]
    assert {job["subject"]: job["params"] for job in jobs} == {"core-1": {}, "core-2": {"login": True}}
