"""From what a worker brought to what is recorded of its attempt."""

from __future__ import annotations

import json
import logging
import traceback
from concurrent.futures import CancelledError
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from netraven_cli.errors import AttemptError, CreateError, ErrorClass, NetravenError, StorageError
from netraven_cli.model import Heard, Outcome
from netraven_cli.plugin import Context, Result
from netraven_cli.runner.backoff import delay
from netraven_cli.runner.keeping import keep, keep_health, queue_follow_up
from netraven_cli.settings.retry import policy
from netraven_cli.store import settling
from netraven_cli.store.settling import Settlement
from netraven_cli.store.words import storable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from netraven_cli.runner.knowledge import Knowledge
    from netraven_cli.runner.pool import Slot

log = logging.getLogger("netraven.runner")
REASON_CHARACTERS = 4000  # of a handler that says more
FINDINGS_CHARACTERS = 100_000  # the same, as JSON
ANSWERED = {  # whether a device spoke to us, by the class of the error; the others do not tell
    ErrorClass.NETWORK: False,
    ErrorClass.AUTHENTICATION: True,
    ErrorClass.AUTHORIZATION: True,
    ErrorClass.PROTOCOL: True,
    ErrorClass.COMMAND: True,
    ErrorClass.INCOMPLETE: True,
    ErrorClass.SECRET: True,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptEvent:
    """An attempt that was settled, as `run --json` prints it."""

    job: int
    type: str
    subject: str
    attempt: int
    outcome: Outcome
    error_class: str | None
    reason: str | None
    changed: bool | None
    quarantined: bool
    seconds: float
    follow_up: tuple[int, ...] = ()  # the jobs that were queued with it


def result_of(slot: Slot) -> Result | AttemptError:
    """What the worker brought; any error that is not an AttemptError is a bug of the handler."""
    if not slot.future.done():  # its worker is left behind
        return _ended(slot) or AttemptError(ErrorClass.INTERNAL, "its worker did not come back")
    try:
        result = slot.future.result(timeout=0)
    except AttemptError as error:
        return _ended(slot) or error
    except CancelledError:
        return AttemptError(ErrorClass.CANCELLED, "it was not begun")
    except NetravenError as error:
        disk = isinstance(error, (StorageError, CreateError))
        return _ended(slot) or AttemptError(ErrorClass.STORAGE if disk else ErrorClass.INTERNAL, str(error))
    except BaseException as error:  # a SystemExit in a handler must not end the run
        log.error("handler_failed job=%d trace=%s", slot.held.id, "".join(traceback.format_exception(error)))
        return _ended(slot) or AttemptError(ErrorClass.INTERNAL, f"a bug in the handler: {type(error).__name__}")
    return result


def _ended(slot: Slot) -> AttemptError | None:
    """The error of an attempt that the coordinator ended: not what its closed session led to."""
    if slot.ended_for is ErrorClass.TIMEOUT:
        return AttemptError(ErrorClass.TIMEOUT, f"it was ended after {slot.seconds:.0f} s: the limit of an attempt")
    return AttemptError(slot.ended_for, "cancelled") if slot.ended_for else None


def settlement(
    context: Context, slot: Slot, runner_id: str, result: Result | AttemptError, now: datetime
) -> Settlement:
    """What is to be recorded of an attempt."""
    error_class, reason = _fault(result)
    brought = result if isinstance(result, Result) else Result(transcript=result.transcript)
    wait = _wait(context, slot, error_class, getattr(result, "retry_after_seconds", None)) if error_class else None
    given = _given(slot)
    return Settlement(
        job=slot.held,
        runner_id=runner_id,
        outcome=_outcome(error_class, retry=wait is not None),
        error_class=error_class.value if error_class else None,
        reason=reason,
        retry_at=now + wait if wait is not None else None,
        credential=brought.credential,
        refused=tuple(name for name in result.refused if name in given),
        transcript=brought.transcript,
        findings=_findings(brought),
    )


def _wait(context: Context, slot: Slot, error_class: ErrorClass, retry_after_seconds: float | None) -> timedelta | None:
    """How long to wait for the next attempt, by what holds for this job and its device; None if there is none."""
    tags = slot.job.device.tags if slot.job.device else ()
    holds = policy(context.settings.retry, slot.held.type, error_class, tags)
    if slot.held.max_attempts:
        holds = replace(holds, attempts=slot.held.max_attempts)
    if error_class is ErrorClass.AUTHENTICATION and slot.job.stopped:
        # What would have let us in may be among those that were left out: it is not settled that nothing does.
        left = slot.held.attempt < holds.attempts
        return timedelta(seconds=context.settings.breaker.cool_down_seconds) if left else None
    return delay(holds, slot.held.attempt, retry_after_seconds)


def _fault(result: Result | AttemptError) -> tuple[ErrorClass | None, str | None]:
    """The class and the reason of a failure; of a success no class, and its summary."""
    if isinstance(result, AttemptError):
        return result.error_class, storable(str(result)[:REASON_CHARACTERS])
    if result.capture and result.capture.reasons:
        return result.capture.error_class, storable("; ".join(result.capture.reasons)[:REASON_CHARACTERS])
    return None, storable(result.summary[:REASON_CHARACTERS]) or None


def _findings(result: Result) -> Mapping[str, Any] | None:
    """What the handler found, as JSON has it; what is no JSON, or too long, is said to be so."""
    if not result.findings:
        return None
    try:
        text = json.dumps(result.findings, allow_nan=False)
        found: Mapping[str, Any] = _storable(json.loads(text))
    except (TypeError, ValueError, RecursionError) as error:
        return {"left_out": storable(f"they are no JSON: {error}")}
    if len(text) > FINDINGS_CHARACTERS:
        return {"left_out": f"they have {len(text)} characters, and {FINDINGS_CHARACTERS} are kept"}
    return found


def _storable(value: Any) -> Any:
    """The same with all texts storable."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(key): _storable(one) for key, one in value.items()}
    return [_storable(one) for one in value] if isinstance(value, list) else value


def _outcome(error_class: ErrorClass | None, *, retry: bool) -> Outcome:
    if error_class is None:
        return Outcome.SUCCEEDED
    if error_class is ErrorClass.CANCELLED:
        return Outcome.CANCELLED
    return Outcome.RETRY if retry else Outcome.DEAD


def record_all(
    connection: Connection, context: Context, knowledge: Knowledge, slots: Sequence[Slot], runner_id: str, now: datetime
) -> list[AttemptEvent]:
    """Settle attempts with all that they brought, in the caller's transaction.

    Late ones are left out; those that never began are put back.
    """
    begun = [slot for slot in slots if not _put_back(connection, slot, runner_id, now)]
    results = [result_of(slot) for slot in begun]
    ended = [settlement(context, slot, runner_id, result, now) for slot, result in zip(begun, results, strict=True)]
    settled, heard, events, brought = [], [], [], []
    for slot, result, one, held in zip(begun, results, ended, settling.settle(connection, ended, now), strict=True):
        if not held:
            events += _known(connection, slot, result, one)
            continue
        changed = keep(connection, context, slot, result, who=runner_id, now=now)
        brought.append((slot, result))
        settled.append((one, changed))
        heard.append(_heard(slot, one))
        event = _event(slot, result, one, changed=changed)
        events.append(replace(event, follow_up=queue_follow_up(connection, slot, result, who=runner_id, now=now)))
    keep_health(connection, context, brought, now)
    if settled:
        settling.add_attempts(connection, settled, now)
        knowledge.learn(connection, [one for one in heard if one], now=now, who=runner_id)
    return events


def _known(connection: Connection, slot: Slot, result: Result | AttemptError, ended: Settlement) -> list[AttemptEvent]:
    """An attempt that we settled already, and did not hear of it; none for a result that comes too late."""
    known = settling.recorded(connection, ended)
    if known is None:
        log.warning("stale_result job=%d token=%d", slot.held.id, slot.held.token)
        return []
    return [_event(slot, result, replace(ended, outcome=known.outcome), changed=known.changed)]


def _put_back(connection: Connection, slot: Slot, runner_id: str, now: datetime) -> bool:
    """Put an attempt back that never began; False if it did, or was ended."""
    if not slot.not_begun or slot.ended_for:
        return False
    log.warning("attempt_not_begun job=%d reason=%s", slot.held.id, slot.not_begun)
    settling.put_back(connection, slot.held, runner_id=runner_id, why=slot.not_begun, now=now)
    return True


def _event(slot: Slot, result: Result | AttemptError, settled: Settlement, *, changed: bool | None) -> AttemptEvent:
    log.info(
        "job_settled job=%d type=%s subject=%s attempt=%d outcome=%s class=%s seconds=%.2f reason=%s",
        slot.held.id, slot.held.type, slot.held.subject, slot.held.attempt, settled.outcome.value,
        settled.error_class, slot.seconds, settled.reason,
    )  # fmt: skip
    return AttemptEvent(
        job=slot.held.id,
        type=slot.held.type,
        subject=slot.held.subject,
        attempt=slot.held.attempt,
        outcome=settled.outcome,
        error_class=settled.error_class,
        reason=settled.reason,
        changed=changed,
        quarantined=isinstance(result, Result) and bool(result.capture and result.capture.reasons),
        seconds=round(slot.seconds, 3),
    )


def _given(slot: Slot) -> set[str]:
    """The credentials that an attempt was given, by name."""
    logins = (*slot.job.logins, *(login for hop in slot.job.jumps for login in hop.logins))
    return {login.credential for login in logins}


def _heard(slot: Slot, settled: Settlement) -> Heard | None:
    """What an attempt told about its device and the credentials, of those that it was given."""
    given = _given(slot)
    if slot.job.device is None and not given:
        return None
    answered = ANSWERED.get(ErrorClass(settled.error_class)) if settled.error_class else None
    answered = True if settled.credential else answered
    return Heard(
        device=slot.job.subject,
        answered=answered if slot.job.device else None,  # an address that is no device has no breaker
        refused=settled.refused,
        accepted=settled.credential if settled.credential in given else None,
        reason=settled.reason or "",
    )
