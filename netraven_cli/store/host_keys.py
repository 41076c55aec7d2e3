"""The host keys of devices: runs learn them, and operators accept and forget them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from netraven_cli.model.discovery import DeviceEvent
from netraven_cli.model.host_key import fingerprint
from netraven_cli.store.tables import device, device_event
from netraven_cli.store.versions import INVENTORY, raise_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from netraven_cli.model import Device

NONE = "none"  # in the place of a fingerprint


def remember(connection: Connection, keys: Mapping[int, str]) -> None:
    """Keep the keys of devices that were seen for the first time; a known key is never overwritten."""
    rows = [{"device_id": device_id, "seen": key} for device_id, key in keys.items()]
    if rows:
        first = sa.update(device).where(device.c.id == sa.bindparam("device_id"), device.c.host_key.is_(None))
        connection.execute(first.values(host_key=sa.bindparam("seen"), refused_key=None), rows)


def read(connection: Connection, ids: Iterable[int]) -> dict[int, str | None]:
    """The keys that devices are known by at the moment: runs learn them, on any host."""
    query = sa.select(device.c.id, device.c.host_key).where(device.c.id.in_(list(ids)))
    return {row.id: row.host_key for row in connection.execute(query)}


def refuse(connection: Connection, one: Device, shown: str, now: datetime) -> DeviceEvent | None:
    """Keep the key that a device showed and that was refused; an event, if it did not show this one before."""
    other = sa.or_(device.c.refused_key.is_(None), device.c.refused_key != shown)
    changed = sa.update(device).where(device.c.id == one.id, other).values(refused_key=shown)
    if not connection.execute(changed).rowcount:
        return None
    return _tell(connection, one, "host_key", shown, now)


def seen_again(connection: Connection, one: Device) -> None:
    """A device that showed another key shows the one on record again."""
    if one.refused_key:
        connection.execute(sa.update(device).where(device.c.id == one.id).values(refused_key=None))


def accept(connection: Connection, one: Device, key: str, now: datetime) -> None:
    """Know a device by another key from now on."""
    raise_version(connection, INVENTORY)
    changed = sa.update(device).where(device.c.id == one.id)
    connection.execute(changed.values(host_key=key, refused_key=None, updated_at=now))
    _tell(connection, one, "host_key_accepted", key, now)


def forget(connection: Connection, devices: Sequence[Device], now: datetime) -> None:
    """Know no key of devices: what they show next is as if it were the first."""
    raise_version(connection, INVENTORY)
    one = sa.update(device).where(device.c.id == sa.bindparam("device_id"))
    rows = [{"device_id": each.id} for each in devices]
    connection.execute(one.values(host_key=None, refused_key=None, updated_at=now), rows)


def refused(connection: Connection) -> list[str]:
    """The enabled devices that showed a key which was refused, and none that fits since."""
    query = sa.select(device.c.name).where(
        device.c.refused_key.is_not(None), device.c.removed_at.is_(None), device.c.enabled
    )
    return sorted(connection.scalars(query))


def _tell(connection: Connection, one: Device, fact: str, key: str, now: datetime) -> DeviceEvent:
    before = fingerprint(one.host_key) if one.host_key else NONE
    event = DeviceEvent(device=one.name, at=now, fact=fact, before=before, after=fingerprint(key))
    row = {"device_id": one.id, "at": now, "fact": fact, "before": before, "after": event.after}
    connection.execute(sa.insert(device_event).values(**row))
    return event
