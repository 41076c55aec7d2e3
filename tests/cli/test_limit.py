"""`netraven limit` and `netraven breaker`, and where what they hold is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netraven_cli.model import Heard, NewJob
from netraven_cli.settings.sections import BreakerSettings
from netraven_cli.store import breakers, queue
from tests.cli.make import ago, writing

if TYPE_CHECKING:
    from tests.cli.conftest import Called

SILENT = Heard(device="sw1", answered=False, reason="no answer from 192.0.2.1")


@pytest.fixture
def fleet(called: Called) -> Called:
    """Two devices in dc1 and one elsewhere, each with a job, and a credential that was let in lately."""
    called.well("credential", "add", "lab", "--username", "u", "--password-from", "env:P", P="pw")
    for name, zone in (("sw1", "dc1"), ("sw2", "dc1"), ("far", "dc2")):
        called.well("device", "add", name, "--address", "192.0.2.1", "--platform", "linux", "--zone", zone)
    with writing(called) as connection:
        new = [NewJob(type="backup", subject=name, exclusive_key=f"device:{name}") for name in ("sw1", "sw2", "far")]
        queue.enqueue(connection, new, now=ago(0), run_id=None, who="test")
    hear(called, Heard(device="far", answered=True, accepted="lab"))
    return called


def hear(called: Called, *heard: Heard) -> None:
    with writing(called) as connection:
        breakers.learn(connection, BreakerSettings(), heard, {}, now=ago(0), who="r1")


def test_a_limit_is_added_listed_changed_and_removed(fleet: Called) -> None:
    said = fleet.well("limit", "add", "zone:dc1", "--concurrent", "5", "--per-minute", "60", "--json")
    assert said.json["items"] == [{"key": "zone:dc1", "concurrent": 5, "per_minute": 60}]
    assert said.err == "zone:dc1 is limited to 5 at once and 60 a minute; that is about 2 devices\n"
    assert fleet.well("limit", "list").out == "zone:dc1\t5\t60\t0\n"
    fleet.well("limit", "edit", "zone:dc1", "--concurrent", "1", "--any-pace")
    found = fleet.well("limit", "show", "zone:dc1", "--json").json
    assert (found["schema"], found["concurrent"], found["per_minute"]) == ("netraven.limit/1", 1, None)
    fleet.well("limit", "remove", "zone:dc1")
    assert fleet.well("limit", "list", "--json").json["items"] == []


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (("add", "site:x", "--concurrent", "1"), 64, "write global, zone:NAME"),
        (("add", "global"), 65, "limits nothing"),
        (("add", "credential:la", "--concurrent", "1"), 68, "did you mean lab?"),
        (("edit", "zone:dc9", "--concurrent", "1"), 68, "there is no limit zone:dc9"),
        (("remove", "zone:dc9"), 68, "there is no limit zone:dc9"),
    ],
)
def test_what_makes_no_sense_is_one_sentence_and_changes_nothing(
    fleet: Called, words: tuple[str, ...], status: int, sentence: str
) -> None:
    said = fleet("limit", *words)
    assert (said.status, said.out, len(said.err.splitlines())) == (status, "", 1)
    assert sentence in said.err


def test_a_dry_run_changes_no_limit(fleet: Called) -> None:
    said = fleet.well("limit", "add", "zone:dc9", "--concurrent", "1", "--dry-run")
    assert "nothing was changed" in said.err
    assert "no device yet" in said.err
    assert fleet.well("limit", "list").out == ""


def test_what_a_limit_holds_is_shown_where_jobs_are(fleet: Called) -> None:
    fleet.well("limit", "add", "zone:dc1", "--concurrent", "1")
    with writing(fleet) as connection:
        connection.exec_driver_sql("UPDATE job SET state = 'running', started_at = ready_at WHERE subject = 'sw1'")
    why = "zone:dc1 allows 1 sessions at once"
    held = {"key": "zone:dc1", "why": why, "until": None}
    assert fleet.well("job", "show", "2", "--json").json["held"] == [{**held, "by_breaker": False}]
    assert fleet.well("job", "show", "3", "--json").json["held"] == []
    said = fleet.well("queue", "status", "--json")
    assert said.json["held"] == [{**held, "jobs": 1}]
    assert f"1 job is held until a session ends: {why}" in said.err
    found = fleet.well("device", "show", "sw2", "--explain", "--json").json["items"]
    parts = [(one["part"], one["name"], one["value"]) for one in found if one["part"] in ("limit", "held")]
    assert parts == [("limit", "zone:dc1", "1 at once"), ("held", "zone:dc1", None)]
    assert fleet.well("limit", "list").out == "zone:dc1\t1\t\t1\n"


def test_an_open_breaker_is_listed_shown_and_reset(fleet: Called) -> None:
    assert fleet.well("breaker", "list").err.startswith("no breaker is open")
    hear(fleet, *[SILENT] * 6)
    (found,) = fleet.well("breaker", "list", "--json").json["items"]
    assert (found["key"], found["state"], found["failures"]) == ("device:sw1", "open", 6)
    (held,) = fleet.well("job", "show", "1", "--json").json["held"]
    assert held["until"] == found["probe_at"]
    explained = fleet.well("device", "show", "sw1", "--explain", "--json").json["items"]
    assert [one["name"] for one in explained if one["part"] in ("breaker", "held")] == ["device:sw1", "device:sw1"]
    assert fleet.well("breaker", "reset", "device:sw1", "--dry-run").err.startswith("dry run")
    assert fleet.well("breaker", "reset", "device:sw1").err == "closed: device:sw1\n"
    assert fleet.well("breaker", "reset", "device:sw1").err == "no breaker was open\n"
    shown = fleet.well("breaker", "show", "device:sw1", "--json").json
    assert [event["event"] for event in shown["events"]] == ["opened", "reset"]
    assert fleet.well("job", "show", "1", "--json").json["held"] == []


def test_all_breakers_are_reset_at_once(fleet: Called) -> None:
    hear(fleet, *[SILENT] * 6, *(Heard(device=f"d{n}", refused=("lab",), reason="refused") for n in range(5)))
    said = fleet.well("breaker", "reset", "--all")
    assert said.err == "closed: credential:lab, device:sw1\n"


@pytest.mark.parametrize(
    ("words", "status"),
    [(("reset",), 64), (("reset", "zone:x"), 64), (("reset", "--all", "device:x"), 64), (("show", "device:x"), 68)],
)
def test_a_breaker_that_cannot_be_is_refused(fleet: Called, words: tuple[str, ...], status: int) -> None:
    assert fleet("breaker", *words).status == status


def test_a_stopped_credential_asks_for_an_operator_and_is_counted(fleet: Called) -> None:
    hear(fleet, *(Heard(device=f"d{n}", refused=("lab",), reason="refused") for n in range(5)))
    problems = fleet.well("status", "--json").json["problems"]
    assert "stopped, since devices refuse it: credential lab; see: netraven breaker list" in problems
    out = fleet.well("metrics").out
    assert 'netraven_breakers_open{of="credential"} 1.0' in out
    assert 'netraven_breakers_open{of="device"} 0.0' in out


def test_a_run_says_why_jobs_are_left(fleet: Called) -> None:
    hear(fleet, *(Heard(device=f"d{n}", refused=("lab",), reason="refused") for n in range(5)))
    said = fleet("run", "backup", "sw1", NETRAVEN_RUNNER__RETRY_WAIT_SECONDS="0")
    assert said.status == 1
    assert "4 jobs are held until" in said.err
    assert "credential:lab is stopped after 5 refusals: refused" in said.err
