"""Steering runs from elsewhere, on both databases."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from netraven_cli.model import JobState
from netraven_cli.store import pauses
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
