"""How well devices are: the state of each, its changes as events, and a sample of each check.

While a device flaps, its changes are kept for its availability, and damped: nobody is told of each of them.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from netraven_cli.model.discovery import DeviceEvent
from netraven_cli.store.events import chunks
from netraven_cli.store.rows import insert_rows, insertion, parameters
from netraven_cli.store.tables import device, device_event, health, health_sample
from netraven_cli.store.times import microseconds
from netraven_cli.store.words import storable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from netraven_cli.model.health import Check, HealthRules

STATE, FLAPPING, HOST_KEY, BANNER = "health", "flapping", "host_key", "banner"  # what is told of a device
UNCHECKED = "unchecked"  # the state before the first check
LONGEST = 255
_NAMES = tuple(column.name for column in health.c)


def take(connection: Connection, seen: Mapping[int, Check], rules: HealthRules, now: datetime) -> list[DeviceEvent]:
    """Keep what checks brought, by the device's id; returns what is to be told."""
    before = _before(connection, list(seen))
    rows, told = [], []
    for key, check in seen.items():
        if key in before:  # else it was removed for good meanwhile
            row, events = _after(before[key], check, rules, now)
            rows.append(row)
            told += [(key, event) for event in events]
    _put(connection, rows)
    samples = [
        {"device_id": row["device_id"], "at": now, "state": row["state"], "latency_ms": row["latency_ms"]}
        for row in rows
    ]
    insert_rows(connection, health_sample, samples)
    insert_rows(connection, device_event, [_event_row(key, event) for key, event in told])
    return [event for _, event in told if not event.damped]


def _before(connection: Connection, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The devices with their health so far; a device that was never checked has a state of None."""
    columns = [device.c.id, device.c.name, *(column for column in health.c if column.name != "device_id")]
    found: dict[int, Row[Any]] = {}
    for chunk in chunks(ids):
        query = sa.select(*columns).select_from(device.outerjoin(health)).where(device.c.id.in_(chunk))
        found.update({row.id: row for row in connection.execute(query)})
    return found


def _put(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    dialect = connection.dialect.name
    new = insertion(dialect, health, _NAMES)
    values = {name: new.excluded[name] for name in _NAMES if name != "device_id"}
    statement = new.on_conflict_do_update(index_elements=["device_id"], set_=values)
    connection.execute(statement, parameters(dialect, rows, _NAMES))


def _after(old: Row[Any], check: Check, rules: HealthRules, now: datetime) -> tuple[dict[str, Any], list[DeviceEvent]]:
    """The row of a device after a check, and what happened to it."""
    state = check.state.value
    has_changed = state != old.state
    since_lately = microseconds(now - timedelta(seconds=rules.flap_seconds))
    changes = [at for at in old.changes or () if at > since_lately]
    if has_changed and old.state:
        changes = [*changes, microseconds(now)][-rules.flap_changes :]
    flapping_since = _flapping_since(old.flapping_since, changes, rules, now)
    row = {
        "device_id": old.id,
        "state": state,
        "reasons": [storable(reason) for reason in check.reasons],
        "since": now if has_changed else old.since,
        "checked_at": now,
        "flapping_since": flapping_since,
        "changes": changes,
        "latency_ms": check.latency_ms,
        "banner": storable(check.banner)[:LONGEST] if check.banner else old.banner,
        "host_key": check.host_key or old.host_key,
        "vitals": asdict(check.vitals) if check.vitals else old.vitals,
        "vitals_at": now if check.vitals else old.vitals_at,
    }
    return row, list(_happened(old, row, check, now))


def _flapping_since(
    before: datetime | None, changes: Sequence[int], rules: HealthRules, now: datetime
) -> datetime | None:
    """Since when it flaps: from the change on that is one too many, until no change was seen for the whole span."""
    if before:
        return before if changes else None
    return now if len(changes) >= rules.flap_changes else None


def _happened(old: Row[Any], row: Mapping[str, Any], check: Check, now: datetime) -> Iterator[DeviceEvent]:
    def event(fact: str, before: str, after: str, reason: str | None = None, *, damped: bool = False) -> DeviceEvent:
        return DeviceEvent(
            device=old.name, at=now, fact=fact, before=before[:LONGEST], after=after[:LONGEST], reason=reason,
            damped=damped,
        )  # fmt: skip

    why = "; ".join(row["reasons"]) or None
    if row["state"] != old.state:
        yield event(STATE, old.state or UNCHECKED, row["state"], why, damped=bool(row["flapping_since"]))
    if bool(row["flapping_since"]) != bool(old.flapping_since):
        states = ("steady", "flapping") if row["flapping_since"] else ("flapping", "steady")
        yield event(FLAPPING, *states, f"it is {row['state']}")
    known = old.host_key or check.known_key
    if known and row["host_key"] and row["host_key"] != known:
        yield event(HOST_KEY, known, row["host_key"], why)
    if old.banner and row["banner"] != old.banner:
        yield event(BANNER, old.banner, row["banner"])


def _event_row(device_id: int, event: DeviceEvent) -> dict[str, Any]:
    names = ("at", "fact", "before", "after", "reason", "damped")
    return {"device_id": device_id, **{name: getattr(event, name) for name in names}}
