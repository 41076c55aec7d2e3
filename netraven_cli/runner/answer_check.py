"""An answer of a worker process is checked in every field before it is believed.

A handler may return anything, or write its answer itself. What is not a result, a list of jobs or an error must not
reach the coordinator, whose transactions have other attempts' results in them.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NoReturn

from netraven_cli import errors
from netraven_cli.errors import AttemptError, ErrorClass, NetravenError
from netraven_cli.model import NORMAL
from netraven_cli.plugin import Capture, NewJob, Result
from netraven_cli.runner.answer import JOBS
from netraven_cli.runner.answer_values import (
    LONG,
    MONTH_SECONDS,
    SHORT,
    MalformedError,
    Types,
    class_of,
    fields_of,
    number_of,
    priority_of,
    text_of,
    time_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netraven_cli.plugin import Job

NOTHING = type(None)
ATTEMPTS = 1000  # of one job
RESULT: Types = {
    "summary": str,
    "capture": (dict, NOTHING),
    "credential": (str, NOTHING),
    "refused": list,
    "host_key": (str, NOTHING),
    "transcript": (str, NOTHING),
    "findings": dict,
}
CAPTURE: Types = {
    "text": str,
    "digest": str,
    "lines": int,
    "reasons": list,
    "error_class": (str, NOTHING),
    "compared": NOTHING,  # this and what follows is the runner's to say
    "redacted": bool,
    "sealed": NOTHING,
}
JOB: Types = {
    "type": str,
    "subject": str,
    "params": dict,
    "priority": int,
    "ready_at": (str, NOTHING),
    "expires_at": (str, NOTHING),
    "dedupe_key": (str, NOTHING),
    "exclusive_key": (str, NOTHING),
    "schedule": (str, NOTHING),
    "replaces": bool,
    "occurrence_id": NOTHING,  # the runner's to say
    "max_attempts": (int, NOTHING),
    "timeout_seconds": (int, float, NOTHING),
    "zone": (str, NOTHING),
}
FAILURE: Types = {
    "kind": str,
    "reason": str,
    "class": (str, NOTHING),
    "transcript": (str, NOTHING),
    "refused": list,
    "retry_after_seconds": (int, float, NOTHING),
    "trace": str,
}


class UnloadableError(NetravenError):
    """A handler cannot be imported."""

    exit_status = 78


class HandlerError(NetravenError):
    """A handler has a bug, or spoilt its process."""

    def __init__(self, reason: str, trace: str = "", error_class: ErrorClass = ErrorClass.INTERNAL) -> None:
        super().__init__(reason)
        self.trace, self.error_class = trace, error_class


def opened(data: bytes) -> Mapping[str, Any]:
    """The parts of an answer.

    Raises:
        MalformedError: it is not one.
        NetravenError: the failure that it tells of.
    """
    try:
        parts = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise MalformedError(f"it is no JSON: {error}") from None
    if not isinstance(parts, dict):
        raise MalformedError("it is no object")
    if "failure" in parts:
        _fail(fields_of("failure", parts["failure"], FAILURE))
    return parts


def _fail(found: Mapping[str, Any]) -> NoReturn:
    kind, reason = found.get("kind", ""), found.get("reason", "")
    if kind == "attempt":
        retry_after = number_of("retry_after_seconds", found.get("retry_after_seconds"), 0, MONTH_SECONDS)
        error = AttemptError(class_of(found.get("class")), reason, retry_after)
        error.transcript = text_of("transcript", found.get("transcript"), LONG)
        error.refused = tuple(found.get("refused", ()))
        raise error
    if kind == "unloadable":
        raise UnloadableError(reason)
    if kind == "memory":
        raise HandlerError("it reached its limit of memory", error_class=ErrorClass.RESOURCE)
    if kind == "bug":
        raise HandlerError(f"a bug in the handler: {reason}", found.get("trace", ""))
    one = getattr(errors, kind, None)
    if not (isinstance(one, type) and issubclass(one, NetravenError)) or one is AttemptError:
        raise MalformedError(f"there is no failure {kind!r}")
    raise one(reason)


def result_of(data: bytes, job: Job) -> Result:
    """What a job brought.

    Raises:
        MalformedError: it is no result, or not one of this job.
        NetravenError: it failed.
    """
    found = fields_of("result", opened(data).get("result"), RESULT)
    credential, refused = found.get("credential"), found.get("refused", [])
    if not {*([credential] if credential else []), *map(str, refused)} <= {login.credential for login in job.logins}:
        raise MalformedError("it names a credential that the job does not have")
    capture = found.get("capture")
    return Result(
        summary=found.get("summary", ""),
        capture=None if capture is None else _capture(fields_of("capture", capture, CAPTURE)),
        credential=credential,
        refused=tuple(map(str, refused)),
        host_key=text_of("host_key", found.get("host_key"), LONG),
        transcript=text_of("transcript", found.get("transcript"), LONG),
        findings=found.get("findings", {}),
    )


def _capture(found: Mapping[str, Any]) -> Capture:
    text, reasons, error_class = found.get("text", ""), found.get("reasons", []), found.get("error_class")
    if not all(isinstance(reason, str) for reason in reasons):
        raise MalformedError("a reason against the capture is no text")
    if bool(reasons) != bool(error_class):
        raise MalformedError("a capture has an error class exactly if there are reasons against it")
    return Capture(
        text=text,
        digest=hashlib.sha256(_bytes(text)).hexdigest(),
        lines=text.count("\n"),
        reasons=tuple(reasons),
        error_class=class_of(error_class) if error_class else None,
    )


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise MalformedError("the capture's text is not UTF-8") from None


def jobs_of(data: bytes, job_type: str) -> list[NewJob]:
    """The jobs of a plan.

    Raises:
        MalformedError: they are none of this type.
        NetravenError: planning failed.
    """
    given = opened(data).get("jobs")
    if not isinstance(given, list) or len(given) > JOBS:
        raise MalformedError(f"a plan is a list of at most {JOBS} jobs")
    return [_job(fields_of("job", one, JOB), job_type) for one in given]


def _job(found: Mapping[str, Any], job_type: str) -> NewJob:
    if found.get("type") != job_type:
        raise MalformedError(f"a plan of {job_type} has a job of the type {found.get('type')}")
    attempts = number_of("max_attempts", found.get("max_attempts"), 1, ATTEMPTS)
    return NewJob(
        type=job_type,
        subject=text_of("subject", found.get("subject"), SHORT) or "-",
        params=found.get("params", {}),
        priority=priority_of(found.get("priority", NORMAL)),
        ready_at=time_of(found.get("ready_at")),
        expires_at=time_of(found.get("expires_at")),
        dedupe_key=text_of("dedupe_key", found.get("dedupe_key"), LONG),
        exclusive_key=text_of("exclusive_key", found.get("exclusive_key"), LONG),
        schedule=text_of("schedule", found.get("schedule"), SHORT),
        replaces=found.get("replaces", False),
        max_attempts=None if attempts is None else int(attempts),
        timeout_seconds=number_of("timeout_seconds", found.get("timeout_seconds"), 0.001, MONTH_SECONDS),
        zone=text_of("zone", found.get("zone"), SHORT),
    )


def parameters_of(data: bytes) -> Mapping[str, Any]:
    """The parameters that a handler accepts.

    Raises:
        MalformedError: they are none.
        NetravenError: one of them is wrong.
    """
    found = opened(data).get("parameters")
    if not isinstance(found, dict):
        raise MalformedError("it has no parameters")
    return found
