from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netraven_cli.model import NewJob
from netraven_cli.store import follow_up, jobs, queue
from tests.store.make import NOW

if TYPE_CHECKING:
    from netraven_cli.store.database import Database

NOBODY = 0  # no job has this id


def step(subject: str, **more: Any) -> NewJob:
    return NewJob(**{"type": "discovery", "subject": subject, "dedupe_key": f"d:{subject}:{more}", **more})


def test_a_run_looks_at_each_subject_once(database: Database) -> None:
    with database.write() as connection:
        planned = queue.enqueue(connection, [step("a")], now=NOW, run_id="r1", who="t")
        assert follow_up.enqueue(connection, NOBODY, [step("a"), step("b")], now=NOW, run_id="r1", who="t") == [
            planned[0] + 1
        ]
        assert follow_up.enqueue(connection, NOBODY, [step("a"), step("b")], now=NOW, run_id="r1", who="t") == []
        assert [one.subject for one in jobs.list_jobs(connection, limit=None)] == ["b", "a"]


def test_it_looks_again_to_go_further_and_another_run_looks_for_itself(database: Database) -> None:
    def reached(run_id: str, depth: int) -> int:
        new = [step("a", params={"depth": depth})]
        return len(follow_up.enqueue(connection, NOBODY, new, now=NOW, run_id=run_id, who="t"))

    with database.write() as connection:
        assert [reached("r1", depth) for depth in (2, 1, 2, 0, 3)] == [1, 0, 0, 0, 1]
        assert [reached("r2", 4), reached("r2", 4)] == [1, 0]


def test_a_job_of_another_type_is_another_look(database: Database) -> None:
    with database.write() as connection:
        queue.enqueue(connection, [step("a")], now=NOW, run_id="r1", who="t")
        backup = NewJob(type="backup", subject="a", dedupe_key="backup:a")
        assert len(follow_up.enqueue(connection, NOBODY, [backup], now=NOW, run_id="r1", who="t")) == 1


def test_what_another_run_goes_on_with_belongs_to_the_run_that_began_it(database: Database) -> None:
    def led_to(parent: int, *subjects: str) -> list[str]:
        new = [step(subject) for subject in subjects]
        ids = follow_up.enqueue(connection, parent, new, now=NOW, run_id="r2", who="t")
        return [one.subject for one in jobs.list_jobs(connection, limit=None) if one.id in ids]

    with database.write() as connection:
        first, second = queue.enqueue(connection, [step("a"), step("b")], now=NOW, run_id="r1", who="t")
        (submitted,) = queue.enqueue(connection, [step("z")], now=NOW, run_id=None, who="t")
        assert led_to(first, "a", "b", "c") == ["c"]
        assert led_to(second, "a", "c", "d") == ["d"]
        assert led_to(submitted, "e") == ["e"]
        assert led_to(submitted, "e") == []
