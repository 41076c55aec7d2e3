"""What devices say of themselves, with its history: a row for each time that it changed."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from netraven_cli.model.discovery import DeviceEvent, Facts, FactsRecord
from netraven_cli.store.tables import device, device_event, device_facts
from netraven_cli.store.words import storable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

NAMES = [field.name for field in fields(Facts)]
COLUMNS = [device_facts.c[field.name] for field in fields(FactsRecord)]
EVENT = ("fact", "before", "after")
TELLING = ("serial", "os_version")  # facts whose change is an event: other hardware, another system
REBOOT = "reboot"
HOST_KEY, HOST_KEY_ACCEPTED = "host_key", "host_key_accepted"
LONGEST = 255
MOST = 2**31 - 1


def keep(connection: Connection, seen: Mapping[int, Facts], now: datetime) -> list[DeviceEvent]:
    """Keep what devices, by id, say of themselves; returns what became another than before.

    What a device did not say this time is taken to be as it was: a command may fail, a fact does not vanish.
    """
    before = newest(connection, list(seen))
    changed = [event for key, facts in seen.items() if (event := _keep(connection, key, before.get(key), facts, now))]
    return [event for events in changed for event in events]


def newest(connection: Connection, ids: list[int]) -> dict[int, FactsRecord]:
    """The facts of devices as last seen."""
    last = sa.select(sa.func.max(device_facts.c.id)).where(device_facts.c.device_id.in_(ids))
    query = sa.select(device_facts.c.device_id, *COLUMNS).where(
        device_facts.c.id.in_(last.group_by(device_facts.c.device_id))
    )
    return {row["device_id"]: _record(row) for row in connection.execute(query).mappings()}


def history(connection: Connection, device_id: int) -> list[FactsRecord]:
    """The facts of a device, the newest first."""
    query = sa.select(*COLUMNS).where(device_facts.c.device_id == device_id).order_by(device_facts.c.id.desc())
    return [_record(row) for row in connection.execute(query).mappings()]


def events(connection: Connection, device_id: int) -> list[DeviceEvent]:
    """When hardware, system or host key of a device became another, or it was started anew; the newest first."""
    columns = (device.c.name.label("device"), device_event.c.at, *(device_event.c[name] for name in EVENT))
    query = sa.select(*columns).join(device).where(device_event.c.device_id == device_id)
    query = query.where(device_event.c.fact.in_((*TELLING, REBOOT, HOST_KEY, HOST_KEY_ACCEPTED)))
    rows = connection.execute(query.order_by(device_event.c.id.desc())).mappings()
    return [DeviceEvent(**row) for row in rows]


def fitted(facts: Facts) -> Facts:
    """The facts as columns take them: a device may say anything."""
    return Facts(**{name: _fitted(getattr(facts, name)) for name in NAMES})


def _fitted(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)[:LONGEST]
    return None if value is None else min(value, MOST)


def _record(row: Mapping[Any, Any]) -> FactsRecord:
    return FactsRecord(**{name: value for name, value in row.items() if name != "device_id"})


def _keep(
    connection: Connection, device_id: int, before: FactsRecord | None, facts: Facts, now: datetime
) -> list[DeviceEvent]:
    said = {name: value for name in NAMES if (value := getattr(fitted(facts), name)) is not None}
    old = {name: getattr(before, name) for name in NAMES} if before else dict.fromkeys(NAMES)
    lasting = {name: value for name, value in said.items() if name != "uptime_seconds"}
    told = _told(old, said)
    if before and all(old[name] == value for name, value in lasting.items()):
        last = sa.select(sa.func.max(device_facts.c.id)).where(device_facts.c.device_id == device_id)
        mine = sa.update(device_facts).where(device_facts.c.id == last.scalar_subquery())
        connection.execute(mine.values(verified_at=now, uptime_seconds=said.get("uptime_seconds")))
        return _tell(connection, device_id, told, now)
    row = {**old, **said, "uptime_seconds": said.get("uptime_seconds"), "device_id": device_id}
    connection.execute(sa.insert(device_facts).values(**row, seen_at=now, verified_at=now))
    return _tell(connection, device_id, told, now)


def _told(old: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What became another: before and after, by what it is."""
    found = {
        fact: (old[fact], said[fact]) for fact in TELLING if old[fact] and fact in said and said[fact] != old[fact]
    }
    uptime = old["uptime_seconds"], said.get("uptime_seconds")
    if None not in uptime and uptime[1] < uptime[0]:
        found[REBOOT] = uptime
    return found


def _tell(
    connection: Connection, device_id: int, told: Mapping[str, tuple[Any, Any]], now: datetime
) -> list[DeviceEvent]:
    if not told:
        return []
    name = connection.execute(sa.select(device.c.name).where(device.c.id == device_id)).scalar_one()
    found = [
        DeviceEvent(device=name, at=now, fact=fact, before=str(before), after=str(after))
        for fact, (before, after) in told.items()
    ]
    rows = [
        {"device_id": device_id, "at": now, "fact": one.fact, "before": one.before, "after": one.after} for one in found
    ]
    connection.execute(sa.insert(device_event), rows)
    return found
