"""The database goes away under a run: restarted, its connections cut, locked; or it takes the runner for dead."""

from __future__ import annotations

import logging
import os
import random
import signal
import sqlite3
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, text

from netraven_cli.model import JobState, Selector
from netraven_cli.runner.outage import LeaseLostError
from netraven_cli.runner.run import Options, Plan, run
from netraven_cli.store import runners
from netraven_cli.store.database import Database
from netraven_cli.store.faults import AwayError
from netraven_cli.store.migrate import migrate
from tests.postgres import PostgresServer
from tests.runner.test_run import all_jobs, go, states

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from netraven_cli.plugin import Context
    from netraven_cli.runner.attempts import AttemptEvent
    from netraven_cli.runner.tally import Summary
    from tests.runner.conftest import Steps

SEEDS = int(os.environ.get("NETRAVEN_CUTS", "6"))
NAMES = [*(f"sw{number}" for number in range(12)), "flaky-1", "flaky-2"]


def commit_already(connection: Connection) -> None:
    """What was done is done before the coordinator's own commit fails; one of nothing would not ask the server."""
    raw = connection.connection
    raw.commit()
    raw.cursor().execute("SELECT 1")


class Saboteur:
    """Cuts the coordinator's connection at statements and commits that a seed chooses."""

    def __init__(self, seed: int, server: PostgresServer, database: Database) -> None:
        self.cuts: list[str] = []
        self._chance, self._server, self._name = random.Random(seed), server, str(database.engine.url.database)
        self._wait = self._chance.randrange(1, 20)
        self._coordinator: threading.Thread | None = None
        event.listen(database.engine, "before_cursor_execute", lambda *_: self._pass("before a statement"))
        event.listen(database.engine, "commit", self._before_commit)

    def arm(self) -> None:
        """Begin; called by the coordinator when its plan is queued."""
        self._coordinator = threading.current_thread()

    def _before_commit(self, connection: Connection) -> None:
        if self._chance.random() < 0.5:
            self._pass("before a commit")
        elif self._is_due():
            commit_already(connection)
            self._cut("after a commit")

    def _pass(self, moment: str) -> None:
        if self._is_due():
            self._cut(moment)

    def _is_due(self) -> bool:
        if threading.current_thread() is not self._coordinator or len(self.cuts) == 8:
            return False
        self._wait -= 1
        return self._wait < 0

    def _cut(self, moment: str) -> None:
        self._wait = self._chance.randrange(3, 30)
        self.cuts.append(moment)
        self._server.cut(self._name)


def assert_each_ended_once(context: Context, *names: str) -> None:
    """Each job is succeeded, by one attempt; each change of its state follows from the one before."""
    assert go(context)[0].jobs == 0  # takes away what a runner could not
    assert Counter(job.subject for job in all_jobs(context)) == Counter(names)
    assert set(states(context).values()) == {JobState.SUCCEEDED}
    with context.database.read() as connection:
        events = connection.execute(text("SELECT job_id, before, after FROM job_event ORDER BY id")).all()
        ended = connection.execute(text("SELECT job_id FROM attempt WHERE outcome = 'succeeded'")).scalars().all()
        assert runners.list_runners(connection) == []
    assert len(ended) == len(set(ended)) == len(names)
    last: dict[int, str] = {}
    for job_id, before, after in events:
        assert (last.get(job_id), after == "stale") == (before, False)
        last[job_id] = after


@pytest.mark.parametrize("database_kind", ["postgresql"])
@pytest.mark.parametrize("seed", range(SEEDS))
def test_connections_cut_at_any_statement_lose_and_double_nothing(
    context: Context, steps: Steps, postgres: PostgresServer, seed: int
) -> None:
    saboteur = Saboteur(seed, postgres, context.database)
    events: list[AttemptEvent] = []
    plan = Plan(type="steps", selector=Selector(names=tuple(NAMES)))
    summary = run(context, [plan], ["steps"], Options(), events.append, lambda _jobs: saboteur.arm())
    assert saboteur.cuts
    assert (summary.succeeded, summary.retry, summary.dead, summary.failure) == (len(NAMES), 0, 0, None), saboteur.cuts
    assert_each_ended_once(context, *NAMES)
    assert Counter(steps.done) == {name: 3 if name.startswith("flaky") else 1 for name in NAMES}
    assert Counter(one.subject for one in events) == Counter(steps.done)


@pytest.mark.parametrize("database_kind", ["postgresql"])
@pytest.mark.parametrize("told", ["INSERT INTO attempt", "UPDATE job SET state"])
def test_a_commit_whose_answer_is_lost_is_neither_repeated_nor_forgotten(
    context: Context, steps: Steps, postgres: PostgresServer, told: str
) -> None:
    """Of the transaction that settles an attempt; of the one that claims."""
    seen: list[str] = []
    lost: list[bool] = []

    def hear(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    def lose(connection: Connection) -> None:
        if not lost and any(statement.startswith(told) for statement in seen):
            lost.append(True)
            commit_already(connection)
            postgres.cut(str(context.database.engine.url.database))

    event.listen(context.database.engine, "before_cursor_execute", hear)
    event.listen(context.database.engine, "commit", lose)
    summary, events = go(context, *NAMES, workers=3)
    assert lost
    assert (summary.succeeded, summary.retry) == (len(NAMES), 0)
    assert_each_ended_once(context, *NAMES)
    assert Counter(one.subject for one in events) == Counter(steps.done)


def with_lease(context: Context, seconds: float, **more: float) -> Context:
    changed = {"lease_seconds": seconds, "attempt_timeout_seconds": 240.0, **more}
    runner = context.settings.runner.model_copy(update=changed)
    return replace(context, settings=context.settings.model_copy(update={"runner": runner}))


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server that the test may stop."""
    own = PostgresServer(durable=True)
    yield own
    own.stop()


@pytest.fixture
def shaken(server: PostgresServer, context: Context) -> Iterator[Context]:
    """A context whose database is on that server."""
    database = Database(server.url(server.create()))
    with database.write() as connection:
        migrate(connection)
    yield replace(context, database=database)
    database.close()


def in_the_middle(
    context: Context, steps: Steps, act: Callable[[], None], *names: str
) -> tuple[Summary, list[AttemptEvent]]:
    """Do something once a hanging job of a run has begun, then let it end.

    Not in a thread: the server ends with the thread that started it, man 2 prctl.
    """
    with ThreadPoolExecutor(1) as other:
        going = other.submit(go, context, "hanging", *names, workers=2)
        try:
            assert steps.begun.wait(120)
            act()
        finally:
            steps.release.set()
        return going.result(120)


@pytest.mark.parametrize("database_kind", ["sqlite"])  # of the context, whose own database is not used
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])  # in order, and as after a crash
def test_a_run_outlives_a_server_that_is_started_anew(
    shaken: Context, steps: Steps, server: PostgresServer, how: signal.Signals
) -> None:
    def restart() -> None:
        server.halt(how)
        server.resume()

    summary, events = in_the_middle(with_lease(shaken, 120), steps, restart, *NAMES)
    assert (summary.succeeded, summary.retry, summary.failure) == (len(NAMES) + 1, 0, None)
    assert_each_ended_once(shaken, "hanging", *NAMES)
    assert Counter(one.subject for one in events) == Counter(steps.done)


@pytest.mark.parametrize("database_kind", ["sqlite"])  # of the context, whose own database is not used
def test_a_run_ends_when_its_database_is_away_for_longer_than_its_lease_and_the_next_one_goes_on(
    shaken: Context, steps: Steps, server: PostgresServer
) -> None:
    def halt() -> None:
        assert steps.begun.wait(120)
        server.halt()

    stopping = threading.Thread(target=halt)
    stopping.start()
    with pytest.raises(AwayError, match="longer than the lease of 5 s") as ended:
        # What is not its own any more gets no grace.
        go(with_lease(shaken, 5, stop_grace_seconds=200), "closable", "sw1", workers=1)
    stopping.join()
    assert ended.value.exit_status == 69
    server.resume()
    with shaken.database.read() as connection:
        (left,) = runners.list_runners(connection)
    assert [path.stem for path in shaken.settings.runners_dir.iterdir()] == [left.id]  # nobody holds that lock
    summary, _ = go(with_lease(shaken, 60, attempt_timeout_seconds=0.2))
    found = {job.subject: job for job in all_jobs(shaken)}
    assert (found["sw1"].state, steps.done.count("sw1")) == (JobState.SUCCEEDED, 1)
    assert (found["closable"].interruptions, summary.jobs) == (1, 2)


def taken_for_dead(context: Context) -> None:
    """What a runner on another host does, once this one's lease has run out by the database's clock."""
    with context.database.write() as connection:
        (one,) = runners.list_runners(connection, lock=True)
        assert runners.rescue(connection, [one.id], interruptions=25, now=context.clock(connection), who="other") == 1


def test_a_run_that_was_taken_for_dead_stops_at_once_and_records_nothing(context: Context, steps: Steps) -> None:
    def rescue() -> None:
        assert steps.begun.wait(120)
        taken_for_dead(context)

    other = threading.Thread(target=rescue)
    other.start()
    with pytest.raises(LeaseLostError):
        go(with_lease(context, 3600, stop_grace_seconds=200), "closable")
    other.join()
    (job,) = all_jobs(context)
    assert (job.state, job.attempt, job.interruptions) == (JobState.READY, 0, 1)
    with context.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM attempt")).scalar_one() == 0
        assert connection.execute(text("SELECT count(*) FROM job_event WHERE after = 'stale'")).scalar_one() == 0


class Counted(logging.Handler):
    """Counts what is logged, by its event."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: Counter[str] = Counter()
        self.changed = threading.Condition()

    def emit(self, record: logging.LogRecord) -> None:
        with self.changed:
            self.seen[str(record.msg).partition(" ")[0]] += 1
            self.changed.notify_all()

    def wait_for(self, **at_least: int) -> None:
        def enough() -> bool:
            return all(self.seen[name] >= count for name, count in at_least.items())

        with self.changed:
            assert self.changed.wait_for(enough, 120), self.seen


@pytest.fixture
def logged() -> Iterator[Counted]:
    handler = Counted()
    logging.getLogger("netraven").addHandler(handler)
    yield handler
    logging.getLogger("netraven").removeHandler(handler)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_run_outlives_a_program_that_locks_its_database_for_longer_than_the_busy_timeout(
    context: Context, steps: Steps, logged: Counted, database_url: str
) -> None:
    database = Database(database_url, busy_timeout_seconds=0.1)
    context = replace(context, database=database)

    def lock() -> None:
        with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            logged.wait_for(database_away=3, heartbeat_failed=2)

    summary, _ = in_the_middle(with_lease(context, 12), steps, lock, "sw1")
    assert (summary.succeeded, summary.retry, summary.failure) == (2, 0, None)
    assert_each_ended_once(context, "hanging", "sw1")
    database.close()


def test_the_lease_is_renewed_while_the_coordinator_is_busy_with_something_else(context: Context) -> None:
    seen: set[datetime] = set()

    def look(_event: object) -> None:
        """In the coordinator; it goes on when three heartbeats are in the database."""
        until = time.monotonic() + 120
        while len(seen) < 4 and time.monotonic() < until:
            with context.database.read() as connection:
                seen.update(one.lease_until for one in runners.list_runners(connection))

    plan = Plan(type="steps", selector=Selector(names=("sw1",)))
    summary = run(with_lease(context, 5), [plan], ["steps"], Options(), look)
    assert (summary.succeeded, len(seen)) == (1, 4)
