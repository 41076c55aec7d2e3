"""What a run promises, on both databases."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from netraven_cli.errors import NotFoundError
from netraven_cli.model import JobState, NewJob, Outcome, Selector
from netraven_cli.runner.presence import Presence, present
from netraven_cli.runner.run import Options, Plan, run
from netraven_cli.store import claiming, jobs, queue, runners, settling

if TYPE_CHECKING:
    from netraven_cli.model import JobRecord
    from netraven_cli.plugin import Context
    from netraven_cli.runner.attempts import AttemptEvent
    from netraven_cli.runner.tally import Summary
    from tests.runner.conftest import Steps


def go(context: Context, *names: str, **options: float) -> tuple[Summary, list[AttemptEvent]]:
    events: list[AttemptEvent] = []
    plan = Plan(type="steps", selector=Selector(names=names))
    return run(context, [plan], ["steps"], Options(**options), events.append), events  # type: ignore[arg-type]


def states(context: Context) -> dict[str, JobState]:
    with context.database.read() as connection:
        return {job.subject: job.state for job in jobs.list_jobs(connection, limit=1000)}


def all_jobs(context: Context) -> list[JobRecord]:
    with context.database.read() as connection:
        return jobs.list_jobs(connection, limit=None)


def test_every_planned_job_is_done_once_and_the_run_is_concluded(context: Context, steps: Steps) -> None:
    names = [f"sw{number}" for number in range(25)]
    summary, events = go(context, *names)
    assert sorted(steps.done) == sorted(names)
    assert (summary.succeeded, len(events), steps.concluded) == (25, 25, 1)


def test_a_transient_failure_is_tried_again_within_the_run(context: Context, steps: Steps) -> None:
    summary, events = go(context, "flaky")
    assert [event.outcome for event in events] == [Outcome.RETRY, Outcome.RETRY, Outcome.SUCCEEDED]
    assert (summary.succeeded, summary.retry, summary.dead) == (1, 0, 0)


def test_attempts_are_not_endless(context: Context, steps: Steps) -> None:
    summary, events = go(context, "refused")
    assert [event.attempt for event in events] == [1, 2, 3]
    assert summary.dead == 1
    assert events[-1].error_class == "network"


def test_a_permanent_failure_is_not_tried_again(context: Context, steps: Steps) -> None:
    summary, events = go(context, "password")
    assert (len(events), summary.dead) == (1, 1)


def test_words_that_no_database_takes_spoil_no_other_job(context: Context, steps: Steps) -> None:
    summary, events = go(context, "garbage", "sw1")
    assert (summary.succeeded, summary.dead) == (1, 1)
    assert next(event for event in events if event.subject == "garbage").error_class == "command"


@pytest.mark.parametrize("fault", ["bug", "exit"])
def test_a_bug_in_a_handler_spoils_no_other_job(context: Context, steps: Steps, fault: str) -> None:
    summary, events = go(context, fault, "sw1", "sw2")
    assert (summary.succeeded, summary.dead) == (2, 1)
    assert next(event for event in events if event.subject == fault).error_class == "internal"


def test_a_retry_beyond_what_the_run_may_wait_is_left_for_later(context: Context, steps: Steps) -> None:
    settings = context.settings.model_copy(
        update={
            "retry": context.settings.retry.model_copy(
                update={"first_backoff_seconds": 3600.0, "backoff_cap_seconds": 3600.0}
            )
        }
    )
    summary, _ = go(replace(context, settings=settings), "refused", "sw1")
    assert (summary.retry, summary.dead, summary.succeeded) == (1, 0, 1)
    assert states(context)["refused"] is JobState.SCHEDULED


def test_an_attempt_that_takes_too_long_is_ended_and_its_place_given_back(context: Context, steps: Steps) -> None:
    summary, events = go(context, "closable", *(f"sw{number}" for number in range(8)), workers=1)
    assert summary.succeeded == 8
    assert {event.error_class for event in events if event.subject == "closable"} == {"timeout"}


def test_a_job_held_by_a_dead_runner_is_rescued_at_once_and_done(context: Context, steps: Steps) -> None:
    dead = str(uuid4())
    (context.settings.runners_dir).mkdir(parents=True)
    (context.settings.runners_dir / f"{dead}.lock").touch()  # its lock file is there, and nobody holds it
    Presence(context, dead).register()
    with context.database.write() as connection:
        new = NewJob(type="steps", subject="sw1", dedupe_key="sw1", exclusive_key="sw1")
        queue.enqueue(connection, [new], now=context.now(), run_id=None, who="test")
        now = context.clock(connection)
        assert claiming.claim(connection, runner_id=dead, types=["steps"], limit=1, now=now)
    summary, events = go(context, "sw1")
    assert (summary.succeeded, [event.attempt for event in events]) == (1, [1])
    with context.database.read() as connection:
        assert runners.list_runners(connection) == []


def test_a_run_waits_for_jobs_of_its_plan_that_another_live_runner_holds(context: Context, steps: Steps) -> None:
    done: list[Summary] = []
    with present(context) as other:
        with context.database.write() as connection:
            new = NewJob(type="steps", subject="sw1", dedupe_key="sw1", exclusive_key="sw1")
            queue.enqueue(connection, [new], now=context.now(), run_id=None, who="test")
            now = context.clock(connection)
            (held,) = claiming.claim(connection, runner_id=other.id, types=["steps"], limit=1, now=now)
        thread = threading.Thread(target=lambda: done.append(go(context, "sw1")[0]))
        thread.start()
        thread.join(1.5)
        assert thread.is_alive()
        settled = settling.Settlement(job=held, runner_id=other.id, outcome=Outcome.SUCCEEDED)
        with context.database.write() as connection:
            assert settling.settle(connection, [settled], context.now()) == [True]
            settling.add_attempts(connection, [(settled, True)], context.now())
        thread.join(30)
    assert (done[0].succeeded, done[0].changed, steps.done) == (1, 1, [])


def test_two_runs_at_once_do_every_job_once(context: Context, steps: Steps) -> None:
    names = [f"sw{number}" for number in range(40)]
    plan = Plan(type="steps", selector=Selector(names=tuple(names)))
    results: list[Summary] = []

    def one() -> None:
        results.append(run(context, [plan], ["steps"], Options(), lambda _: None))

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert set(states(context).values()) == {JobState.SUCCEEDED}
    # What one run ended before the other planned is planned anew, and either may do that too: so it may be more.
    assert [(min(summary.succeeded, 40), summary.retry, summary.dead) for summary in results] == [(40, 0, 0)] * 2
    assert len(steps.done) == len(all_jobs(context))


def test_a_signal_puts_running_jobs_back_without_counting_the_attempt(context: Context, steps: Steps) -> None:
    def interrupt() -> None:
        assert steps.begun.wait(30)
        os.kill(os.getpid(), signal.SIGTERM)

    settings = context.settings.model_copy(
        update={"runner": context.settings.runner.model_copy(update={"attempt_timeout_seconds": 60.0})}
    )
    killer = threading.Thread(target=interrupt)
    killer.start()
    summary, _ = go(replace(context, settings=settings), "closable", "sw1")
    killer.join()
    assert summary.stopped_by == signal.SIGTERM
    with context.database.read() as connection:
        (job,) = jobs.list_jobs(connection, subject="closable", limit=1)
        assert (job.state, job.attempt) == (JobState.READY, 0)
        assert runners.list_runners(connection) == []


def test_a_running_job_can_be_cancelled_from_elsewhere(context: Context, steps: Steps) -> None:
    settings = context.settings.model_copy(
        update={
            "runner": context.settings.runner.model_copy(update={"attempt_timeout_seconds": 60.0, "lease_seconds": 5.0})
        }
    )

    def cancel() -> None:
        assert steps.begun.wait(30)
        with context.database.write() as connection:
            (job,) = jobs.list_jobs(connection, subject="closable", limit=1)
            jobs.cancel(connection, job.id, who="anna", now=context.now())

    other = threading.Thread(target=cancel)
    other.start()
    summary, _ = go(replace(context, settings=settings), "closable", "sw1")
    other.join()
    assert (summary.cancelled, summary.succeeded) == (1, 1)
    assert states(context)["closable"] is JobState.CANCELLED


def test_max_runtime_bounds_a_run_and_loses_nothing(context: Context, steps: Steps) -> None:
    settings = context.settings.model_copy(
        update={"runner": context.settings.runner.model_copy(update={"attempt_timeout_seconds": 60.0})}
    )
    summary, _ = go(replace(context, settings=settings), "closable", "sw1", max_runtime_seconds=1.0)
    assert (summary.succeeded, summary.retry) == (1, 1)
    assert states(context)["closable"] is JobState.READY


def test_a_plan_that_fails_changes_nothing(context: Context, steps: Steps) -> None:
    with pytest.raises(NotFoundError):
        go(context, "nowhere")
    with context.database.read() as connection:
        assert runners.list_runners(connection) == []
    assert states(context) == {}
