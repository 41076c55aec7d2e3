"""A third-party handler, called in a process of its own: whatever it does there, the runner goes on."""

from __future__ import annotations

import logging
import pickle
import signal
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from netraven_cli.device.platforms import known_platforms
from netraven_cli.device.secret import with_secrets
from netraven_cli.device.transcript import mask, texts_of
from netraven_cli.errors import AttemptError, CreateError, ErrorClass, NetravenError, StorageError
from netraven_cli.plugin import nothing_to_close
from netraven_cli.runner.answer_check import (
    HandlerError,
    UnloadableError,
    jobs_of,
    opened,
    parameters_of,
    result_of,
)
from netraven_cli.runner.answer_values import MalformedError
from netraven_cli.runner.call import Call
from netraven_cli.runner.channel import ANSWER_BYTES, END, Ended, receive_ended
from netraven_cli.snapshot.hide import hide_capture

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from netraven_cli.plugin import Capture, Context, Job, NewJob, Result, Selector
    from netraven_cli.runner.processes import Processes
    from netraven_cli.settings.keys import Settings

log = logging.getLogger("netraven.runner")
OURS = {UnloadableError: ErrorClass.SETTINGS, StorageError: ErrorClass.STORAGE, CreateError: ErrorClass.STORAGE}
T = TypeVar("T")
OUTPUT_LINES = 200
FRAME = '  File "'
MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class IsolatedHandler:
    """Stands for a handler that the runner itself never imports."""

    type: str
    point: str  # module:name
    processes: Processes

    def plan(self, context: Context, selector: Selector, params: Mapping[str, Any]) -> Iterable[NewJob]:
        """Which jobs a run consists of; its process has a database.

        Raises:
            NetravenError: the handler's own, or a HandlerError.
        """
        ended = self._end_of(context.settings, "plan", selector, dict(params))
        return believed(ended, lambda answer: jobs_of(answer, self.type))

    def checked_parameters(self, settings: Settings, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """The parameters that were given, as the handler reads them.

        Raises:
            NetravenError: a DataError says what is wrong with one; else the handler's own, or a HandlerError.
        """
        return believed(self._end_of(settings, "checked_parameters", dict(given)), parameters_of)

    def run(self, context: Context, job: Job) -> Result:
        """Do one job; its process has no database.

        Raises:
            AttemptError: the attempt failed, or spoilt its process.
            NotBegunError: this machine has no room for another process.
        """
        job = _with_secrets(job)
        secrets = texts_of(secret for login in job.logins for secret in (login.password, login.enable))
        sent = replace(job, on_abort=nothing_to_close, redaction=None)
        call = Call(type=self.type, point=self.point, method="run", settings=context.settings, arguments=(sent,))
        with self.processes.begin(pickle.dumps(call)) as channel:
            job.on_abort(partial(_end, channel))
            ended = _received(channel)
        _log(ended, str(job.id), self.type, secrets)
        try:
            result = believed(ended, lambda answer: result_of(answer, job))
        except NetravenError as error:
            if isinstance(error, HandlerError) and error.trace:
                log.error("handler_failed job=%d trace=%s", job.id, _masked(error.trace, secrets))
            raise _attempt_error(error, job, secrets) from None
        return replace(result, summary=_masked(result.summary, secrets), capture=_hidden(context, job, result.capture))

    def conclude(self, context: Context) -> None:
        """Let it complete what its jobs began; what cannot be imported can complete nothing.

        Raises:
            NetravenError: the handler's own, or a HandlerError.
        """
        ended = self._end_of(context.settings, "conclude")
        try:
            believed(ended, opened)
        except UnloadableError as error:
            log.warning("handler_not_loaded type=%s reason=%s", self.type, error)

    def check(self, settings: Settings) -> None:
        """Import it.

        Raises:
            NetravenError: it cannot be imported, or is no handler.
        """
        believed(self._end_of(settings, "check"), opened)

    def _end_of(self, settings: Settings, method: str, *arguments: Any) -> Ended:
        call = Call(type=self.type, point=self.point, method=method, settings=settings, arguments=arguments)
        return end_of(self.processes, call, settings.runner.limit_of(self.type))


def end_of(processes: Processes, call: Call, limit_seconds: float) -> Ended:
    """How a call ended that no pool watches over: after the limit, it is ended here.

    Raises:
        HandlerError: it was.
    """
    with processes.begin(pickle.dumps(call)) as channel:
        channel.settimeout(limit_seconds)
        try:
            ended = _received(channel)
        except TimeoutError:
            channel.settimeout(None)
            _end(channel)
            _log(_received(channel), "-", call.type, ())
            raise HandlerError(f"{call.method} of {call.type} was ended after {limit_seconds:g} s") from None
    _log(ended, "-", call.type, ())
    return ended


def _hidden(context: Context, job: Job, capture: Capture | None) -> Capture | None:
    """A capture as it may be kept."""
    if capture is None or job.redaction is None or job.device is None:
        return capture
    platform = known_platforms(context.settings.platforms_file).get(job.device.platform)
    return hide_capture(capture, platform, job.redaction)


def _end(channel: socket.socket) -> None:
    """Have the attempt's process say where it is, and killed."""
    with suppress(OSError):  # it has ended, and this is closed
        channel.send(END)


def _received(channel: socket.socket) -> Ended:
    try:
        return receive_ended(channel)
    except (EOFError, ConnectionError):
        raise AttemptError(
            ErrorClass.RESOURCE, "its processes were killed from outside; the machine may be out of memory"
        ) from None


def believed(ended: Ended, read: Callable[[bytes], T]) -> T:
    """What an answer says, if there is one that can be believed.

    Raises:
        HandlerError: there is none.
        NetravenError: the failure that it tells of.
    """
    if ended.answer_bytes > ANSWER_BYTES:
        raise HandlerError(f"its result is larger than {ANSWER_BYTES // MEBIBYTE} MiB")
    if ended.status or not ended.answer:
        raise _death(ended.status)
    try:
        return read(ended.answer)
    except MalformedError as error:
        raise HandlerError(f"its result is malformed: {error}") from None


def _death(status: int) -> HandlerError:
    """How a process ended that brought no answer."""
    if status >= 0:
        return HandlerError(f"its process ended with exit status {status} and brought no result")
    name = next((one.name for one in signal.Signals if one == -status), f"signal {-status}")
    if -status == signal.SIGKILL:
        reason = f"its process was killed ({name}); the machine may be out of memory"
        return HandlerError(reason, error_class=ErrorClass.RESOURCE)
    return HandlerError(f"its process crashed ({name})")


def _with_secrets(job: Job) -> Job:
    """A job whose process reads no references: it may be limited in what it can reach."""
    hops = (replace(hop, logins=tuple(map(with_secrets, hop.logins[:1]))) for hop in job.jumps)
    return replace(job, logins=tuple(map(with_secrets, job.logins)), jumps=tuple(hops))


def _attempt_error(error: NetravenError, job: Job, secrets: Sequence[bytes]) -> AttemptError:
    """The failure of an attempt, with no secret of its logins in it."""
    if isinstance(error, UnloadableError):
        reason = f"its handler cannot be loaded: {error}; see: netraven handler list"
    else:
        reason = str(error)
    known = error.error_class if isinstance(error, AttemptError | HandlerError) else OURS.get(type(error))
    attempt_error = AttemptError(known or ErrorClass.INTERNAL, _masked(reason, secrets))
    if isinstance(error, AttemptError):
        attempt_error.transcript = error.transcript
        attempt_error.retry_after_seconds = error.retry_after_seconds
        attempt_error.refused = tuple(login.credential for login in job.logins if login.credential in error.refused)
    return attempt_error


def _log(ended: Ended, job: str, job_type: str, secrets: Sequence[bytes]) -> None:
    """Put into the log what the process said, and where it was when it was ended."""
    output = mask(ended.output, secrets).decode(errors="backslashreplace")
    for line in output.splitlines()[-OUTPUT_LINES:]:
        log.info("handler_output job=%s type=%s line=%s", job, job_type, line)
    if ended.output_bytes > len(ended.output):
        kept = len(ended.output)
        log.warning("handler_output_cut job=%s type=%s bytes=%d kept=%d", job, job_type, ended.output_bytes, kept)
    frames = [line.strip() for line in ended.trace.decode(errors="backslashreplace").splitlines() if FRAME in line]
    if frames:
        log.error("worker_stack job=%s type=%s stack=%s", job, job_type, " < ".join(frames))


def _masked(text: str, secrets: Sequence[bytes]) -> str:
    return mask(text.encode(errors="backslashreplace"), secrets).decode()
