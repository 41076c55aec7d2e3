"""Steering runs from elsewhere, on both databases."""

from __future__ import annotations

import signal
import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from netraven_cli.errors import UsageError
from netraven_cli.model import JobState, NewJob, NewSchedule, Selector
from netraven_cli.runner.presence import Presence
from netraven_cli.runner.run import Options, Plan, run
from netraven_cli.settings.sections import QueueSettings
from netraven_cli.store import jobs, occurrences, orders, pauses, queue, runners, schedules
from netraven_cli.store.capacity import QueueFullError
from tests.runner.test_run import go, states

if TYPE_CHECKING:
    from netraven_cli.plugin import Context
    from netraven_cli.runner.tally import Summary
    from tests.runner.conftest import Steps


@pytest.fixture
def patient(context: Context) -> Context:
    """A run that lets its attempts take their time, and often looks whether it is wanted."""
    runner = context.settings.runner.model_copy(update={"attempt_timeout_seconds": 60.0, "lease_seconds": 5.0})
    return replace(context, settings=context.settings.model_copy(update={"runner": runner}))


def test_what_runs_when_its_type_is_paused_goes_on_and_the_rest_stays_queued(patient: Context, steps: Steps) -> None:
    def pause() -> None:
        assert steps.begun.wait(30)
        with patient.database.write() as connection:
            pauses.put(connection, "steps", who="anna", reason=None, now=patient.now())
        steps.release.set()

    other = threading.Thread(target=pause)
    other.start()
    summary, _ = go(patient, "hanging", "sw1", workers=1)
    other.join()
    assert (summary.succeeded, summary.paused, summary.retry) == (1, 1, 0)
    assert states(patient) == {"hanging": JobState.SUCCEEDED, "sw1": JobState.READY}


def test_a_runner_that_is_stopped_from_elsewhere_ends_as_on_a_signal(patient: Context, steps: Steps) -> None:
    def stop() -> None:
        assert steps.begun.wait(30)
        with patient.database.write() as connection:
            (one,) = runners.list_runners(connection)
            assert [job.subject for job in runners.held_jobs(connection)[one.id]] == ["closable"]
            for _ in range(2):
                assert orders.request_stop(connection, one.id, "anna")

    other = threading.Thread(target=stop)
    other.start()
    summary, _ = go(patient, "closable", "sw1", workers=1)
    other.join()
    assert (summary.stopped_by, summary.succeeded, summary.dead) == (signal.SIGTERM, 0, 0)
    assert states(patient) == {"closable": JobState.READY, "sw1": JobState.READY}
    with patient.database.read() as connection:
        assert runners.list_runners(connection) == []
        (job,) = jobs.list_jobs(connection, subject="closable", limit=1)
    assert job.attempt == 0


def test_a_runner_is_made_wider_and_narrower_while_it_works_and_loses_nothing(patient: Context, steps: Steps) -> None:
    """The subjects say how many attempts must be under way before one of them may end."""
    sizes: list[int] = []

    def wait_for(count: int) -> None:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            with patient.database.read() as connection:
                held = runners.held_jobs(connection)
            if sum(map(len, held.values())) == count:
                return
        raise AssertionError("the pool did not become so wide")

    def operate() -> None:
        wait_for(1)
        resize(3)
        wait_for(3)
        resize(1)
        resize(1)  # said twice, it is the same
        steps.release.set()

    def resize(workers: int) -> None:
        with patient.database.write() as connection:
            (one,) = runners.list_runners(connection)
            assert orders.request_workers(connection, one.id, workers)
        until = time.monotonic() + 120
        while (one.workers, time.monotonic() < until) != (workers, True):
            with patient.database.read() as connection:
                (one,) = runners.list_runners(connection)
        sizes.append(workers)

    other = threading.Thread(target=operate)
    other.start()
    summary, _ = go(patient, "hanging-1", "hanging-2", "hanging-3", *(f"sw{n}" for n in range(20)), workers=1)
    other.join()
    assert (summary.succeeded, sizes) == (23, [3, 1, 1])


def test_what_others_want_is_heard_within_seconds_however_long_the_lease(patient: Context, steps: Steps) -> None:
    runner = patient.settings.runner.model_copy(update={"lease_seconds": 100_000.0})  # a heartbeat in five hours
    context = replace(patient, settings=patient.settings.model_copy(update={"runner": runner}))

    def cancel() -> None:
        assert steps.begun.wait(30)
        with context.database.write() as connection:
            (job,) = jobs.list_jobs(connection, limit=2)
            jobs.cancel(connection, job.id, who="anna", now=context.now())

    other = threading.Thread(target=cancel)
    other.start()
    summary, _ = go(context, "closable")
    other.join()
    assert summary.cancelled == 1


def test_a_runner_is_found_by_the_beginning_of_its_id_if_that_names_one(patient: Context) -> None:
    Presence(patient, "aaaa-1").register()
    Presence(patient, "aaaa-2").register()
    with patient.database.write() as connection:
        found = runners.find(connection, "AAAA-2")
        assert found is not None
        assert found.id == "aaaa-2"
        assert runners.find(connection, "b") is None
        assert not orders.request_stop(connection, "b", "anna")
        with pytest.raises(UsageError, match="several"):
            runners.find(connection, "aaaa")


def bounded(context: Context, limit: int, **more: Any) -> Context:
    queue_settings = QueueSettings(limit=limit, **more)
    return replace(context, settings=context.settings.model_copy(update={"queue": queue_settings}))


def test_a_run_whose_jobs_do_not_fit_is_refused_and_queues_none(patient: Context, steps: Steps) -> None:
    with pytest.raises(QueueFullError):
        go(bounded(patient, 2), "sw1", "sw2", "sw3")
    assert (states(patient), steps.done) == ({}, [])
    with patient.database.read() as connection:
        assert runners.list_runners(connection) == []


def fill(context: Context, subject: str) -> None:
    with context.database.write() as connection:
        new = NewJob(type="other", subject=subject)
        queue.enqueue(connection, [new], now=context.now(), run_id=None, who="test")


def test_a_run_waits_for_room_by_setting_and_stays_alive_meanwhile(patient: Context, steps: Steps) -> None:
    fill(patient, "in the way")
    context = bounded(patient, 1, when_full="wait", wait_seconds=60)
    done: list[Summary] = []
    thread = threading.Thread(target=lambda: done.append(go(context, "sw1")[0]))
    thread.start()
    renewed = False
    while thread.is_alive() and not renewed:
        thread.join(0.1)
        with patient.database.read() as connection:
            found = runners.list_runners(connection)
        renewed = any(one.lease_until > one.started_at + timedelta(seconds=6) for one in found)  # a lease is 5 s
    assert (renewed, steps.done) == (True, [])
    with patient.database.write() as connection:
        (job,) = jobs.list_jobs(connection, limit=2)
        jobs.cancel(connection, job.id, who="anna", now=patient.now())
    thread.join(30)
    assert (done[0].succeeded, steps.done) == (1, ["sw1"])


def test_an_occurrence_that_does_not_fit_stays_due_while_the_run_makes_room(patient: Context, steps: Steps) -> None:
    context = bounded(patient, 2)
    now = context.now()
    new = NewSchedule(
        name="often", type="steps", pattern="every 60", timezone="UTC", selector=Selector(names=("sw1", "sw2"))
    )
    with context.database.write() as connection:
        added = schedules.add(connection, new, now, now)
        occurrences.record_occurrences(connection, added, [(now, "due", None)], now, None)
        (due,) = occurrences.open_occurrences(connection)
        waiting = [NewJob(type="steps", subject=name) for name in ("a", "b")]
        queue.enqueue(connection, waiting, now=now, run_id=None, who="test")
    plan = Plan(type="steps", selector=new.selector, schedule="often", occurrence_id=due.id)
    summary = run(context, [plan], ["steps"], Options(), lambda _: None)
    assert isinstance(summary.failure, QueueFullError)
    assert sorted(steps.done) == ["a", "b"]
    with context.database.read() as connection:
        assert [one.id for one in occurrences.open_occurrences(connection)] == [due.id]
    summary = run(context, [plan], ["steps"], Options(), lambda _: None)
    assert (summary.failure, summary.succeeded) == (None, 2)
    with context.database.read() as connection:
        assert occurrences.open_occurrences(connection) == []
