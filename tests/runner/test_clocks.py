"""Hosts whose clocks are minutes apart share one queue: the database's clock rules (PostgreSQL)."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from netraven_cli.model import JobState, NewJob, NewSchedule, Outcome, Selector
from netraven_cli.report.status import gather
from netraven_cli.runner.presence import Presence
from netraven_cli.runner.run import Options, run
from netraven_cli.schedule import record
from netraven_cli.store import jobs, queue, runners
from tests.runner.test_run import go, states

if TYPE_CHECKING:
    from netraven_cli.plugin import Context
    from tests.runner.conftest import Steps

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"])
APART = timedelta(minutes=10)


def skewed(context: Context, by: timedelta) -> Context:
    return replace(context, now=lambda: datetime.now(timezone.utc) + by)


@pytest.fixture
def early(context: Context) -> Context:
    return skewed(context, -APART)


@pytest.fixture
def late(context: Context) -> Context:
    return skewed(context, APART)


def test_two_runners_with_clocks_twenty_minutes_apart_take_nobody_for_dead_and_do_each_job_once(
    early: Context, late: Context, steps: Steps
) -> None:
    names = [f"sw{number}" for number in range(30)]
    threads = [threading.Thread(target=go, args=(context, *names)) for context in (early, late)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert set(states(early).values()) == {JobState.SUCCEEDED}
    with early.database.read() as connection:
        found = jobs.list_jobs(connection, limit=None)
        assert runners.list_runners(connection) == []
    assert len(steps.done) == len(found)
    assert max(job.attempt for job in found) == 1


def test_a_live_runner_is_alive_for_a_host_that_is_ahead_and_a_dead_one_dead_for_one_that_is_behind(
    early: Context, late: Context
) -> None:
    Presence(early, str(uuid4())).register()
    assert Presence(late, str(uuid4())).rescue() == 0
    with late.database.write() as connection:
        (alive,) = runners.list_runners(connection)
        over, figures = timedelta(seconds=-1), runners.Figures()
        assert runners.heartbeat(connection, alive.id, now=late.now(), lease=over, figures=figures)
    Presence(early, str(uuid4())).rescue()
    with late.database.read() as connection:
        assert runners.list_runners(connection) == []


@pytest.mark.parametrize("ahead", [True, False])
def test_a_delayed_job_is_due_and_one_with_a_deadline_over_by_the_databases_clock(
    early: Context, late: Context, ahead: bool
) -> None:
    submitter, runner = (late, early) if ahead else (early, late)
    with submitter.database.write() as connection:
        now = submitter.clock(connection)
        assert abs(now - datetime.now(timezone.utc)) < APART / 2
        wanted = [
            NewJob(type="steps", subject="now", ready_at=now),
            NewJob(type="steps", subject="later", ready_at=now + APART / 2),
            NewJob(type="steps", subject="in time", ready_at=now, expires_at=now + APART / 2),
        ]
        queue.enqueue(connection, wanted, now=now, run_id=None, who="anna")
    run(runner, [], ["steps"], Options(), lambda _: None)
    assert states(runner) == {
        "now": JobState.SUCCEEDED, "later": JobState.SCHEDULED, "in time": JobState.SUCCEEDED
    }  # fmt: skip


def test_a_schedule_is_neither_late_nor_due_before_its_time_for_a_host_that_is_ahead(
    early: Context, late: Context
) -> None:
    new = NewSchedule(name="often", type="steps", pattern="every 300", timezone="UTC", selector=Selector())
    with early.database.write() as connection:
        record.add(connection, new, early.clock(connection))
    with late.database.read() as connection:
        assert record.record_due(connection, late.clock(connection)) == []
    assert gather(late).late == ()


def test_a_retry_waits_as_long_as_its_backoff_says_on_any_host(early: Context, late: Context, steps: Steps) -> None:
    events = go(late, "flaky")[1] + go(early, "flaky")[1]
    assert [event.outcome for event in events] == [Outcome.RETRY, Outcome.RETRY, Outcome.SUCCEEDED] * 2
