"""Steering runs from elsewhere, on both databases."""

from __future__ import annotations

import signal
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from netraven_cli.errors import UsageError
from netraven_cli.model import JobState
from netraven_cli.runner.presence import Presence
from netraven_cli.store import jobs, pauses, runners
from tests.runner.test_run import go, states

if TYPE_CHECKING:
    from netraven_cli.plugin import Context
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
                assert runners.request_stop(connection, one.id, "anna")

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


def test_a_runner_is_found_by_the_beginning_of_its_id_if_that_names_one(patient: Context) -> None:
    Presence(patient, "aaaa-1").register()
    Presence(patient, "aaaa-2").register()
    with patient.database.write() as connection:
        found = runners.find(connection, "AAAA-2")
        assert found is not None
        assert found.id == "aaaa-2"
        assert runners.find(connection, "b") is None
        assert not runners.request_stop(connection, "b", "anna")
        with pytest.raises(UsageError, match="several"):
            runners.find(connection, "aaaa")
