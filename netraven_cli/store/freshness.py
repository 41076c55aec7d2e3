"""How long ago each device's configuration was last proven complete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from netraven_cli.store.tables import device, snapshot

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleDevice:
    """An enabled device whose last proof is too old; `verified_at` is None if there never was one."""

    name: str
    verified_at: datetime | None


def stale(connection: Connection, before: datetime) -> list[StaleDevice]:
    """The enabled devices that were not proven complete since `before`, the longest forgotten first.

    A device that was added since then and has no proof yet is not late.
    """
    proven = select(func.max(snapshot.c.verified_at)).where(snapshot.c.device_id == device.c.id, snapshot.c.file == "")
    verified_at = proven.correlate(device).scalar_subquery().label("verified_at")
    enabled = select(device.c.name, device.c.created_at, verified_at).where(device.c.removed_at.is_(None))
    each = enabled.where(device.c.enabled).subquery()
    since = func.coalesce(each.c.verified_at, each.c.created_at)
    query = select(each.c.name, each.c.verified_at).where(since < before).order_by(since, each.c.name)
    return [StaleDevice(name=row.name, verified_at=row.verified_at) for row in connection.execute(query)]
