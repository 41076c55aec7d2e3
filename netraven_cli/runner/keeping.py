"""What a result brought is kept, and what it leads to is queued, in the transaction that settles it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from netraven_cli.plugin import AttemptError
from netraven_cli.store import facts, findings, follow_up, host_keys, inventory, snapshots

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from netraven_cli.model import Device
    from netraven_cli.plugin import Context, Result
    from netraven_cli.runner.pool import Slot

log = logging.getLogger("netraven.runner")


def keep(
    connection: Connection, context: Context, slot: Slot, result: Result | AttemptError, now: datetime
) -> bool | None:
    """Keep what an attempt brought; whether it is a changed configuration, None if there is none."""
    device = slot.job.device
    if isinstance(result, AttemptError):
        _keep_refused_key(connection, device, result.refused_key, now)
        return None
    if result.found:
        findings.take(connection, result.found, gone_after=context.settings.discovery.gone_after, now=now)
    if device is None:
        return None
    _keep_key(connection, device, result.host_key)
    _keep_credential(connection, slot, device, result)
    if result.facts:
        for event in facts.keep(connection, {device.id: result.facts}, now):
            log.warning("device_%s device=%s before=%s after=%s", event.fact, event.device, event.before, event.after)
    if result.capture is None:
        return None
    origin = snapshots.Origin(
        device_id=device.id, job_id=slot.held.id, run_id=slot.job.run_id, attempt=slot.held.attempt, captured_at=now
    )
    return snapshots.keep(connection, origin, result.capture)


def _keep_key(connection: Connection, device: Device, shown: str | None) -> None:
    if shown and device.host_key is None:
        host_keys.remember(connection, {device.id: shown})
    elif shown and shown == device.host_key:
        host_keys.seen_again(connection, device)


def _keep_credential(connection: Connection, slot: Slot, device: Device, result: Result) -> None:
    """Which credential to try first, if it is not the one that comes first anyway: most devices cost no statement."""
    first = slot.job.logins[0].credential if slot.job.logins else None
    if result.credential in {login.credential for login in slot.job.logins[1:]} - {first}:
        inventory.let_in(connection, device, result.credential)


def _keep_refused_key(connection: Connection, device: Device | None, shown: str | None, now: datetime) -> None:
    event = host_keys.refuse(connection, device, shown, now) if device and shown else None
    if event:
        log.warning("host_key_refused device=%s known=%s shown=%s", event.device, event.before, event.after)


def queue_follow_up(
    connection: Connection, slot: Slot, result: Result | AttemptError, who: str, now: datetime
) -> tuple[int, ...]:
    """Queue the jobs that a result leads to. They are part of a job that was let in, so no limit of the queue holds."""
    if isinstance(result, AttemptError) or not result.follow_up:
        return ()
    return tuple(follow_up.enqueue(connection, result.follow_up, now=now, run_id=slot.job.run_id, who=who))
