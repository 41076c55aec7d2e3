"""Captures, snapshots, and what the archives have of them."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from netraven_cli.model import Capture, CaptureState, Known, PendingSnapshot, Written
from netraven_cli.store import archives
from netraven_cli.store.events import chunks
from netraven_cli.store.tables import (
    archive,
    archive_pending,
    batch,
    capture,
    device,
    device_tag,
    job,
    revision,
    snapshot,
)
from netraven_cli.store.words import storable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

FIRST_TAG = (
    select(func.min(device_tag.c.tag)).where(device_tag.c.device_id == device.c.id).correlate(device).scalar_subquery()
)
_COLUMNS = (
    snapshot.c.id, device.c.name, device.c.platform, device.c.zone,
    capture.c.content, capture.c.captured_at, capture.c.job_id, capture.c.run_id, snapshot.c.file,
    FIRST_TAG.label("tag"),
)  # fmt: skip
# Put together once: each capture asks for both.
_LAST = (
    select(snapshot)
    .where(snapshot.c.device_id == bindparam("of_device"), snapshot.c.file == bindparam("of_file"))
    .order_by(snapshot.c.id.desc())
    .limit(1)
)
_SEEN_AGAIN = (
    update(snapshot)
    .where(snapshot.c.id == bindparam("which"))
    .values(verified_at=bindparam("then"), compared=bindparam("as_compared"))
)
_RUNNER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # one that queued what another job led to


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a capture came from."""

    device_id: int
    job_id: int
    run_id: str
    attempt: int
    captured_at: datetime
    file: str = ""  # one of FILES; empty: the running configuration


def keep(connection: Connection, origin: Origin, taken: Capture) -> bool | None:
    """Keep a judged capture: True if it is a changed configuration, False if unchanged, None if in quarantine."""
    if taken.reasons:
        _insert_capture(connection, origin, taken, CaptureState.QUARANTINED)
        return None
    last = _last(connection, origin)
    compared = taken.compared or taken.digest
    if last is not None and (last.digest == taken.digest or (last.compared or last.digest) == compared):
        # With the same text, another `compared` comes of other rules: those count from now on.
        connection.execute(_SEEN_AGAIN, {"which": last.id, "then": origin.captured_at, "as_compared": compared})
        return False
    capture_id = _insert_capture(connection, origin, taken, CaptureState.ACCEPTED)
    insert_snapshot(connection, capture_id)
    return True


def _last(connection: Connection, origin: Origin) -> Row[Any] | None:
    return connection.execute(_LAST, {"of_device": origin.device_id, "of_file": origin.file}).one_or_none()


def _insert_capture(connection: Connection, origin: Origin, taken: Capture, state: CaptureState) -> int:
    raw = taken.text.encode("utf-8", "surrogateescape")
    values = {
        "device_id": origin.device_id,
        "job_id": origin.job_id,
        "run_id": origin.run_id,
        "attempt": origin.attempt,
        "state": state.value,
        "digest": taken.digest,
        "compared": taken.compared,
        "size_bytes": len(raw),
        "lines": taken.lines,
        "reasons": [storable(reason) for reason in taken.reasons],
        "content": zlib.compress(raw, 6),
        "redacted": taken.redacted,
        "sealed": taken.sealed,
        "file": origin.file,
        "captured_at": origin.captured_at,
    }
    return int(connection.execute(insert(capture).values(**values).returning(capture.c.id)).scalar_one())


def insert_snapshot(connection: Connection, capture_id: int) -> int:
    """Make a capture the device's snapshot, and owe it to every archive."""
    columns = ("device_id", "file", "digest", "compared", "size_bytes", "lines", "captured_at")
    source = select(
        *(capture.c[name] for name in columns), capture.c.captured_at.label("verified_at"), capture.c.id
    ).where(capture.c.id == capture_id)
    made = insert(snapshot).from_select([*columns, "verified_at", "capture_id"], source).returning(snapshot.c.id)
    archives.lock(connection, shared=True)
    snapshot_id = int(connection.execute(made).scalar_one())
    owed = select(archive.c.id, literal(snapshot_id))
    connection.execute(insert(archive_pending).from_select(["archive_id", "snapshot_id"], owed))
    return snapshot_id


def known_for(connection: Connection, device_ids: Sequence[int]) -> dict[int, Known]:
    """What is known of the last accepted configuration of each device that has one."""
    known: dict[int, Known] = {}
    for chunk in chunks(device_ids):
        running = (snapshot.c.device_id.in_(chunk), snapshot.c.file == "")
        newest = select(func.max(snapshot.c.id)).where(*running).group_by(snapshot.c.device_id)
        accepted = (device.c.accepted_lines, device.c.accepted_bytes)
        joined = snapshot.join(device, device.c.id == snapshot.c.device_id)
        query = select(snapshot, *accepted).select_from(joined).where(snapshot.c.id.in_(newest))
        for row in connection.execute(query):
            known[row.device_id] = Known(
                digest=row.digest,
                lines=row.lines,
                size_bytes=row.size_bytes,
                accepted_lines=row.accepted_lines,
                accepted_bytes=row.accepted_bytes,
            )
    return known


def pending(
    connection: Connection, archive_id: str, *, after: int, limit: int, in_clear_too: bool = True
) -> list[PendingSnapshot]:
    """What an archive does not have yet, in order, beyond snapshot number `after`."""
    owed = archive_pending.join(snapshot).join(capture).join(device, device.c.id == snapshot.c.device_id)
    query = (
        select(*_COLUMNS, job.c.schedule, batch.c.who)
        .select_from(owed.outerjoin(job, job.c.id == capture.c.job_id).outerjoin(batch, batch.c.id == job.c.batch_id))
        .where(archive_pending.c.archive_id == archive_id, archive_pending.c.snapshot_id > after)
        .order_by(archive_pending.c.snapshot_id)
        .limit(limit)
    )
    if not in_clear_too:
        query = query.where(capture.c.redacted)
    return [replace(_pending(row), cause=_cause(row)) for row in connection.execute(query)]


def _cause(row: Any) -> str:
    who = "" if _RUNNER.fullmatch(row.who or "") else row.who or ""
    return f"schedule {row.schedule}" if row.schedule else who


def standing(connection: Connection, archive_id: str, paths: Sequence[str]) -> list[tuple[str, PendingSnapshot]]:
    """The newest snapshots of devices that stand in these files of an archive, each with its file."""
    newest = select(func.max(snapshot.c.id)).group_by(snapshot.c.device_id, snapshot.c.file)
    query = (
        select(*_COLUMNS, revision.c.path)
        .select_from(revision.join(snapshot).join(capture).join(device, device.c.id == snapshot.c.device_id))
        .where(revision.c.archive_id == archive_id, revision.c.path.in_(paths), device.c.removed_at.is_(None))
        .where(revision.c.snapshot_id.in_(newest))
        .order_by(revision.c.snapshot_id)
    )
    return [(row.path, _pending(row)) for row in connection.execute(query)]


def _pending(row: Any) -> PendingSnapshot:
    return PendingSnapshot(
        snapshot_id=row.id, device=row.name, platform=row.platform, zone=row.zone, text=unpacked(row.content),
        captured_at=row.captured_at, job_id=row.job_id, run_id=row.run_id, file=row.file,
        tag=row.tag or "",
    )  # fmt: skip


def record_revisions(connection: Connection, archive_id: str, written: Sequence[Written]) -> None:
    """An archive has these snapshots now; another writer may have said so already, or they stood elsewhere once."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    for chunk in chunks(written):
        ids = [row.snapshot_id for row in chunk]
        mine = (archive_pending.c.archive_id == archive_id, archive_pending.c.snapshot_id.in_(ids))
        connection.execute(delete(archive_pending).where(*mine))
        rows = [
            {
                "archive_id": archive_id, "snapshot_id": row.snapshot_id, "commit": row.commit,
                "path": row.path, "committed_at": row.committed_at,
            }
            for row in chunk
        ]  # fmt: skip
        insertion = dialect.insert(revision)
        places = {name: insertion.excluded[name] for name in ("commit", "path", "committed_at")}
        keys = ["archive_id", "snapshot_id"]
        connection.execute(insertion.on_conflict_do_update(index_elements=keys, set_=places), rows)


def unpacked(content: bytes) -> str:
    """The text of a capture as it is kept."""
    return zlib.decompress(content).decode("utf-8", "surrogateescape")
