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


@pytest.fixture
def dead(three: Called) -> Called:
    """Three dead backups: there is no credential for the devices."""
    assert three("run", "backup").status == 1
    assert {job["state"] for job in jobs(three)} == {"dead"}
    return three


def states(called: Called) -> list[str]:
    return [job["state"] for job in reversed(jobs(called))]


def test_dead_letters_are_retried_singly_and_by_filter(dead: Called) -> None:
    first = jobs(dead)[-1]
    assert f"job {first['id']}: ready again" in dead.well("job", "retry", str(first["id"])).err
    assert states(dead) == ["ready", "dead", "dead"]
    refused = dead("job", "retry", "--type", "backup")
    assert (refused.status, states(dead)) == (64, ["ready", "dead", "dead"])
    assert "Retry 2 jobs? There is no terminal to ask on; add --yes." in refused.err
    said = dead.well("job", "retry", "--type", "backup", "--class", first["error_class"], "--yes", "--json")
    assert [job["state"] for job in said.json["items"]] == ["ready", "ready"]
    assert states(dead) == ["ready"] * 3


def test_dead_letters_are_dropped_singly_and_by_filter(dead: Called) -> None:
    assert "dropped" in dead.well("job", "drop", "--device", "sw1").err
    assert states(dead) == ["cancelled", "dead", "dead"]
    dead.well("job", "drop", "--state", "dead", "--yes", NETRAVEN_ENV="prod")
    assert states(dead) == ["cancelled"] * 3
    assert "no job fits" in dead.well("job", "drop", "--state", "dead").err


def test_a_dry_run_shows_the_jobs_and_changes_none(dead: Called) -> None:
    said = dead.well("job", "retry", "--state", "dead", "--dry-run")
    assert [line.split("\t")[2] for line in said.out.splitlines()] == ["sw1", "sw2", "sw3"]
    assert "dry run, nothing was changed: jobs 1, 2, 3: ready again" in said.err
    assert states(dead) == ["dead"] * 3


def test_a_dead_job_whose_subject_is_under_way_is_left_and_the_others_are_retried(dead: Called) -> None:
    dead.well("job", "submit", "backup", "sw2")
    said = dead.well("job", "retry", "--state", "dead", "--yes")
    assert "jobs 1, 3: ready again" in said.err
    assert "job 2: left as before (job 4 is under way" in said.err
    assert states(dead) == ["ready", "dead", "ready", "ready"]


def test_waiting_jobs_are_reprioritised_and_cancelled_by_filter(three: Called) -> None:
    three.well("job", "submit", "backup")
    three.well("job", "reprioritise", "--device", "sw3", "--priority", "critical")
    assert [(job["subject"], job["priority"]) for job in jobs(three)] == [("sw3", 100), ("sw2", 50), ("sw1", 50)]
    assert three("job", "reprioritise", "1", "--priority", "urgent").status == 64
    three.well("job", "cancel", "--type", "backup", "--yes")
    assert states(three) == ["cancelled"] * 3
    assert "cancelled" in three.well("job", "cancel", "1").err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["cancel"], "name jobs by their numbers, or choose them"),
        (["cancel", "1", "--state", "ready"], "name jobs by their numbers, or choose them"),
        (["drop", "--state", "ready"], "there is no drop for jobs that are ready; only for dead"),
        (["retry", "--state", "succeeded"], "only for dead or cancelled"),
        (["drop", "1", "2"], "job 1 is ready; only dead jobs can be dropped"),
    ],
)
def test_what_makes_no_sense_for_jobs_is_refused_and_changes_nothing(
    three: Called, arguments: list[str], sentence: str
) -> None:
    three.well("job", "submit", "backup")
    refused = three("job", *arguments)
    assert (refused.status, refused.out) == (64, "")
    assert sentence in refused.err
    assert states(three) == ["ready"] * 3


def test_the_list_is_filtered_by_class_and_by_time(dead: Called) -> None:
    name = jobs(dead)[0]["error_class"]
    assert len(jobs(dead, "--class", name, "--since", "2020-01-01T00:00:00Z")) == 3
    assert jobs(dead, "--class", "timeout") == []
    assert jobs(dead, "--since", "2199-01-01T00:00:00Z") == []
