"""The queue as a state machine: whatever is called in whatever order, only what the table of changes allows happens."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, event, select

from netraven_cli.errors import UsageError
from netraven_cli.model import Change, JobState, NewJob, Outcome
from netraven_cli.settings.sections import QueueSettings
from netraven_cli.store import claiming, jobs, queue, runners, settling, steer
from netraven_cli.store.alone import IN_ROW
from netraven_cli.store.capacity import QueueFullError
from netraven_cli.store.tables import attempt, batch, batch_end, job, job_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from netraven_cli.store.database import Database

BEGIN = datetime(2026, 11, 23, 2, 30, tzinfo=timezone.utc)
RUNNERS = ("r1", "r2", "r3")
LIVE, FINAL = ("scheduled", "ready", "running"), ("succeeded", "dead", "cancelled")
runner_ids = st.sampled_from(RUNNERS)
number = st.integers(0, 30)
seconds = st.sampled_from((0, 1, 60, 3600))


class Queue(RuleBasedStateMachine):
    """Several runners and an operator; the model has the state of each job, moved by the rows of job_event alone."""

    database: Database

    @initialize()
    def empty(self) -> None:
        self.now = BEGIN
        self.states: dict[int, str | None] = {}
        self.tokens: dict[int, int] = {}
        self.claims: list[tuple[str, claiming.Claimed]] = []
        self.expected: tuple[Change, ...] = ()
        with self.database.write() as connection:
            for table in (attempt, job_event, job, batch_end, batch):
                connection.execute(delete(table))
        self.last_event = 0
        self.ends: dict[int, Any] = {}

    def do(self, work: Callable[[Connection], Any], *expected: Change) -> Any:
        """One transaction, which may bring these changes and no others."""
        self.expected = expected
        with self.database.write() as connection:
            return work(connection)

    @rule(
        subjects=st.lists(st.sampled_from("abcd"), min_size=1, max_size=3, unique=True), later=seconds,
        priority=st.sampled_from((10, 50)), single=st.sampled_from(("no", "keep", "replace")),
        limit=st.sampled_from((None, None, 6)), expires=st.sampled_from((None, 1800)),
    )  # fmt: skip
    def enqueue(
        self, subjects: list[str], later: int, priority: int, single: str, limit: int | None, expires: int | None
    ) -> None:
        new = [
            NewJob(
                type="backup", subject=subject, priority=priority, ready_at=self.now + timedelta(seconds=later),
                dedupe_key=None if single == "no" else f"backup:{subject}", exclusive_key=f"device:{subject}",
                replaces=single == "replace", expires_at=self.now + timedelta(seconds=expires) if expires else None,
            )
            for subject in subjects
        ]  # fmt: skip
        limits = QueueSettings(limit=limit, when_full="drop")

        def work(connection: Connection) -> queue.Queued:
            return queue.submit(connection, new, now=self.now, run_id=None, who="anna", limits=limits)

        cancels = [Change.CANCEL] if limit or single == "replace" else []
        with suppress(QueueFullError):
            queued: queue.Queued = self.do(work, Change.SUBMIT, *cancels)
            assert len(queued.ids) == len(subjects), "a job that is accepted has a number"
            assert (queued.batch_id is not None) == bool(queued.new)
            self.states |= dict.fromkeys(queued.new)

    @rule(runner=runner_ids, limit=st.integers(1, 4))
    def claim(self, runner: str, limit: int) -> None:
        def work(connection: Connection) -> list[claiming.Claimed]:
            return claiming.claim(connection, runner_id=runner, types=["backup"], limit=limit, now=self.now)

        claimed = self.do(work, Change.PROMOTE, Change.CLAIM, Change.CANCEL)  # too late
        assert len(claimed) <= limit
        self.claims += [(runner, held) for held in claimed]

    @rule(which=number, outcome=st.sampled_from(Outcome), later=seconds)
    def settle(self, which: int, outcome: Outcome, later: int) -> None:
        if not self.claims:
            return
        runner, held = self.claims[which % len(self.claims)]
        retry_at = self.now + timedelta(seconds=later) if outcome is Outcome.RETRY else None
        settled = settling.Settlement(job=held, runner_id=runner, outcome=outcome, retry_at=retry_at)

        def work(connection: Connection) -> bool:
            done = settling.settle(connection, [settled], self.now) == [True]
            if done:
                settling.add_attempts(connection, [(settled, None)], self.now)
            return done

        holds = self.holds(held)
        assert self.do(work, *([Change.SETTLE] if holds else [])) == holds

    @rule(which=number)
    def put_back(self, which: int) -> None:
        if not self.claims:
            return
        runner, held = self.claims[which % len(self.claims)]
        holds = self.holds(held)

        def work(connection: Connection) -> bool:
            return settling.put_back(connection, held, runner_id=runner, why="stopped", now=self.now)

        assert self.do(work, *([Change.PUT_BACK] if holds else [])) == holds

    def holds(self, held: claiming.Claimed) -> bool:
        """Whether the model says that a claim is the last one of its job, and the job still runs."""
        return self.states[held.id] == "running" and self.tokens[held.id] == held.token

    @rule(runner=runner_ids)
    def rescue(self, runner: str) -> None:
        def work(connection: Connection) -> int:
            return runners.rescue(connection, [runner], interruptions=3, now=self.now, who="r9")

        self.do(work, Change.RESCUE)

    @rule(which=number)
    def cancel(self, which: int) -> None:
        self.steer(which, Change.CANCEL, lambda c, id_: jobs.cancel(c, id_, who="anna", now=self.now))

    @rule(which=number)
    def retry(self, which: int) -> None:
        self.steer(which, Change.RETRY, lambda c, id_: jobs.retry(c, id_, who="anna", now=self.now))

    @rule(which=number)
    def drop(self, which: int) -> None:
        self.steer(which, Change.DROP, lambda c, id_: steer.drop(c, id_, who="anna", now=self.now))

    @rule(which=number, later=seconds)
    def reschedule(self, which: int, later: int) -> None:
        at = self.now + timedelta(seconds=later)
        self.steer(which, Change.RESCHEDULE, lambda c, id_: jobs.reschedule(c, id_, at, who="anna", now=self.now))

    def steer(self, which: int, change: Change, work: Callable[[Connection, int], object]) -> None:
        """What an operator wants is done or refused with a sentence."""
        if not self.states:
            return
        job_id = sorted(self.states)[which % len(self.states)]
        state = JobState(self.states[job_id])
        try:
            self.do(lambda connection: work(connection, job_id), change)
        except UsageError:
            # Of what is to be retried a twin may be live; what is put off may be too late then.
            assert state not in change.before or change in (Change.RETRY, Change.RESCHEDULE)

    @rule(passed=seconds)
    def promote(self, passed: int) -> None:
        self.now += timedelta(seconds=passed)
        self.do(lambda connection: claiming.promote(connection, self.now), Change.PROMOTE)

    @invariant()
    def each_change_of_state_is_allowed_and_has_exactly_one_event(self) -> None:
        with self.database.read() as connection:
            new = select(job_event).where(job_event.c.id > self.last_event).order_by(job_event.c.id)
            events = connection.execute(new).all()
            rows = connection.execute(select(job)).all()
        for row in events:
            self.last_event = row.id
            assert row.at == self.now
            if row.after == "stale" or row.before == row.after == "running":
                continue  # a refused result and a request to cancel change no state
            assert row.before == self.states[row.job_id], row
            assert any(allows(change, row.before, row.after) for change in self.expected), (row, self.expected)
            self.states[row.job_id] = row.after
            self.tokens[row.job_id] = self.tokens.get(row.job_id, 0) + (row.after == "running")
        assert {row.id: row.state for row in rows} == self.states, "a job is lost, or changed without an event"
        assert {row.id: row.token for row in rows} == {id_: self.tokens[id_] for id_ in self.states}
        self.expected = ()

    @invariant()
    def each_batch_has_ended_once_its_jobs_have_and_never_again(self) -> None:
        with self.database.read() as connection:
            batches_of: dict[int, list[Any]] = {row.id: [] for row in connection.execute(select(batch))}
            ends = {row.batch_id: row for row in connection.execute(select(batch_end))}
            again = job_event.c.before.in_(FINAL) & job_event.c.after.not_in(FINAL)
            retried = set(connection.execute(select(job_event.c.job_id).where(again)).scalars())
            for row in connection.execute(select(job)):
                batches_of[row.batch_id].append(row)
        assert all(batches_of.values()), "a batch without a job"
        for batch_id, rows in batches_of.items():
            live = any(row.state in LIVE for row in rows)
            assert live or batch_id in ends, "all jobs of a batch have ended, and it has not"
            by_hand = retried & {row.id for row in rows}
            assert not live or batch_id not in ends or by_hand, "a batch ended while its jobs went on"
        assert self.ends.items() <= ends.items(), "the end of a batch was changed or lost"
        self.ends = ends

    @invariant()
    def who_may_be_poison_runs_alone(self) -> None:
        with self.database.read() as connection:
            rows = connection.execute(select(job).where(job.c.state == "running")).all()
        for runner in {row.runner_id for row in rows if row.interrupted_in_row >= IN_ROW}:
            assert len([row for row in rows if row.runner_id == runner]) == 1

    @invariant()
    def nothing_is_held_twice(self) -> None:
        with self.database.read() as connection:
            rows = connection.execute(select(job)).all()
            succeeded = connection.execute(select(attempt.c.job_id).where(attempt.c.outcome == "succeeded")).scalars()
            assert set(Counter(succeeded).values()) <= {1}
        live = Counter(row.dedupe_key for row in rows if row.state in LIVE and row.dedupe_key)
        running = Counter(row.exclusive_key for row in rows if row.state == "running")
        assert set(live.values()) | set(running.values()) <= {1}
        for row in rows:
            assert (row.state == "running") == (row.runner_id is not None), row
            assert (row.state in FINAL) == (row.finished_at is not None), row
            assert row.attempt >= 0, row


def allows(change: Change, before: str | None, after: str) -> bool:
    froms: list[str | None] = [*(state.value for state in change.before)] or [None]
    return before in froms and after in {state.value for state in change.after}


def test_whatever_is_called_in_whatever_order_a_job_changes_only_as_the_table_allows(database: Database) -> None:
    if not database.is_postgres:
        event.listen(database.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))  # for speed
    machine = type("QueueOfThisDatabase", (Queue,), {"database": database})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_a_final_state_is_left_by_an_operator_alone() -> None:
    leaving = {change for change in Change for state in change.before if state.value in FINAL}
    assert leaving == {Change.RETRY, Change.DROP}
