"""How well devices are, and were: for reports."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from netraven_cli.model.discovery import DeviceEvent
from netraven_cli.model.health import DeviceHealth, HealthState
from netraven_cli.store.events import chunks
from netraven_cli.store.health import STATE
from netraven_cli.store.tables import device, device_event, health, health_sample

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Row

SPANS = {"24h": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30)}
THERE = (HealthState.OK.value, HealthState.DEGRADED.value)
LONG_AGO = datetime(1970, 1, 1, tzinfo=timezone.utc)
DOWN = HealthState.DOWN.value
_COUNTED = ("device_id", "state", "since", "checked_at", "flapping_since")
ENABLED = device.c.removed_at.is_(None) & device.c.enabled


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSample:
    """One check."""

    at: datetime
    state: str
    latency_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthFigures:
    """The health of all enabled devices."""

    states: Mapping[str, int]  # how many are in each state, and how many were never checked
    down: tuple[str, ...]  # names, the one first that is so for longest
    degraded: tuple[str, ...]
    flapping: tuple[str, ...]
    availability: float | None  # percent of the last 24 hours that devices were there; None: nothing was checked
    last_checked_at: datetime | None


def read(
    connection: Connection, ids: Sequence[int], now: datetime, stale_seconds: float | None = None
) -> list[DeviceHealth]:
    """The health of those devices, by id, that were checked, in the order of their names.

    Args:
        connection: to read with.
        ids: of the devices.
        now: the time.
        stale_seconds: whose last check is older is unknown.
    """
    stale_before = _stale_before(now, stale_seconds)
    columns = [device.c.name, *health.c]
    found: list[DeviceHealth] = []
    for chunk in chunks(ids):
        rows = connection.execute(sa.select(*columns).join(device).where(health.c.device_id.in_(chunk))).all()
        there = _availability(connection, rows, SPANS, now)
        found += [_health(row, there[row.device_id], stale_before) for row in rows]
    return sorted(found, key=lambda one: one.device)


def history(connection: Connection, device_id: int, limit: int) -> list[DeviceEvent]:
    """What happened to a device, the newest first."""
    names = ("at", "fact", "before", "after", "reason", "damped")
    query = sa.select(device.c.name.label("device"), *(device_event.c[name] for name in names)).join(device)
    rows = connection.execute(
        query.where(device_event.c.device_id == device_id).order_by(device_event.c.id.desc()).limit(limit)
    )
    return [DeviceEvent(**row) for row in rows.mappings()]


def samples(connection: Connection, device_id: int, limit: int) -> list[HealthSample]:
    """The checks of a device, the newest first."""
    query = sa.select(health_sample.c.at, health_sample.c.state, health_sample.c.latency_ms)
    mine = query.where(health_sample.c.device_id == device_id).order_by(health_sample.c.id.desc()).limit(limit)
    return [HealthSample(**row) for row in connection.execute(mine).mappings()]


def figures(connection: Connection, now: datetime, stale_seconds: float | None = None) -> HealthFigures:
    """Count the health of enabled devices; whose last check is older than `stale_seconds` is unknown."""
    stale_before = _stale_before(now, stale_seconds)
    shown = sa.case((health.c.checked_at < stale_before, HealthState.UNKNOWN.value), else_=health.c.state)
    query = sa.select(shown, sa.func.count()).select_from(device.outerjoin(health)).where(ENABLED).group_by(shown)
    counts = {state or "unchecked": int(number) for state, number in connection.execute(query)}
    rows = connection.execute(
        sa.select(device.c.name, *(health.c[name] for name in _COUNTED))
        .join(device)
        .where(ENABLED)
        .order_by(health.c.since, device.c.name)
    ).all()
    fresh = [row for row in rows if row.checked_at >= stale_before]
    named = {
        state: tuple(row.name for row in fresh if row.state == state) for state in (DOWN, HealthState.DEGRADED.value)
    }
    return HealthFigures(
        states=counts,
        down=named[DOWN],
        degraded=named[HealthState.DEGRADED.value],
        flapping=tuple(row.name for row in fresh if row.flapping_since),
        availability=_of_all(connection, rows, now),
        last_checked_at=max((row.checked_at for row in rows), default=None),
    )


def share_there(
    now_state: str, end: datetime, changes: Iterable[tuple[datetime, str]], begin: datetime
) -> tuple[float, float]:
    """How many seconds a device was there, and how many it was there or down, between two times.

    Args:
        now_state: its state at `end`.
        end: its last check: nothing is known of the time after it.
        changes: when it changed, the newest first, each with the state before.
        begin: what was before does not count.
    """
    there = known = 0.0
    state = now_state
    for at, before in [*changes, (begin, "")]:
        seconds = max((end - max(at, begin)).total_seconds(), 0)
        there += seconds if state in THERE else 0
        known += seconds if state in (*THERE, DOWN) else 0
        end, state = min(at, end), before
    return there, known


def _of_all(connection: Connection, rows: Sequence[Row[Any]], now: datetime) -> float | None:
    begin = now - SPANS["24h"]
    changes = _changes(connection, [], begin)
    shares = [share_there(row.state, row.checked_at, changes.get(row.device_id, ()), begin) for row in rows]
    there, known = sum(there for there, _ in shares), sum(known for _, known in shares)
    return _percent(there, known)


def _availability(
    connection: Connection, rows: Sequence[Row[Any]], spans: Mapping[str, timedelta], now: datetime
) -> dict[int, dict[str, float]]:
    changes = _changes(connection, [row.device_id for row in rows], now - max(spans.values()))
    found: dict[int, dict[str, float]] = {}
    for row in rows:
        shares = {
            name: share_there(row.state, row.checked_at, changes.get(row.device_id, ()), now - span)
            for name, span in spans.items()
        }
        percents = {name: _percent(*share) for name, share in shares.items()}
        found[row.device_id] = {name: percent for name, percent in percents.items() if percent is not None}
    return found


def _percent(there: float, known: float) -> float | None:
    return round(100 * there / known, 3) if known else None


def _changes(connection: Connection, ids: Sequence[int], begin: datetime) -> dict[int, list[tuple[datetime, str]]]:
    """When devices changed since then, the newest first, each with the state before; without ids: all devices."""
    query = sa.select(device_event.c.device_id, device_event.c.at, device_event.c.before)
    query = query.where(device_event.c.fact == STATE, device_event.c.at >= begin).order_by(device_event.c.id.desc())
    found: dict[int, list[tuple[datetime, str]]] = {}
    for row in connection.execute(query.where(device_event.c.device_id.in_(ids)) if ids else query):
        found.setdefault(row.device_id, []).append((row.at, row.before))
    return found


def _stale_before(now: datetime, stale_seconds: float | None) -> datetime:
    return now - timedelta(seconds=stale_seconds) if stale_seconds else LONG_AGO


def _health(row: Row[Any], availability: Mapping[str, float], stale_before: datetime) -> DeviceHealth:
    names = ("since", "checked_at", "flapping_since", "latency_ms", "banner", "vitals", "vitals_at")
    found = DeviceHealth(
        device=row.name, state=HealthState(row.state), reasons=tuple(row.reasons), availability=availability,
        **{name: getattr(row, name) for name in names},
    )  # fmt: skip
    if row.checked_at >= stale_before:
        return found
    reason = f"it was {row.state} when it was last checked, which is too long ago"
    return replace(found, state=HealthState.UNKNOWN, reasons=(reason,), since=row.checked_at, flapping_since=None)
