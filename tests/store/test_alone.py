"""Jobs that were interrupted by killed runners: counted, told by their class, and from the second in a row on alone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from netraven_cli.model import JobState, Outcome
from netraven_cli.store import jobs, runners, settling
from netraven_cli.store.window import window
from tests.store.test_queue import NOW, end, put, state, take

if TYPE_CHECKING:
    from netraven_cli.store.claiming import Claimed
    from netraven_cli.store.database import Database


def kill(database: Database, runner: str = "r1", interruptions: int = 25, after: float = 0) -> None:
    with database.write() as connection:
        now = NOW + timedelta(seconds=after)
        runners.rescue(connection, [runner], interruptions=interruptions, now=now, who="r9")


def suspect(database: Database, *subjects: str) -> list[int]:
    """Jobs that were running at two interruptions in a row."""
    ids = put(database, *subjects)
    for _ in range(2):
        assert len(take(database, runner="r0")) == len(subjects)
        kill(database, "r0")
    return ids


def names(claimed: list[Claimed]) -> list[str]:
    return [held.subject for held in claimed]


def test_an_interruption_has_its_class_in_the_job_its_event_and_the_figures(database: Database) -> None:
    (id_,) = put(database, "sw1")
    take(database)
    kill(database)
    with database.read() as connection:
        found = jobs.get(connection, id_)
        assert (found.state, found.attempt, found.interruptions) == (JobState.READY, 0, 1)
        assert (found.error_class, jobs.events(connection, id_)[-1].error_class) == ("interrupted", "interrupted")
        assert [job.id for job in jobs.list_jobs(connection, error_class="interrupted", limit=9)] == [id_]
        assert window(connection, NOW, NOW).interrupted == 1
        assert window(connection, NOW + timedelta(seconds=1), NOW + timedelta(seconds=2)).interrupted == 0
    end(database, take(database)[0], Outcome.SUCCEEDED)
    with database.read() as connection:
        assert jobs.get(connection, id_).error_class is None


def test_after_one_interruption_jobs_run_together_as_before(database: Database) -> None:
    put(database, "sw1", "sw2")
    take(database)
    kill(database)
    assert names(take(database)) == ["sw1", "sw2"]


def test_after_two_in_a_row_a_job_is_taken_alone_and_nothing_beside_it(database: Database) -> None:
    suspect(database, "poison", "other")
    assert names(take(database, limit=10)) == ["poison"]
    put(database, "sw1", "sw2")
    assert take(database, limit=10) == []
    assert names(take(database, limit=10, runner="r2")) == ["sw1", "sw2"]
    assert take(database, limit=10, runner="r2") == []
    assert names(take(database, limit=10, runner="r3")) == ["other"]


def test_a_runner_with_something_running_leaves_it_for_one_that_has_nothing(database: Database) -> None:
    put(database, "sw1")
    (busy,) = take(database)
    suspect(database, "poison")
    put(database, "sw2")
    (second,) = take(database)
    assert second.subject == "sw2"
    end(database, busy, Outcome.SUCCEEDED)
    assert take(database) == []
    end(database, second, Outcome.SUCCEEDED)
    assert names(take(database)) == ["poison"]


def test_all_jobs_that_wait_go_before_one_that_may_be_poison(database: Database) -> None:
    """Else it would kill each new runner before that one did anything; whatever their turn and their priority."""
    (poison,) = put(database, "poison", priority=100)
    take(database, runner="r0")
    kill(database, "r0")
    take(database, runner="r0")
    put(database, *(f"sw{number}" for number in range(30)))
    put(database, "low", priority=10)
    kill(database, "r0")
    done: list[str] = []
    while claimed := take(database, limit=4):
        done += names(claimed)
        for held in claimed:
            end(database, held, Outcome.SUCCEEDED)
    assert sorted(done[:-1]) == sorted(["low", *(f"sw{number}" for number in range(30))])
    assert done[-1] == "poison"
    assert state(database, poison) is JobState.SUCCEEDED


def test_new_jobs_of_its_group_do_not_queue_up_behind_it(database: Database) -> None:
    put(database, "poison")
    take(database, runner="r0")
    kill(database, "r0")
    take(database, runner="r0")
    put(database, "low", priority=10)
    kill(database, "r0")
    put(database, "low again", priority=10)
    put(database, "sw1")
    assert names(take(database)) == ["sw1", "low", "low again"]


def test_a_settled_attempt_clears_a_job(database: Database) -> None:
    suspect(database, "sw1")
    (held,) = take(database)
    put(database, "sw2")
    assert take(database) == []
    end(database, held, Outcome.RETRY, retry_at=NOW, error_class="network")
    assert sorted(names(take(database))) == ["sw1", "sw2"]


def test_an_orderly_stop_neither_counts_nor_clears(database: Database) -> None:
    put(database, "poison", "sw1")
    take(database, limit=1, runner="r0")
    kill(database, "r0")
    (held,) = take(database, limit=1)
    with database.write() as connection:
        assert settling.put_back(connection, held, runner_id="r1", why="stopped", now=NOW)
    assert names(take(database)) == ["poison", "sw1"], "it was interrupted once"
    kill(database)
    (other,) = take(database)
    assert other.subject == "sw1"
    end(database, other, Outcome.SUCCEEDED)
    assert names(take(database)) == ["poison"]


def test_at_the_limit_it_is_dead_with_the_reason_and_the_class(database: Database) -> None:
    (id_,) = suspect(database, "poison")
    for _ in range(3):
        take(database)
        kill(database, interruptions=5)
    assert state(database, id_) is JobState.DEAD
    with database.read() as connection:
        found = jobs.get(connection, id_)
    assert (found.error_class, found.attempt) == ("interrupted", 0)
    assert found.reason == "its runner died 5 times while doing it, the last 3 times with nothing else to do"
    with database.write() as connection:
        jobs.retry(connection, id_, who="anna", now=NOW)
    put(database, "sw1")
    assert len(take(database)) == 1, "who is retried by hand is not trusted yet"
