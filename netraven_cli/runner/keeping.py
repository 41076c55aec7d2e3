"""What results brought goes into the database, in the transaction that settles their attempts."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from netraven_cli.model.health import HealthRules
from netraven_cli.plugin import AttemptError, Context, Result
from netraven_cli.store import facts, findings, follow_up, health, host_keys, inventory, queue, removals, snapshots

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from netraven_cli.model import Device
    from netraven_cli.model.discovery import DeviceEvent, Facts
    from netraven_cli.plugin import NewJob
    from netraven_cli.runner.pool import Slot

log = logging.getLogger("netraven.runner")


def keep(
    connection: Connection, context: Context, slot: Slot, result: Result | AttemptError, *, who: str, now: datetime
) -> bool | None:
    """Keep what an attempt brought, but for its health; returns whether it is another configuration than before."""
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
        _keep_facts(connection, device.id, result.facts, result.if_changed, who=who, now=now)
    if result.capture is None or removals.is_removed(connection, device.id):
        return None
    origin = snapshots.Origin(
        device_id=device.id, job_id=slot.held.id, run_id=slot.job.run_id, attempt=slot.held.attempt, captured_at=now
    )
    changed = snapshots.keep(connection, origin, result.capture)
    if changed is None:
        return None
    further = [snapshots.keep(connection, replace(origin, file=file), one) for file, one in result.files.items()]
    return changed or any(further)


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


def keep_health(
    connection: Connection, context: Context, brought: Sequence[tuple[Slot, Result | AttemptError]], now: datetime
) -> None:
    """Keep what checks brought, all at once: a fleet's come by the hundred."""
    settings = context.settings.health
    checks = {
        slot.job.device.id: result.health
        for slot, result in brought
        if slot.job.device and isinstance(result, Result) and result.health
    }
    if checks:
        rules = HealthRules(flap_changes=settings.flap_changes, flap_seconds=settings.flap_seconds)
        _tell(health.take(connection, checks, rules, now))


def queue_follow_up(
    connection: Connection, slot: Slot, result: Result | AttemptError, *, who: str, now: datetime
) -> tuple[int, ...]:
    """Queue the jobs that a result leads to. They are part of a job that was let in, so no limit of the queue holds."""
    if isinstance(result, AttemptError) or not result.follow_up:
        return ()
    run_id = slot.job.run_id
    return tuple(follow_up.enqueue(connection, slot.held.id, result.follow_up, now=now, run_id=run_id, who=who))


def _keep_facts(
    connection: Connection, device_id: int, said: Facts, if_changed: Mapping[str, NewJob], *, who: str, now: datetime
) -> None:
    events = facts.keep(connection, {device_id: said}, now)
    _tell(events)
    jobs = [if_changed[event.fact] for event in events if event.fact in if_changed]
    if jobs:
        queue.enqueue(connection, jobs, now=now, run_id=None, who=who)


def _tell(events: Iterable[DeviceEvent]) -> None:
    for event in events:
        is_news = (event.fact, event.before, event.after) != (health.STATE, health.UNCHECKED, "ok")
        log.log(
            logging.WARNING if is_news else logging.INFO, "device_%s device=%s before=%s after=%s reason=%s",
            event.fact, event.device, event.before, event.after, event.reason,
        )  # fmt: skip
