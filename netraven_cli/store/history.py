"""Captures and snapshots as operators look at them, and what they decide about the quarantine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Select, func, literal_column, select, update

from netraven_cli.errors import NoInputError
from netraven_cli.store.events import chunks
from netraven_cli.store.snapshots import insert_snapshot, unpacked
from netraven_cli.store.tables import capture, device, revision, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

IS_QUARANTINED: ColumnElement[bool] = literal_column(
    "capture.state = 'quarantined'"
)  # a literal, as the partial index has it


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRecord:
    """An accepted configuration; `commit` and `path` are None until the archive asked for has it."""

    id: int
    device: str
    file: str  # one of FILES; empty: the running configuration
    captured_at: datetime
    verified_at: datetime  # when the device last showed exactly this
    valid_until: datetime | None  # when it showed something else, or was removed; None: it is in force
    lines: int
    size_bytes: int
    digest: str
    job_id: int
    commit: str | None
    path: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineRecord:
    """A capture that was not proven complete."""

    id: int
    device: str
    captured_at: datetime
    lines: int
    size_bytes: int
    job_id: int
    reasons: tuple[str, ...]


def newest(
    connection: Connection,
    device_ids: Sequence[int],
    archive_id: str | None,
    at: datetime | None = None,
    *,
    further_too: bool = False,
) -> list[SnapshotRecord]:
    """The last accepted configuration of each of these devices that has one (at a time: had one), by name.

    With `further_too`, the last of each of their further files, too.
    """
    found: list[SnapshotRecord] = []
    for chunk in chunks(device_ids):
        last = select(func.max(snapshot.c.id)).where(snapshot.c.device_id.in_(chunk))
        last = last.group_by(snapshot.c.device_id, snapshot.c.file)
        if not further_too:
            last = last.where(snapshot.c.file == "")
        if at is not None:
            last = last.where(snapshot.c.captured_at <= at)
        found += _records(connection, _snapshots(archive_id).where(snapshot.c.id.in_(last)))
    return sorted(found, key=lambda record: (record.device, record.file))


def every(connection: Connection, device_ids: Sequence[int]) -> list[SnapshotRecord]:
    """All accepted configurations of these devices, by name, the oldest first; not where they stand in git."""
    found: list[SnapshotRecord] = []
    for chunk in chunks(device_ids):
        running = (snapshot.c.device_id.in_(chunk), snapshot.c.file == "")
        found += _records(connection, _snapshots(None).where(*running))
    return sorted(found, key=lambda record: (record.device, record.id))


def accepted_by_hand(connection: Connection, snapshot_ids: Sequence[int]) -> set[int]:
    """Those of these snapshots that an operator accepted against the reasons of the judge."""
    found: set[int] = set()
    for chunk in chunks(snapshot_ids):
        query = select(snapshot.c.id, capture.c.reasons).select_from(snapshot.join(capture))
        found |= {row.id for row in connection.execute(query.where(snapshot.c.id.in_(chunk))) if row.reasons}
    return found


def changes(
    connection: Connection, device_ids: Sequence[int], archive_id: str | None, since: datetime, until: datetime
) -> list[SnapshotRecord]:
    """What these devices showed for the first time between two times, the newest first."""
    found: list[SnapshotRecord] = []
    for chunk in chunks(device_ids):
        new = (snapshot.c.device_id.in_(chunk), snapshot.c.captured_at >= since, snapshot.c.captured_at <= until)
        found += _records(connection, _snapshots(archive_id).where(*new))
    return sorted(found, key=lambda record: record.id, reverse=True)


def texts(connection: Connection, snapshot_ids: Sequence[int]) -> Iterator[tuple[int, str]]:
    """The texts of accepted configurations with their numbers, a few in memory at a time, in no order."""
    for chunk in chunks(snapshot_ids):
        query = select(snapshot.c.id, capture.c.content).select_from(snapshot.join(capture))
        rows = connection.execution_options(yield_per=50).execute(query.where(snapshot.c.id.in_(chunk)))
        yield from ((row.id, unpacked(row.content)) for row in rows)


def of_device(
    connection: Connection, device_id: int, archive_id: str | None, limit: int, file: str = ""
) -> list[SnapshotRecord]:
    """The accepted configurations of a device, or of a further file of it, the newest first."""
    query = _snapshots(archive_id).where(snapshot.c.device_id == device_id, snapshot.c.file == file)
    return _records(connection, query.order_by(snapshot.c.id.desc()).limit(limit))


def _snapshots(archive_id: str | None) -> Select[Any]:
    """Snapshots with what an archive has of each."""
    joined = (
        snapshot.join(capture)
        .join(device, device.c.id == snapshot.c.device_id)
        .outerjoin(revision, (revision.c.snapshot_id == snapshot.c.id) & (revision.c.archive_id == archive_id))
    )
    later = snapshot.alias("later")
    after_it = (later.c.device_id == snapshot.c.device_id, later.c.file == snapshot.c.file, later.c.id > snapshot.c.id)
    until = select(later.c.captured_at).where(*after_it).order_by(later.c.id).limit(1).scalar_subquery()
    valid_until = func.coalesce(until, device.c.removed_at).label("valid_until")
    return select(
        snapshot.c.id, device.c.name.label("device"), snapshot.c.file, snapshot.c.captured_at, snapshot.c.verified_at,
        valid_until, snapshot.c.lines, snapshot.c.size_bytes, snapshot.c.digest, capture.c.job_id,
        revision.c.commit, revision.c.path,
    ).select_from(joined)  # fmt: skip


def _records(connection: Connection, query: Select[Any]) -> list[SnapshotRecord]:
    return [SnapshotRecord(**row) for row in connection.execute(query).mappings()]


def text_of(connection: Connection, snapshot_id: int) -> str:
    """The text of an accepted configuration."""
    query = select(capture.c.content).select_from(snapshot.join(capture)).where(snapshot.c.id == snapshot_id)
    return unpacked(connection.execute(query).scalar_one())


def quarantined(connection: Connection, device_ids: Sequence[int] | None = None) -> list[QuarantineRecord]:
    """The captures in quarantine, the newest first; of these devices, if they are given."""
    query = (
        select(
            capture.c.id, device.c.name.label("device"), capture.c.captured_at, capture.c.lines,
            capture.c.size_bytes, capture.c.job_id, capture.c.reasons,
        )
        .select_from(capture.join(device))
        .where(IS_QUARANTINED)
        .order_by(capture.c.id.desc())
    )  # fmt: skip
    if device_ids is not None:
        query = query.where(capture.c.device_id.in_(device_ids))
    rows = connection.execute(query).mappings()
    return [QuarantineRecord(**{**row, "reasons": tuple(row["reasons"])}) for row in rows]


def quarantined_text(connection: Connection, capture_id: int) -> str:
    """The text of a capture."""
    return unpacked(connection.execute(select(capture.c.content).where(capture.c.id == capture_id)).scalar_one())


def accept(connection: Connection, device_id: int, name: str) -> QuarantineRecord:
    """Make the newest capture in quarantine the device's configuration, and its size one to expect; reject older ones.

    Raises:
        NoInputError: nothing of this device is in quarantine.
    """
    chosen, *older = _settled(connection, device_id, name)
    _mark(connection, [chosen.id], "accepted")
    _mark(connection, [record.id for record in older], "rejected")
    insert_snapshot(connection, chosen.id)
    _learn(connection, device_id, chosen)
    return chosen


def _learn(connection: Connection, device_id: int, accepted: QuarantineRecord) -> None:
    """From now on, what is as large as this is not too small for this device."""
    for column, size in ((device.c.accepted_bytes, accepted.size_bytes), (device.c.accepted_lines, accepted.lines)):
        smallest = update(device).where(device.c.id == device_id, (column.is_(None)) | (column > size))
        connection.execute(smallest.values({column: size}))


def reject(connection: Connection, device_id: int, name: str) -> int:
    """Reject all captures of a device in quarantine; returns how many. They are kept, marked so.

    Raises:
        NoInputError: nothing of this device is in quarantine.
    """
    found = _settled(connection, device_id, name)
    _mark(connection, [record.id for record in found], "rejected")
    return len(found)


def _settled(connection: Connection, device_id: int, name: str) -> list[QuarantineRecord]:
    found = quarantined(connection, [device_id])
    if not found:
        raise NoInputError(f"nothing of {name} is in quarantine; see: netraven snapshot list --quarantined")
    return found


def _mark(connection: Connection, ids: Sequence[int], state: str) -> None:
    for chunk in chunks(ids):
        connection.execute(update(capture).where(capture.c.id.in_(chunk)).values(state=state))
