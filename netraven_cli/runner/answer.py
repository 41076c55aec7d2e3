"""What a worker process answers: JSON, which carries no code. The runner checks it before it is believed."""

from __future__ import annotations

import json
import traceback
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from netraven_cli import errors
from netraven_cli.errors import AttemptError, NetravenError
from netraven_cli.plugin import NewJob, Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

JOBS = 1_000_000  # of one plan
BUILT_IN = (
    "files",
    "found",
    "facts",
    "follow_up",
    "health",
    "if_changed",
)  # what a result has that is for built-in handlers


def of_result(result: object) -> bytes:
    """The answer of a job that was done."""
    if not isinstance(result, Result):
        raise TypeError(f"run returned a {type(result).__name__}, not a Result")
    if any(getattr(result, name) for name in BUILT_IN):
        raise TypeError(f"run brought {' or '.join(BUILT_IN)}, which only built-in handlers can")
    return _encoded(result={name: value for name, value in asdict(result).items() if name not in BUILT_IN})


def of_jobs(jobs: Iterable[NewJob]) -> bytes:
    """The answer of a plan."""
    found = list(islice(jobs, JOBS + 1))
    if not all(isinstance(job, NewJob) for job in found):
        raise TypeError("plan brought something that is not a NewJob")
    return _encoded(jobs=[asdict(job) for job in found])


def of_parameters(checked: Mapping[str, Any]) -> bytes:
    """The answer of a check of parameters."""
    return _encoded(parameters=dict(checked))


def of_nothing() -> bytes:
    """The answer where nothing is to be said."""
    return _encoded()


def of_error(error: BaseException) -> bytes:
    """The answer of a call that failed."""
    if isinstance(error, AttemptError):
        more = {
            "class": error.error_class, "transcript": error.transcript, "refused": error.refused,
            "retry_after_seconds": error.retry_after_seconds,
        }  # fmt: skip
        return _failure("attempt", str(error), **more)
    if isinstance(error, NetravenError):
        return _failure(_ours(type(error)), str(error))
    return _failure("bug", type(error).__name__, trace="".join(traceback.format_exception(error)))


def unloadable(error: Exception) -> bytes:
    """The answer where there is no handler to call."""
    return _failure("unloadable", f"{type(error).__name__}: {error}")


def out_of_memory() -> bytes:
    """The answer of a worker that reached its limit of memory."""
    return _failure("memory", "")


def _ours(kind: type[NetravenError]) -> str:
    """The error of errors.py that a handler's own one is a kind of."""
    return next(one.__name__ for one in kind.__mro__ if one.__module__ == errors.__name__)


def _failure(kind: str, reason: str, **more: Any) -> bytes:
    return _encoded(failure={"kind": kind, "reason": reason, **more})


def _encoded(**parts: Any) -> bytes:
    return json.dumps(parts, default=_moment, allow_nan=False).encode()


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} cannot be sent from a handler's process")
