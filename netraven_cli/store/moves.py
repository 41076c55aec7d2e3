"""Where files stand in an archive; they move when a device, its zone or tags, or the template become others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from netraven_cli.store.events import chunks
from netraven_cli.store.snapshots import FIRST_TAG
from netraven_cli.store.tables import archive_pending, device, revision, snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where the newest version of a device's file stands in an archive, and what its place is made of."""

    snapshot_id: int
    path: str
    device: str
    platform: str
    zone: str
    file: str
    tag: str


def standing(connection: Connection, archive_id: str) -> list[Standing]:
    """The newest versions that an archive has of the files of all devices that are not removed."""
    newest = (
        select(func.max(revision.c.snapshot_id))
        .select_from(revision.join(snapshot))
        .where(revision.c.archive_id == archive_id)
        .group_by(snapshot.c.device_id, snapshot.c.file)
    )
    query = (
        select(
            revision.c.snapshot_id, revision.c.path, device.c.name.label("device"), device.c.platform, device.c.zone,
            snapshot.c.file, func.coalesce(FIRST_TAG, "").label("tag"),
        )
        .select_from(revision.join(snapshot).join(device, device.c.id == snapshot.c.device_id))
        .where(revision.c.archive_id == archive_id, revision.c.snapshot_id.in_(newest), device.c.removed_at.is_(None))
    )  # fmt: skip
    return [Standing(**row) for row in connection.execute(query).mappings()]


def paths(connection: Connection, archive_id: str) -> dict[tuple[str, str], str]:
    """Where each file of each device stands in an archive, by the device's name and which file it is."""
    return {(one.device, one.file): one.path for one in standing(connection, archive_id)}


def owe(connection: Connection, archive_id: str, snapshot_ids: Sequence[int]) -> None:
    """Owe an archive these snapshots again; they go to where they should stand."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    for chunk in chunks(snapshot_ids):
        rows = [{"archive_id": archive_id, "snapshot_id": one} for one in chunk]
        connection.execute(dialect.insert(archive_pending).on_conflict_do_nothing(), rows)
