"""Devices that were removed: what they left in an archive, and who had a name before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Exists, and_, bindparam, exists, func, select

from netraven_cli.model import Removed
from netraven_cli.store import inventory
from netraven_cli.store.tables import archive_pending, device, revision, snapshot

if TYPE_CHECKING:
    from datetime import datetime

    from netraven_cli.model import Device, Selector

IS_REMOVED = device.c.removed_at.is_not(None)
_REMOVED = select(device.c.id).where(device.c.id == bindparam("which"), IS_REMOVED)  # each capture asks for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A device that has or had a name; when and by whom it was removed, if it was."""

    device: Device
    removed_at: datetime | None = None
    removed_by: str | None = None


def lives(connection: Connection, name: str) -> list[Life]:
    """The devices that have or had a name: the one of the inventory, then those removed, the last one first."""
    now = [Life(device=one) for one in inventory.by_names(connection, [name]).values()]
    columns = [*inventory.COLUMNS, device.c.removed_at, device.c.removed_by]
    query = select(*columns).where(device.c.name == name, IS_REMOVED).order_by(device.c.id.desc())
    before = [dict(row) for row in connection.execute(query).mappings()]
    return now + [
        Life(removed_at=row.pop("removed_at"), removed_by=row.pop("removed_by"), device=inventory.device_of(row, ()))
        for row in before
    ]


def once(connection: Connection, selector: Selector, at: datetime | None) -> list[Device]:
    """The removed devices that a selector means and that have a history; of a time, those that were removed later."""
    wanted = and_(IS_REMOVED, exists().where(snapshot.c.device_id == device.c.id))
    wanted = wanted if at is None else and_(wanted, device.c.removed_at > at)
    tags = inventory.tags_of(connection, wanted)
    rows = connection.execute(select(*inventory.COLUMNS).where(wanted)).mappings()
    found = [inventory.device_of(row, tags[row["id"]]) for row in rows]
    return [one for one in found if inventory.means(selector, one)]


def is_removed(connection: Connection, device_id: int) -> bool:
    """Whether a device is no longer in the inventory."""
    return connection.execute(_REMOVED, {"which": device_id}).first() is not None


def left(connection: Connection, archive_id: str) -> list[Removed]:
    """Where each file of the removed devices stood last in an archive.

    Where a device of the same name took the file over, nothing is left. Where the archive is owed something of that
    name, it may have been written and not recorded yet: then that comes first.
    """
    here = revision.c.archive_id == archive_id
    newest = (
        select(func.max(revision.c.snapshot_id))
        .select_from(revision.join(snapshot))
        .where(here, snapshot.c.device_id.in_(select(device.c.id).where(IS_REMOVED)))  # not a join: found by index
        .group_by(snapshot.c.device_id, snapshot.c.file)
    )
    query = (
        select(
            device.c.name.label("device"), snapshot.c.file, revision.c.path, revision.c.snapshot_id,
            device.c.removed_at, func.coalesce(device.c.removed_by, "").label("removed_by"),
        )
        .select_from(revision.join(snapshot).join(device, device.c.id == snapshot.c.device_id))
        .where(here, revision.c.snapshot_id.in_(newest), ~_is_owed(archive_id), ~_is_taken_over(archive_id))
        .order_by(device.c.removed_at, device.c.id, snapshot.c.file)
    )  # fmt: skip
    return [Removed(**row) for row in connection.execute(query).mappings()]


def _is_owed(archive_id: str) -> Exists:
    other, one = snapshot.alias("owed"), device.alias("namesake")
    owed = archive_pending.join(other, other.c.id == archive_pending.c.snapshot_id).join(
        one, one.c.id == other.c.device_id
    )
    of_the_name = (archive_pending.c.archive_id == archive_id, one.c.name == device.c.name)
    return exists().select_from(owed).where(*of_the_name).correlate(device)


def _is_taken_over(archive_id: str) -> Exists:
    heir, version, place = device.alias("heir"), snapshot.alias("version"), revision.alias("place")
    joined = heir.join(version, version.c.device_id == heir.c.id).join(place, place.c.snapshot_id == version.c.id)
    at = (place.c.archive_id == archive_id, place.c.path == revision.c.path)
    same_name = (heir.c.name == device.c.name, heir.c.removed_at.is_(None))
    return exists().select_from(joined).where(*at, *same_name).correlate(device, revision)
