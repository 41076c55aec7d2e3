"""Jobs as operators submit, find and steer them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Called


@pytest.fixture
def three(called: Called) -> Called:
    """An inventory of three devices."""
    rows = "".join(f"sw{number},192.0.2.{number},cisco_ios\n" for number in (1, 2, 3))
    called.well("device", "import", "-", stdin=f"name,address,platform\n{rows}")
    return called


def jobs(called: Called, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = called.well("job", "list", "--json", *options).json["items"]
    return found


@pytest.mark.parametrize(
    ("given", "number", "shown"),
    [("critical", 100, "critical"), ("Low", 30, "low"), ("50", 50, "normal"), ("70", 70, "70"), ("0", 0, "0")],
)
def test_a_priority_is_given_by_name_or_number_and_shown_by_its_name(
    three: Called, given: str, number: int, shown: str
) -> None:
    three.well("job", "submit", "backup", "sw1", "--priority", given)
    assert [job["priority"] for job in jobs(three)] == [number]
    assert f"\t{shown}\t" in three.well("job", "list").out
    three.well("schedule", "add", "nightly", "--daily", "02:30", "--priority", given)
    assert three.well("schedule", "show", "nightly", "--json").json["priority"] == number
    assert f"\t{shown}\t" in three.well("schedule", "list").out


def test_json_lines_have_priorities_by_name_or_number(three: Called) -> None:
    lines = [
        {"type": "backup", "subject": "sw1", "priority": "high"},
        {"type": "backup", "subject": "sw2", "priority": 10},
        {"type": "backup", "subject": "sw3"},
    ]
    three.well("job", "submit", "--from", "-", stdin="\n".join(map(json.dumps, lines)))
    assert {job["subject"]: job["priority"] for job in jobs(three)} == {"sw1": 80, "sw2": 10, "sw3": 50}


@pytest.mark.parametrize("given", ["urgent", "101", "-1", "1e1", "5.5", ""])
def test_a_priority_that_there_is_not_queues_nothing_and_names_those_there_are(three: Called, given: str) -> None:
    refused = three("job", "submit", "backup", "sw1", f"--priority={given}")
    assert (refused.status, refused.out) == (64, "")
    assert "critical, high, normal, low, lowest, or from 0 to 100" in refused.err
    line = json.dumps({"type": "backup", "subject": "sw1", "priority": given})
    assert three("job", "submit", "--from", "-", stdin=line).status == 65
    assert three("schedule", "add", "n", "--daily", "02:30", f"--priority={given}").status == 64
    assert jobs(three) == []


def test_a_job_has_a_deadline_from_the_command_line_and_from_json_lines(three: Called) -> None:
    three.well("job", "submit", "backup", "sw1", "--expires", "2199-01-01T00:00:00Z")
    line = json.dumps({"type": "backup", "subject": "sw2", "expires": "2199-01-02T00:00:00+01:00"})
    three.well("job", "submit", "--from", "-", stdin=line)
    three.well("job", "submit", "backup", "sw3")
    assert {job["subject"]: job["expires_at"] for job in jobs(three)} == {
        "sw1": "2199-01-01T00:00:00Z", "sw2": "2199-01-01T23:00:00Z", "sw3": None,
    }  # fmt: skip


@pytest.mark.parametrize("more", [[], ["--at", "2020-01-02T00:00:00Z"]])
def test_a_job_that_could_never_begin_in_time_is_not_queued(three: Called, more: list[str]) -> None:
    refused = three("job", "submit", "backup", "sw1", "--expires", "2020-01-01T00:00:00Z", *more)
    assert refused.status == 64
    assert "could never begin" in refused.err
    assert jobs(three) == []
