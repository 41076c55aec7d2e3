"""When a failed attempt is tried again: the properties of the wait, and the order in which settings have their say."""

from __future__ import annotations

from statistics import mean
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netraven_cli.errors import AttemptError, ErrorClass
from netraven_cli.model import NewDevice, NewJob, Outcome, Selector
from netraven_cli.plugin import Context, Job, Result
from netraven_cli.runner.backoff import LONGEST_HINT_SECONDS, delay
from netraven_cli.runner.run import Options, Plan, run
from netraven_cli.settings.retry import RetryPolicy, policy
from netraven_cli.settings.sections import RetrySettings
from netraven_cli.store import inventory, jobs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from netraven_cli.runner.attempts import AttemptEvent
    from tests.runner.conftest import Steps

lengths = st.floats(0, 1e6, allow_nan=False)


def holding(attempts: int = 5, first: float = 2, cap: float = 60, *, is_transient: bool = True) -> RetryPolicy:
    return RetryPolicy(
        attempts=attempts, first_backoff_seconds=first, backoff_cap_seconds=cap, is_transient=is_transient, keys={}
    )


@given(attempts=st.integers(1, 200), attempt=st.integers(1, 200), first=lengths, cap=lengths, hint=lengths)
def test_a_wait_is_never_longer_than_the_doubled_time_the_cap_or_a_bounded_hint(
    attempts: int, attempt: int, first: float, cap: float, hint: float
) -> None:
    found = delay(holding(attempts, first, cap), attempt, hint)
    assert (found is None) == (attempt >= attempts)
    if found is not None:
        most = max(min(first * 2.0 ** (attempt - 1), cap), min(hint, LONGEST_HINT_SECONDS))
        assert min(hint, LONGEST_HINT_SECONDS) - 1e-6 <= found.total_seconds() <= most + 1e-6


@given(attempt=st.integers(1, 100), hint=st.none() | st.floats())
def test_what_is_permanent_is_never_tried_again(attempt: int, hint: float | None) -> None:
    assert delay(holding(200, is_transient=False), attempt, hint) is None


@given(hint=st.sampled_from([float("nan"), float("-inf"), -5.0, 0.0]))
def test_a_hint_that_makes_no_sense_changes_nothing(hint: float) -> None:
    found = delay(holding(first=2), 1, hint)
    assert found is not None
    assert 0 <= found.total_seconds() <= 2


def test_an_endless_hint_is_bounded() -> None:
    found = delay(holding(), 1, float("inf"))
    assert found is not None
    assert found.total_seconds() == LONGEST_HINT_SECONDS


def test_the_jitter_is_full() -> None:
    """Of two thousand waits up to 8 s, some lie in each eighth, and the mean is near the middle: within 6 sigma."""
    waits = [found.total_seconds() for _ in range(2000) if (found := delay(holding(first=2), 3)) is not None]
    assert {int(wait) for wait in waits} == set(range(8))
    assert 4 - 0.31 < mean(waits) < 4 + 0.31


LAYERS: dict[str, Any] = {
    "attempts": 3,
    "by_type": {"backup": {"attempts": 4, "first_backoff_seconds": 10, "transient": {"protocol": True}}},
    "by_class": {"network": {"attempts": 5, "backoff_cap_seconds": 500}},
    "by_tag": {"slow": {"attempts": 6}, "lab": {"attempts": 7, "transient": {"network": False}}},
}


@pytest.mark.parametrize(
    ("job_type", "error_class", "tags", "attempts", "key"),
    [
        ("other", "timeout", (), 3, "retry.attempts"),
        ("backup", "timeout", (), 4, "retry.by_type.backup.attempts"),
        ("backup", "network", (), 5, "retry.by_class.network.attempts"),
        ("backup", "network", ("slow",), 6, "retry.by_tag.slow.attempts"),
        ("backup", "network", ("lab", "slow"), 7, "retry.by_tag.lab.attempts"),
        ("other", "timeout", ("unknown",), 3, "retry.attempts"),
    ],
)
def test_the_later_setting_has_the_last_word(
    job_type: str, error_class: str, tags: tuple[str, ...], attempts: int, key: str
) -> None:
    found = policy(RetrySettings(**LAYERS), job_type, ErrorClass(error_class), tags)
    assert (found.attempts, found.keys["attempts"]) == (attempts, key)


def test_what_a_layer_does_not_say_is_as_the_ones_before_say() -> None:
    found = policy(RetrySettings(**LAYERS), "backup", ErrorClass.NETWORK, ("slow",))
    assert (found.attempts, found.first_backoff_seconds, found.backoff_cap_seconds) == (6, 10, 500)
    assert found.is_transient
    assert policy(RetrySettings(**LAYERS), "backup", ErrorClass.PROTOCOL, ()).is_transient
    assert not policy(RetrySettings(**LAYERS), "other", ErrorClass.PROTOCOL, ()).is_transient
    lab = policy(RetrySettings(**LAYERS), "backup", ErrorClass.NETWORK, ("lab",))
    assert (lab.is_transient, lab.keys["is_transient"]) == (False, "retry.by_tag.lab.transient.network")


class Busy:
    """A handler of devices that are busy, and some of them say for how long."""

    def __init__(self, hint: float | None) -> None:
        self.hint = hint

    def plan(self, context: Context, selector: Selector, params: Mapping[str, Any]) -> Iterable[NewJob]:
        return [NewJob(type="busy", subject=name) for name in selector.names]

    def run(self, context: Context, job: Job) -> Result:
        raise AttemptError(ErrorClass.RESOURCE, "too many sessions", retry_after_seconds=self.hint)


def go(context: Context, handler: Busy, retry: RetrySettings) -> list[AttemptEvent]:
    settings = context.settings.model_copy(update={"retry": retry})
    context = Context(settings=settings, database=context.database, now=context.now, handlers={"busy": handler})
    events: list[AttemptEvent] = []
    plan = Plan(type="busy", selector=Selector(names=("sw1",)))
    run(context, [plan], ["busy"], Options(), events.append)
    return events


def test_a_run_goes_by_the_tags_of_the_device(context: Context, steps: Steps) -> None:
    with context.database.write() as connection:
        sw1 = NewDevice(name="sw1", address="192.0.2.1", platform="linux", tags=("core",))
        inventory.add_devices(connection, [sw1], context.now())
    core: Any = {"core": {"attempts": 2, "first_backoff_seconds": 0}}
    events = go(context, Busy(None), RetrySettings(by_tag=core))
    assert [event.outcome for event in events] == [Outcome.RETRY, Outcome.DEAD]


def test_a_job_is_not_tried_before_the_time_that_the_other_side_asked_for(context: Context, steps: Steps) -> None:
    began = context.now()
    events = go(context, Busy(1800), RetrySettings(first_backoff_seconds=0))
    assert [event.outcome for event in events] == [Outcome.RETRY]
    with context.database.read() as connection:
        (job,) = jobs.list_jobs(connection, limit=9)
    assert (job.ready_at - began).total_seconds() >= 1800
