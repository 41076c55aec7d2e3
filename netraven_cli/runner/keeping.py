"""What a result brought is kept, and what it leads to is queued, in the transaction that settles it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from netraven_cli.errors import AttemptError
from netraven_cli.store import facts, findings, follow_up, host_keys, snapshots

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from netraven_cli.plugin import Context, Result
    from netraven_cli.runner.pool import Slot

log = logging.getLogger("netraven.runner")


def keep(connection: Connection, context: Context, slot: Slot, result: Result, now: datetime) -> bool | None:
    """Keep what an attempt brought; whether it is a changed configuration, None if there is none."""
    device = slot.job.device
    if result.found:
        findings.take(connection, result.found, gone_after=context.settings.discovery.gone_after, now=now)
    if device is None:
        return None
    if result.host_key and device.host_key is None:
        host_keys.remember(connection, {device.id: result.host_key})
    if result.facts:
        for event in facts.keep(connection, {device.id: result.facts}, now):
            log.warning("device_%s device=%s before=%s after=%s", event.fact, event.device, event.before, event.after)
    if result.capture is None:
        return None
    origin = snapshots.Origin(
        device_id=device.id, job_id=slot.held.id, run_id=slot.job.run_id, attempt=slot.held.attempt, captured_at=now
    )
    return snapshots.keep(connection, origin, result.capture)


def queue_follow_up(
    connection: Connection, slot: Slot, result: Result | AttemptError, who: str, now: datetime
) -> tuple[int, ...]:
    """Queue the jobs that a result leads to. They are part of a job that was let in, so no limit of the queue holds."""
    if isinstance(result, AttemptError) or not result.follow_up:
        return ()
    return tuple(follow_up.enqueue(connection, result.follow_up, now=now, run_id=slot.job.run_id, who=who))
