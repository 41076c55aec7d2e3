"""Nothing that a worker process can say gets past its checks as what it is not."""

from __future__ import annotations

import dataclasses
import json
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netraven_cli import errors
from netraven_cli.errors import AttemptError, ErrorClass, NetravenError
from netraven_cli.plugin import Capture, Facts, Found, Job, Login, NewJob, Result
from netraven_cli.runner import answer, answer_check
from netraven_cli.runner.answer_check import HandlerError, UnloadableError
from netraven_cli.runner.answer_values import MalformedError

JOB = Job(id=1, type="wild", subject="sw1", attempt=1, run_id="r", logins=(Login(credential="lab", username="u"),))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def fields(types: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with some of these fields, of any value."""
    return st.fixed_dictionaries({}, optional=dict.fromkeys(types, VALUES))


@given(result=fields(answer_check.RESULT) | VALUES, capture=fields(answer_check.CAPTURE))
def test_a_result_is_whole_or_refused(result: Any, capture: Any) -> None:
    if isinstance(result, dict) and "capture" in result:
        result["capture"] = capture
    with suppress(MalformedError):
        found = answer_check.result_of(json.dumps({"result": result}).encode(), JOB)
        assert isinstance(found.summary, str)
        assert found.credential in (None, "lab")
        assert all(text is None or (text.isprintable() and len(text) < 10_000) for text in (found.host_key,))
        assert found.capture is None or len(found.capture.digest) == 64


@given(data=st.binary() | VALUES.map(lambda value: json.dumps(value).encode()) | fields(answer_check.FAILURE).map(
    lambda found: json.dumps({"failure": found}).encode()
))  # fmt: skip
def test_a_failure_is_one_of_ours_or_refused(data: bytes) -> None:
    with suppress(MalformedError, NetravenError):
        answer_check.opened(data)


@given(jobs=st.lists(fields(answer_check.JOB).map(lambda found: {**found, "type": "wild"}), max_size=3) | VALUES)
def test_a_plan_has_only_jobs_that_the_queue_takes(jobs: Any) -> None:
    with suppress(MalformedError):
        for job in answer_check.jobs_of(json.dumps({"jobs": jobs}).encode(), "wild"):
            assert (job.type, 0 <= job.priority <= 100, 0 < len(job.subject) < 256) == ("wild", True, True)
            assert job.ready_at is None or job.ready_at.tzinfo
            assert job.timeout_seconds is None or 0 < job.timeout_seconds < 10**7


@pytest.mark.parametrize("seconds", ["NaN", "1e308", "-1", "Infinity"])
def test_a_wait_that_no_clock_can_add_is_refused(seconds: str) -> None:
    failure = f'{{"kind": "attempt", "reason": "later", "class": "network", "retry_after_seconds": {seconds}}}'
    with pytest.raises(MalformedError, match="retry_after_seconds"):
        answer_check.opened(f'{{"failure": {failure}}}'.encode())


def test_what_is_whole_comes_back_as_it_was() -> None:
    capture = Capture(text="a\nb\udce9\n", digest="", lines=0, reasons=("cut",), error_class=ErrorClass.INCOMPLETE)
    result = Result(summary="fine", capture=capture, credential="lab", host_key="ssh-rsa AAAA", findings={"n": [1]})
    found = answer_check.result_of(answer.of_result(result), JOB)
    assert found.capture is not None
    assert (found.capture.text, found.capture.lines, found.capture.reasons) == (capture.text, 2, ("cut",))
    assert (found.summary, found.credential, found.host_key, found.findings) == (
        "fine", "lab", "ssh-rsa AAAA", {"n": [1]},
    )  # fmt: skip
    moment = datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    job = NewJob(type="wild", subject="sw1", params={"a": 1}, ready_at=moment, dedupe_key="k")
    assert answer_check.jobs_of(answer.of_jobs([job]), "wild") == [job]
    with pytest.raises(MalformedError, match="type"):
        answer_check.jobs_of(answer.of_jobs([job]), "backup")


def test_errors_come_back_as_what_they_were() -> None:
    class OwnError(errors.NotFoundError):
        """A handler's own."""

    refused = AttemptError(ErrorClass.NETWORK, "refused")
    refused.transcript, refused.refused = "/somewhere", ("lab",)
    with pytest.raises(AttemptError, match="refused") as caught:
        answer_check.opened(answer.of_error(refused))
    found = caught.value
    assert (found.error_class, found.transcript, found.refused) == (ErrorClass.NETWORK, "/somewhere", ("lab",))
    for sent, expected in (
        (OwnError("no such thing"), errors.NotFoundError),
        (errors.StorageError("disk"), errors.StorageError),
        (SystemExit(3), HandlerError),
    ):
        with pytest.raises(expected):
            answer_check.opened(answer.of_error(sent))
    with pytest.raises(UnloadableError, match="ImportError: no x"):
        answer_check.opened(answer.unloadable(ImportError("no x")))
    with pytest.raises(HandlerError, match="memory"):
        answer_check.opened(answer.out_of_memory())


@pytest.mark.parametrize(
    ("kind", "types"),
    [
        (Result, answer_check.RESULT | dict.fromkeys(answer.BUILT_IN)),
        (Capture, answer_check.CAPTURE),
        (NewJob, answer_check.JOB),
    ],
)
def test_every_field_that_a_handler_may_fill_is_checked(kind: Any, types: dict[str, Any]) -> None:
    assert {one.name for one in dataclasses.fields(kind)} == set(types)


@pytest.mark.parametrize(
    "more", [{"found": Found(zone="z")}, {"facts": Facts()}, {"follow_up": (NewJob(type="wild", subject="sw1"),)}]
)
def test_what_only_built_in_handlers_bring_is_refused_and_not_dropped(more: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="only built-in handlers"):
        answer.of_result(Result(**more))
    assert answer_check.result_of(answer.of_result(Result(summary="well")), JOB) == Result(summary="well")
