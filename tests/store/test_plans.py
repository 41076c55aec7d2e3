"""What a claim and a settlement cost does not grow with history: said by the databases' own plans, not by a clock."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from benchmarks.queue import history
from netraven_cli.model import NewJob, Outcome
from netraven_cli.store import claiming, orders, queue, runners, settling
from tests.store.make import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netraven_cli.store.database import Database

FINISHED = 20_000  # enough that both would rather read an index than all of them
OF_ONE_MOMENT = {  # partial
    "ix_job_ready", "ix_job_scheduled", "ix_job_running", "ix_job_expires", "ix_job_batch_live", "ux_job_exclusive",
}  # fmt: skip
BY_KEY = {"pk_job", "pk_runner", "pk_batch", "pk_batch_end"}
SMALL = {"pause", "runner", "given", "anon_1"}  # tables of a few rows, and the rows that a statement brings


@pytest.fixture
def old(database: Database, database_url: str) -> Database:
    """A database with a long history, of which it keeps statistics."""
    history.write("netraven", database_url.removeprefix("sqlite:///"), FINISHED)
    with database.write() as connection:
        new = [NewJob(type="bench", subject=f"new-{n}", exclusive_key=f"device:new-{n}") for n in range(40)]
        queue.enqueue(connection, new, now=NOW, run_id=None, who="anna")
        connection.exec_driver_sql("ANALYZE")
    return database


def work(database: Database) -> None:
    """All that a turn of the drain asks for: settle with a success and a retry, sign of life, claim."""
    with database.write() as connection:
        held = claiming.claim(connection, runner_id="r1", types=["bench", "other"], limit=4, now=NOW)
    with database.write() as connection:
        ended = [settling.Settlement(job=one, runner_id="r1", outcome=Outcome.SUCCEEDED) for one in held[:2]]
        ended += [
            settling.Settlement(job=one, runner_id="r1", outcome=Outcome.RETRY, retry_at=NOW) for one in held[2:3]
        ]
        assert all(settling.settle(connection, ended, NOW))
        settling.add_attempts(connection, [(one, None) for one in ended], NOW)
        assert settling.put_back(connection, held[3], runner_id="r1", why="stopped", now=NOW)
        runners.heartbeat(connection, "r1", now=NOW, lease=timedelta(seconds=60), figures=runners.Figures())
        orders.orders(connection, "r1")
        assert claiming.promote(connection, NOW) == 1
        assert len(claiming.claim(connection, runner_id="r1", types=["bench", "other"], limit=4, now=NOW)) == 4


@contextmanager
def explained(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """The plan of each statement of the block that reads or changes what there is, as the database gives it."""
    plans: list[tuple[str, Any]] = []

    def on_execute(_connection: Any, cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
        if not re.match("SELECT|UPDATE|DELETE", statement):
            return
        postgres = database.is_postgres
        explain = "EXPLAIN (FORMAT JSON) " if postgres else "EXPLAIN QUERY PLAN "
        cursor.execute(explain + statement, given[0] if many else given)
        rows = cursor.fetchall()
        plans.append((statement, rows[0][0] if postgres else [row[3] for row in rows]))

    event.listen(database.engine, "before_cursor_execute", on_execute)
    yield plans
    event.remove(database.engine, "before_cursor_execute", on_execute)


def test_a_claim_and_a_settlement_read_no_more_of_a_long_history_than_of_none(old: Database) -> None:
    with explained(old) as plans:
        work(old)
    assert len(plans) > 12
    used: set[str] = set()
    for statement, plan in plans:
        reads = list(postgres_reads(plan[0]["Plan"]) if old.is_postgres else sqlite_reads(plan))
        assert "a whole table" not in reads, (statement, json.dumps(plan, indent=1))
        used.update(reads)
    assert used <= OF_ONE_MOMENT | BY_KEY, used
    assert used >= {"ix_job_ready", "pk_job"}, used


def test_a_job_finds_its_turn_without_sorting_those_that_wait(old: Database) -> None:
    new = [NewJob(type="bench", subject="one"), NewJob(type="bench", subject="two", schedule="nightly", zone="lab")]
    with explained(old) as plans, old.write() as connection:
        queue.enqueue(connection, new, now=NOW, run_id=None, who="anna")
    turns = [plan for statement, plan in plans if "ORDER BY job.schedule" in statement]
    assert len(turns) == 2
    for plan in turns:
        assert not re.search("Sort|TEMP B-TREE", json.dumps(plan)), plan
        assert "ix_job_turn" in json.dumps(plan)


def test_a_claim_of_several_types_sorts_none_of_those_that_wait(old: Database) -> None:
    with explained(old) as plans, old.write() as connection:
        claiming.claim(connection, runner_id="r1", types=["bench", "other"], limit=4, now=NOW)
    claims = [plan for statement, plan in plans if "ORDER BY job.rank" in statement]
    assert len(claims) == 2
    for plan in claims:
        assert not re.search("Sort|TEMP B-TREE", json.dumps(plan)), plan
        assert "ix_job_ready" in json.dumps(plan)


def sqlite_reads(plan: list[str]) -> Iterator[str]:
    """https://sqlite.org/eqp.html: each line that begins with SCAN or SEARCH reads a table, by an index or whole."""
    for line in plan:
        found = re.match(r"(?:SCAN|SEARCH) (\w+)(?: USING (?:COVERING )?(?:INDEX (\w+)|(INTEGER PRIMARY KEY)))?", line)
        if not found or found[1] in SMALL:
            continue
        yield found[2] or ("pk_job" if found[3] else "a whole table")


def postgres_reads(node: dict[str, Any]) -> Iterator[str]:
    if "Index Name" in node and node.get("Relation Name") not in SMALL:
        yield node["Index Name"]
    elif node["Node Type"] == "Seq Scan" and node["Relation Name"] not in SMALL:
        yield "a whole table"
    for inner in node.get("Plans", ()):
        yield from postgres_reads(inner)
