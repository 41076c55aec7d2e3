"""Pausing, counting and bounding the queue from the command line."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from tests.cli.test_job import jobs, three

if TYPE_CHECKING:
    from tests.cli.conftest import Called

__all__ = ["three"]


def test_run_of_a_paused_type_says_so_with_75_and_its_jobs_stay_queued(three: Called) -> None:
    three.well("job", "submit", "backup", "sw1")
    said = three.well("queue", "pause", "backup", "--reason", "core upgrade")
    assert "core upgrade; go on with: netraven queue resume backup" in said.err
    refused = three("run", "backup")
    assert (refused.status, refused.out) == (75, "")
    assert "backup is paused since" in refused.err
    assert "core upgrade" in refused.err
    assert [(job["subject"], job["state"]) for job in jobs(three)] == [("sw1", "ready")]


def test_due_skips_paused_types_and_is_done(three: Called) -> None:
    three.well("job", "submit", "backup")
    three.well("queue", "pause")
    said = three("run", "--due", "--json")
    assert said.status == 0, said.err
    assert said.summary["jobs"] == 0
    assert {job["state"] for job in jobs(three)} == {"ready"}


def test_a_schedule_that_is_due_while_paused_queues_its_jobs(three: Called) -> None:
    three.well("schedule", "add", "often", "--every", "1m")
    connection = sqlite3.connect(three.folder / "netraven.db")
    with connection:  # as if it had been added some minutes ago
        back = 300_000_000  # microseconds
        query = "UPDATE schedule SET seen_until = seen_until - ?, next_due_at = next_due_at - ?"
        connection.execute(query, (back, back))
    connection.close()
    three.well("queue", "pause", "backup")
    said = three("run", "--due", "--json")
    assert (said.status, said.summary["paused"], said.summary["retry"]) == (0, 3, 0)
    assert {job["state"] for job in jobs(three)} == {"ready"}


def test_pausing_and_resuming_twice_is_well(three: Called) -> None:
    for _ in range(2):
        three.well("queue", "pause", "backup")
    assert [one["type"] for one in three.well("queue", "status", "--json").json["paused"]] == ["backup"]
    assert "no longer paused" in three.well("queue", "resume", "backup").err
    assert "was not paused" in three.well("queue", "resume", "backup").err
    assert "nothing was paused" in three.well("queue", "resume").err
    assert three.well("queue", "status", "--json").json["paused"] == []


def test_resuming_one_type_while_all_are_paused_says_that_it_stays_paused(three: Called) -> None:
    three.well("queue", "pause")
    said = three("queue", "resume", "backup")
    assert said.status == 75
    assert "every job type is paused" in said.err


def test_a_type_that_there_is_not_is_neither_paused_nor_resumed(three: Called) -> None:
    for verb in ("pause", "resume"):
        said = three("queue", verb, "backpu")
        assert said.status == 64
        assert "there is no job type backpu" in said.err


def test_the_status_of_the_queue_counts_what_waits(three: Called) -> None:
    three.well("job", "submit", "backup", "sw1", "sw2", "--priority", "low")
    three.well("job", "submit", "backup", "sw3", "--at", "2199-01-01T00:00:00Z")
    found = three.well("queue", "status", "--json").json
    assert found["schema"] == "netraven.queue/1"
    assert [(row["type"], row["state"], row["priority"], row["jobs"]) for row in found["items"]] == [
        ("backup", "ready", 30, 2), ("backup", "scheduled", 50, 1),
    ]  # fmt: skip
    assert (found["live"], found["dead"], found["paused"]) == (3, 0, [])
    assert found["oldest_waiting_seconds"] < 60
    assert three.well("queue", "status").out.startswith("backup\tready\tlow\t2\t")


def test_a_full_queue_refuses_with_75_and_nothing_is_queued_by_half(three: Called) -> None:
    three.environ["NETRAVEN_QUEUE__LIMIT"] = "2"
    for command in (["job", "submit", "backup"], ["run", "backup"]):
        refused = three(*command)
        assert (refused.status, refused.out) == (75, "")
        assert "the limit that queue.limit sets" in refused.err
        assert jobs(three) == []
    three.well("job", "submit", "backup", "sw1", "sw2")
    found = three.well("queue", "status", "--json").json
    assert (found["live"], found["limit"], found["limit_per_type"]) == (2, 2, None)
    patience = {"NETRAVEN_QUEUE__WHEN_FULL": "wait", "NETRAVEN_QUEUE__WAIT_SECONDS": "1"}
    assert three("job", "submit", "backup", "sw3", **patience).status == 75
    three.well("job", "submit", "backup", "sw1")
