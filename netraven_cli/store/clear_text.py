"""Accepted configurations with secrets in clear, which an archive does not have yet."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select, update

from netraven_cli.store.snapshots import unpacked
from netraven_cli.store.tables import archive_pending, capture, device, snapshot

if TYPE_CHECKING:
    from netraven_cli.model import Capture


@dataclass(frozen=True, slots=True, kw_only=True)
class InClear:
    """An accepted configuration of which no secret is hidden."""

    snapshot_id: int
    capture_id: int
    device_id: int
    platform: str
    text: str


def in_clear(connection: Connection, archive_id: str, limit: int) -> list[InClear]:
    """What an archive does not have yet, of that which holds secrets in clear."""
    query = (
        select(snapshot.c.id, snapshot.c.capture_id, snapshot.c.device_id, device.c.platform, capture.c.content)
        .select_from(archive_pending.join(snapshot).join(capture).join(device, device.c.id == snapshot.c.device_id))
        .where(archive_pending.c.archive_id == archive_id, capture.c.redacted.is_(False))
        .order_by(archive_pending.c.snapshot_id)
        .limit(limit)
    )
    return [
        InClear(
            snapshot_id=row.id, capture_id=row.capture_id, device_id=row.device_id, platform=row.platform,
            text=unpacked(row.content),
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def replace_text(connection: Connection, one: InClear, hidden: Capture) -> None:
    """Keep a capture and its snapshot without the secrets that they had."""
    raw = hidden.text.encode("utf-8", "surrogateescape")
    same = {
        "digest": hidden.digest, "compared": hidden.compared, "size_bytes": len(raw), "lines": hidden.lines,
    }  # fmt: skip
    values = {**same, "content": zlib.compress(raw, 6), "redacted": True, "sealed": hidden.sealed}
    connection.execute(update(capture).where(capture.c.id == one.capture_id).values(**values))
    connection.execute(update(snapshot).where(snapshot.c.id == one.snapshot_id).values(**same))
