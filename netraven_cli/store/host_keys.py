"""The host keys of devices: runs learn them, and operators forget them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from netraven_cli.store.tables import device

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection


def remember(connection: Connection, keys: Mapping[int, str]) -> None:
    """Keep the keys of devices that were seen for the first time; a known key is never overwritten."""
    rows = [{"device_id": device_id, "seen": key} for device_id, key in keys.items()]
    if rows:
        first = sa.update(device).where(device.c.id == sa.bindparam("device_id"), device.c.host_key.is_(None))
        connection.execute(first.values(host_key=sa.bindparam("seen")), rows)


def read(connection: Connection, ids: Iterable[int]) -> dict[int, str | None]:
    """The keys that devices are known by at the moment: runs learn them, on any host."""
    query = sa.select(device.c.id, device.c.host_key).where(device.c.id.in_(list(ids)))
    return {row.id: row.host_key for row in connection.execute(query)}
