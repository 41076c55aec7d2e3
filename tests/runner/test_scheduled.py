"""What a schedule says of its jobs is what they do: places in the spread, attempts, time limits, coalescing."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from netraven_cli.cli import run as run_command
from netraven_cli.model import JobState, NewSchedule, Selector, place_in_spread
from netraven_cli.runner.run import Options, run
from netraven_cli.schedule import record
from netraven_cli.store import jobs, occurrences
from tests.runner.conftest import OwnClock

if TYPE_CHECKING:
    from netraven_cli.model import JobRecord, Occurrence
    from netraven_cli.plugin import Context
    from netraven_cli.runner.tally import Summary
    from tests.runner.conftest import Steps

NAMES = ("sw1", "sw2", "sw3", "sw4")
DUE = datetime(2026, 5, 1, 2, 0, tzinfo=timezone.utc)


def at(context: Context, moment: datetime) -> OwnClock:
    """The context at a moment at which its clock stands."""
    values = {field.name: getattr(context, field.name) for field in fields(context)}
    return OwnClock(**{**values, "now": lambda: moment})


@pytest.fixture
def stopped(context: Context) -> Context:
    """A second after a due time."""
    return at(context, DUE + timedelta(seconds=1))


def wake(context: Context, options: Options | None = None, **more: Any) -> Summary:
    values: dict[str, Any] = {"selector": Selector(names=NAMES), **more}
    new = NewSchedule(name="often", type="steps", pattern="every 3600", timezone="UTC", **values)
    with context.database.write() as connection:
        record.add(connection, new, context.now() - timedelta(hours=1))
    return again(context, options)


def again(context: Context, options: Options | None = None) -> Summary:
    plans = run_command._due(context, None, None, record=True)  # noqa: SLF001 - how the command plans
    return run(context, plans, ["steps"], options or Options(), lambda _: None)


def all_jobs(context: Context) -> dict[str, JobRecord]:
    with context.database.read() as connection:
        return {job.subject: job for job in jobs.list_jobs(connection, limit=None)}


def last(context: Context) -> Occurrence:
    with context.database.read() as connection:
        return occurrences.history(connection, "often", 1)[0]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_each_device_starts_at_its_own_place_in_the_spread_and_the_run_does_not_wait(
    stopped: Context, steps: Steps
) -> None:
    summary = wake(stopped, spread_seconds=7200)
    assert (summary.later, summary.retry, steps.done) == (4, 0, [])
    found = {name: job.ready_at for name, job in all_jobs(stopped).items()}
    assert found == {name: DUE + place_in_spread("often", name, 7200) for name in NAMES}
    assert len(set(found.values())) == 4


def test_places_in_the_spread_are_the_same_for_ever_and_lie_within_it() -> None:
    places = [place_in_spread("nightly", f"sw{number}", 3600) for number in range(500)]
    assert place_in_spread("nightly", "sw1", 3600) == timedelta(seconds=1563)
    assert all(timedelta() <= place < timedelta(hours=1) for place in places)
    assert min(sum(place // timedelta(minutes=15) == quarter for place in places) for quarter in range(4)) > 90


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_what_runs_late_is_spread_from_now_on(context: Context, steps: Steps) -> None:
    late = at(context, DUE + timedelta(minutes=40))
    wake(late, spread_seconds=600)
    begin = DUE + timedelta(minutes=40)
    assert {name: job.ready_at for name, job in all_jobs(late).items()} == {
        name: begin + place_in_spread("often", name, 600) for name in NAMES
    }


def test_jobs_are_tried_as_often_as_their_schedule_says(context: Context, steps: Steps) -> None:
    summary = wake(context, selector=Selector(names=("refused",)), attempts=2)
    assert (summary.dead, all_jobs(context)["refused"].attempt) == (1, 2)


def test_an_attempt_is_ended_at_the_time_limit_of_its_schedule(context: Context, steps: Steps) -> None:
    patient = context.settings.model_copy(
        update={"runner": context.settings.runner.model_copy(update={"attempt_timeout_seconds": 600.0})}
    )
    summary = wake(
        replace(context, settings=patient), selector=Selector(names=("closable",)), attempts=1, timeout_seconds=1
    )
    assert summary.dead == 1
    assert all_jobs(context)["closable"].error_class == "timeout"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_the_maximum_run_time_counts_from_the_due_time(stopped: Context, steps: Steps) -> None:
    wake(stopped, max_runtime_seconds=1800)
    assert {job.expires_at for job in all_jobs(stopped).values()} == {DUE + timedelta(minutes=30)}


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_what_is_not_begun_within_the_maximum_run_time_is_never_begun(stopped: Context, steps: Steps) -> None:
    summary = wake(stopped, spread_seconds=3600, max_runtime_seconds=7200)
    assert (summary.later, steps.done) == (4, [])
    run(at(stopped, DUE + timedelta(hours=3)), [], ["steps"], Options(), lambda _: None)
    assert (steps.done, {job.state for job in all_jobs(stopped).values()}) == ([], {JobState.CANCELLED})


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_device_that_waits_already_is_coalesced_and_the_due_time_says_so(context: Context, steps: Steps) -> None:
    backoff = {"first_backoff_seconds": 3600.0, "backoff_cap_seconds": 3600.0}
    retry = context.settings.retry.model_copy(update=backoff)
    patient = replace(context, settings=context.settings.model_copy(update={"retry": retry}))
    wake(patient, selector=Selector(names=("refused", "sw1")))
    assert (last(context).jobs, last(context).coalesced) == (2, 0)
    again(at(patient, context.now() + timedelta(hours=1)))
    assert (last(context).jobs, last(context).coalesced) == (1, 1)
    assert steps.done.count("sw1") == 2


def test_an_occurrence_is_enqueued_with_its_jobs_under_its_number(context: Context, steps: Steps) -> None:
    wake(context)
    with context.database.read() as connection:
        [past] = occurrences.outcomes(connection, "often")
    assert (past.succeeded, past.live, past.occurrence.jobs) == (4, 0, 4)
    assert past.started_at is not None
    assert past.finished_at is not None
