"""Which device of the inventory, or which earlier finding, a finding is: one device may have many addresses.

The same device: the same serial number. Where one of both has none: the same host name with the same host key. A host
key alone tells nothing (images are cloned with their keys), a host name alone neither ("switch").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from netraven_cli.store.events import chunks
from netraven_cli.store.tables import device, device_facts, finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection

NOT_REMOVED = device.c.removed_at.is_(None)


def addresses(connection: Connection) -> dict[tuple[str, str], str]:
    """The devices by zone and address."""
    rows = connection.execute(sa.select(device.c.zone, device.c.address, device.c.name).where(NOT_REMOVED))
    return {(row.zone, row.address): row.name for row in rows}


def devices_at(connection: Connection, zone: str, addresses: Sequence[str]) -> dict[str, int]:
    """The devices of a zone that are in the inventory with one of these addresses."""
    found: dict[str, int] = {}
    for chunk in chunks(list(addresses)):
        query = sa.select(device.c.address, device.c.id).where(device.c.address.in_(chunk), device.c.zone == zone)
        found |= {row.address: row.id for row in connection.execute(query.where(NOT_REMOVED))}
    return found


def not_removed(connection: Connection, ids: Iterable[int]) -> set[int]:
    """Those of the devices that are still in the inventory."""
    found: set[int] = set()
    for chunk in chunks(list(ids)):
        found |= set(connection.scalars(sa.select(device.c.id).where(device.c.id.in_(chunk), NOT_REMOVED)))
    return found


def device_of(connection: Connection, row: Mapping[str, Any]) -> int | None:
    """The device that a finding is by what it said of itself."""
    newer = device_facts.alias("newer")
    later = sa.and_(newer.c.device_id == device_facts.c.device_id, newer.c.id > device_facts.c.id)
    outdated = sa.select(newer.c.id).where(later).correlate(device_facts).exists()
    known = (
        sa.select(device.c.id)
        .select_from(sa.outerjoin(device, device_facts, sa.and_(device_facts.c.device_id == device.c.id, ~outdated)))
        .where(NOT_REMOVED, device.c.zone == row["zone"])
        .order_by(device.c.id)
        .limit(1)
    )
    hostname = row["hostname"] or ""
    named = sa.or_(sa.func.lower(device.c.name) == hostname.lower(), device_facts.c.hostname == hostname)
    return _first(connection, known, row, device_facts.c.serial, sa.and_(named, device.c.host_key == row["host_key"]))


def earlier_finding(connection: Connection, row: Mapping[str, Any]) -> int | None:
    """The first finding, on another address, that is the same device."""
    known = (
        sa.select(finding.c.id)
        .where(finding.c.zone == row["zone"], finding.c.id < row["id"], finding.c.duplicate_of.is_(None))
        .order_by(finding.c.id)
        .limit(1)
    )
    same = sa.and_(finding.c.hostname == row["hostname"], finding.c.host_key == row["host_key"])
    return _first(connection, known, row, finding.c.serial, same)


def _first(
    connection: Connection,
    known: sa.Select[Any],
    row: Mapping[str, Any],
    serial: ColumnElement[Any],
    same: ColumnElement[bool],
) -> int | None:
    if row["serial"]:
        found: int | None = connection.execute(known.where(serial == row["serial"])).scalar()
        if found is not None:
            return found
    if not (row["hostname"] and row["host_key"]):
        return None
    unnumbered = serial.is_(None) if row["serial"] else sa.true()
    first: int | None = connection.execute(known.where(same, unnumbered)).scalar()
    return first
