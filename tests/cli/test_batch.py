"""Batches, dedupe keys and parameters at the command line."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from netraven_cli.model import Outcome
from tests.cli.make import claim, settle
from tests.cli.test_job import jobs, states, three

if TYPE_CHECKING:
    from tests.cli.conftest import Called
    from tests.installed import Installed, Said

__all__ = ["three"]


def submit(called: Called, *arguments: str) -> dict[str, Any]:
    return called.well("job", "submit", "backup", *arguments, "--json").json


def test_a_submission_is_a_batch_that_is_shown_listed_and_found_again(three: Called) -> None:
    said = three.well("job", "submit", "backup", "sw1", "sw2")
    assert "2 jobs are queued as batch 1" in said.err
    assert "netraven job wait --batch 1" in said.err
    found = submit(three, "sw3")
    assert (found["batch"], [job["batch_id"] for job in found["items"]]) == (2, [2])
    assert [job["subject"] for job in jobs(three, "--batch", "1")] == ["sw2", "sw1"]
    assert three.well("job", "show", "1", "--json").json["batch_id"] == 1
    shown = three.well("batch", "show", "1", "--json").json
    assert (shown["jobs"], shown["ended_at"], shown["schedule"]) == ({"ready": 2}, None, None)
    three.well("job", "cancel", "3")
    assert [row["id"] for row in three.well("batch", "list", "--json").json["items"]] == [2, 1]
    assert [row["id"] for row in three.well("batch", "list", "--live", "--json").json["items"]] == [1]
    assert "cancelled=1" in three.well("batch", "list").out


def test_jobs_that_are_under_way_are_told_and_make_no_batch(three: Called) -> None:
    submit(three, "sw1")
    found = submit(three, "sw1", "sw2")
    assert (found["batch"], [job["batch_id"] for job in found["items"]]) == (2, [2, 1])
    said = three.well("job", "submit", "backup", "sw1", "sw2")
    assert "no job is new: 2 are under way already" in said.err
    assert len(three.well("batch", "list").out.splitlines()) == 2


def test_the_backups_of_each_zone_take_turns(called: Called) -> None:
    rows = "".join(f"{zone}{number},192.0.2.1,cisco_ios,{zone}\n" for zone in ("a", "b") for number in range(5))
    called.well("device", "import", "-", stdin=f"name,address,platform,zone\n{rows}")
    submit(called, "--all")
    assert {(job["subject"][0], job["zone"]) for job in jobs(called)} == {("a", "a"), ("b", "b")}
    assert sorted(held.subject for held in claim(called, 4)) == ["a0", "a1", "b0", "b1"]


def test_the_plan_of_a_run_is_a_batch_too(three: Called) -> None:
    assert three("run", "backup").status == 1  # there is no credential for the devices
    (found,) = three.well("batch", "list", "--json").json["items"]
    assert (found["jobs"], found["end"]) == ({"dead": 3}, "3 dead")
    assert found["run_id"]


@pytest.mark.parametrize(("outcome", "status"), [(Outcome.SUCCEEDED, 0), (Outcome.DEAD, 1)])
def test_a_script_waits_for_a_batch_and_learns_whether_all_went_well(
    three: Called, netraven: Installed, outcome: Outcome, status: int
) -> None:
    batch = str(submit(three, "sw1", "sw2")["batch"])
    late = three("job", "wait", "--batch", batch, "--timeout", "0")
    assert (late.status, late.out) == (75, "")
    assert f"not ended within 0 s: batch {batch}" in late.err
    first, second = claim(netraven, 2)
    settle(netraven, first, Outcome.SUCCEEDED)
    said: list[Said] = []
    waiting = threading.Thread(target=lambda: said.append(netraven("job", "wait", "--batch", batch, "--json")))
    waiting.start()
    settle(netraven, second, outcome)
    waiting.join(60)
    assert said[0].status == status, said
    assert len(said[0].json["items"]) == 2


@pytest.mark.parametrize("arguments", [[], ["1", "--batch", "1"]])
def test_wait_is_for_jobs_or_for_a_batch(three: Called, arguments: list[str]) -> None:
    submit(three, "sw1")
    assert three("job", "wait", *arguments).status == 64


@pytest.mark.parametrize("arguments", [["batch", "show", "9"], ["job", "wait", "--batch", "9"]])
def test_a_batch_that_there_is_not_ends_with_68(three: Called, arguments: list[str]) -> None:
    refused = three(*arguments)
    assert (refused.status, refused.out) == (68, "")
    assert "there is no batch 9" in refused.err


def test_a_dedupe_key_keeps_the_job_that_has_it_or_is_given_to_the_new_one(three: Called) -> None:
    (first,) = submit(three, "sw1", "--dedupe", "change-4711")["items"]
    (same,) = submit(three, "sw2", "--dedupe", "change-4711")["items"]
    assert same["id"] == first["id"]
    (new,) = submit(three, "sw2", "--dedupe", "change-4711", "--on-duplicate", "replace")["items"]
    assert (new["subject"], new["state"]) == ("sw2", "ready")
    assert states(three) == ["cancelled", "ready"]
    assert "replaced by a newer job" in three.well("job", "log", str(first["id"])).out
    line = {"type": "backup", "subject": "sw3", "dedupe": "change-4711", "on_duplicate": "replace"}
    three.well("job", "submit", "--from", "-", stdin=json.dumps(line))
    assert states(three) == ["cancelled", "cancelled", "ready"]


def test_without_a_key_of_its_own_a_backup_is_replaced_by_the_key_of_its_device(three: Called) -> None:
    submit(three, "sw1", "sw2", "--priority", "low")
    submit(three, "sw1", "--priority", "critical", "--on-duplicate", "replace")
    assert [(job["subject"], job["priority"], job["state"]) for job in jobs(three)] == [
        ("sw1", 100, "ready"), ("sw2", 30, "ready"), ("sw1", 30, "cancelled"),
    ]  # fmt: skip


def test_a_dedupe_key_for_several_jobs_is_refused_and_queues_none(three: Called) -> None:
    refused = three("job", "submit", "backup", "--all", "--dedupe", "K")
    assert (refused.status, refused.out) == (64, "")
    assert "is for one job, and these are 3" in refused.err
    line = {"type": "backup", "subject": "sw1", "on_duplicate": "both"}
    assert three("job", "submit", "--from", "-", stdin=json.dumps(line)).status == 65
    assert jobs(three) == []


def test_a_full_queue_drops_what_is_less_urgent_by_setting_and_it_can_be_retried(three: Called) -> None:
    three.environ |= {"NETRAVEN_QUEUE__LIMIT": "2", "NETRAVEN_QUEUE__WHEN_FULL": "drop"}
    submit(three, "sw1", "sw2", "--priority", "low")
    submit(three, "sw3", "--priority", "high")
    assert states(three) == ["ready", "cancelled", "ready"]
    assert three("job", "submit", "backup", "sw2", "--priority", "lowest").status == 75
    assert [job["id"] for job in jobs(three, "--class", "resource", "--state", "cancelled")] == [2]
    three.well("job", "retry", "--state", "cancelled", "--class", "resource")
    assert states(three) == ["ready"] * 3
