"""The watchdog: attempts that take too long are ended, and workers that do not come back are left behind."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from netraven_cli.errors import ErrorClass

if TYPE_CHECKING:
    from netraven_cli.runner.pool import Pool, Slot
    from netraven_cli.settings.sections import RunnerSettings

log = logging.getLogger("netraven.runner")
LEAVE_BEHIND_SECONDS = 10  # how long a worker may take to come back after its session was closed


def watch(pool: Pool, limits: RunnerSettings) -> list[Slot]:
    """End attempts that take too long; returns those whose worker does not come back, left behind."""
    lost = []
    for slot in list(pool.running):
        limit_seconds = slot.held.timeout_seconds or limits.limit_of(slot.held.type)
        if not slot.ended_for and slot.seconds > limit_seconds:
            log.error("attempt_timed_out job=%d subject=%s stack=%s", slot.held.id, slot.held.subject, slot.stack)
            slot.end(ErrorClass.TIMEOUT)
        elif slot.ended_for and time.monotonic() - slot.ended_at > LEAVE_BEHIND_SECONDS:
            log.error("worker_left_behind job=%d subject=%s stack=%s", slot.held.id, slot.held.subject, slot.stack)
            pool.abandon(slot)
            lost.append(slot)
    return lost
