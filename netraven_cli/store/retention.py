"""What of the records is let go: found and removed some rows at a time, the oldest first.

Whoever removes asks for rows in a transaction that only reads, and removes them in one of its own, where each is
looked at again: what became live, newest or owed in between stays. Batches and their ends stay for good: they tell what
became of jobs that are gone, whose numbers are never given again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Table, delete, except_, func, literal_column, select, update

from netraven_cli.model.discovery import FindingState
from netraven_cli.store import archives
from netraven_cli.store.history import IS_QUARANTINED
from netraven_cli.store.queue import IS_LIVE
from netraven_cli.store.tables import (
    archive_pending,
    breaker_event,
    capture,
    device_event,
    device_facts,
    finding,
    health_sample,
    job,
    occurrence,
    revision,
    schedule_event,
    snapshot,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

YOUNGEST = timedelta(days=1)  # no number of newer ones removes what is younger: somebody may wait for it
# Literals, as the partial indexes have them.
IS_FINAL: ColumnElement[bool] = literal_column("job.state IN ('succeeded', 'dead', 'cancelled')")
IS_REJECTED: ColumnElement[bool] = literal_column("capture.state = 'rejected'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Rows of one table that may go, and in which order they are read: by an index."""

    table: Table
    at: ColumnElement[Any]
    order: ColumnElement[Any]
    may_go: tuple[ColumnElement[bool], ...] = ()


def _settled_occurrence() -> tuple[ColumnElement[bool], ...]:
    """Neither waiting, nor the latest of its schedule, nor with jobs that are live."""
    later = occurrence.alias("later")
    newer = select(later.c.id).where(
        later.c.schedule_id == occurrence.c.schedule_id, later.c.due_at > occurrence.c.due_at
    )
    live = select(job.c.id).where(job.c.occurrence_id == occurrence.c.id, IS_LIVE)
    waits: ColumnElement[bool] = literal_column("occurrence.state IN ('due', 'deferred')")
    return ~waits, newer.correlate(occurrence).exists(), ~live.correlate(occurrence).exists()


def _not_newest(rows: Table) -> ColumnElement[bool]:
    """There is a later one of its device, and of its file where there are several."""
    later = rows.alias("later")
    newer = select(later.c.id).where(later.c.device_id == rows.c.device_id, later.c.id > rows.c.id)
    if "file" in rows.c:
        newer = newer.where(later.c.file == rows.c.file)
    return newer.correlate(rows).exists()


def _archived_snapshot() -> tuple[ColumnElement[bool], ...]:
    """Not the newest of its device, in git, and owed to no archive."""
    owed = select(archive_pending.c.snapshot_id).where(archive_pending.c.snapshot_id == snapshot.c.id)
    stands = select(revision.c.snapshot_id).where(revision.c.snapshot_id == snapshot.c.id)
    return (
        _not_newest(snapshot),
        stands.correlate(snapshot).exists(),
        ~owed.correlate(snapshot).exists(),
    )


JOBS = Rule(table=job, at=job.c.finished_at, order=job.c.finished_at, may_go=(IS_FINAL,))
OCCURRENCES = Rule(
    table=occurrence, at=occurrence.c.due_at, order=occurrence.c.id, may_go=_settled_occurrence()
)  # fmt: skip
SCHEDULE_EVENTS = Rule(table=schedule_event, at=schedule_event.c.at, order=schedule_event.c.id)
BREAKER_EVENTS = Rule(table=breaker_event, at=breaker_event.c.at, order=breaker_event.c.id)
DEVICE_EVENTS = Rule(table=device_event, at=device_event.c.at, order=device_event.c.at)
HEALTH_SAMPLES = Rule(table=health_sample, at=health_sample.c.at, order=health_sample.c.at)
DEVICE_FACTS = Rule(
    table=device_facts, at=device_facts.c.verified_at, order=device_facts.c.id, may_go=(_not_newest(device_facts),)
)  # fmt: skip
FINDINGS = Rule(
    table=finding, at=finding.c.last_seen_at, order=finding.c.id, may_go=(finding.c.state == FindingState.GONE.value,)
)  # fmt: skip
REJECTED = Rule(
    table=capture, at=capture.c.captured_at, order=capture.c.captured_at, may_go=(IS_REJECTED, _not_newest(capture))
)  # fmt: skip
SNAPSHOTS = Rule(
    table=snapshot, at=snapshot.c.captured_at, order=snapshot.c.id, may_go=_archived_snapshot()
)  # fmt: skip


def bound(connection: Connection, rule: Rule, *, now: datetime, age: timedelta | None, count: int) -> datetime | None:
    """From which time on rows are kept, by their age and by their number (0: any); None: all are."""
    bounds = [now - age] if age is not None else []
    if count:
        newest = select(rule.at).where(*rule.may_go).order_by(rule.at.desc()).offset(count - 1).limit(1)
        found = connection.execute(newest).scalar()
        bounds += [min(found, now - YOUNGEST)] if found is not None else []
    return max(bounds, default=None)


def doomed(connection: Connection, rule: Rule, before: datetime, limit: int) -> list[int]:
    """The first rows that may go and are older."""
    query = select(rule.table.c.id).where(*rule.may_go, rule.at < before).order_by(rule.order).limit(limit)
    return list(connection.execute(query).scalars())


def remove(connection: Connection, rule: Rule, ids: Sequence[int]) -> int:
    """Remove rows that still may go, with what belongs to them; returns how many."""
    if rule is SNAPSHOTS:
        return _remove_snapshots(connection, ids)
    gone = delete(rule.table).where(rule.table.c.id.in_(ids), *rule.may_go)
    return int(connection.execute(gone).rowcount)


def _remove_snapshots(connection: Connection, ids: Sequence[int]) -> int:
    archives.lock(connection, shared=False)
    gone = delete(snapshot).where(snapshot.c.id.in_(ids), *SNAPSHOTS.may_go).returning(snapshot.c.capture_id)
    captures = list(connection.execute(gone).scalars())
    connection.execute(delete(capture).where(capture.c.id.in_(captures)))
    return len(captures)


def surplus_snapshots(connection: Connection, count: int, limit: int) -> list[int]:
    """The first snapshots that may go and are not among the newest `count` of their device."""
    place = func.row_number().over(partition_by=(snapshot.c.device_id, snapshot.c.file), order_by=snapshot.c.id.desc())
    ranked = select(snapshot.c.id, place.label("place")).subquery()
    beyond = select(ranked.c.id).where(ranked.c.place > count)
    query = select(snapshot.c.id).where(snapshot.c.id.in_(beyond), *SNAPSHOTS.may_go)
    return list(connection.execute(query.order_by(snapshot.c.id).limit(limit)).scalars())


def orphan_captures(connection: Connection) -> list[int]:
    """The captures that are accepted, and no snapshot."""
    without = except_(select(capture.c.id), select(snapshot.c.capture_id)).subquery()
    query = select(capture.c.id).where(capture.c.id.in_(select(without.c.id)), capture.c.state == "accepted")
    return list(connection.execute(query.order_by(capture.c.id)).scalars())


def remove_orphans(connection: Connection, ids: Sequence[int]) -> int:
    """Remove captures that no snapshot refers to."""
    refers = select(snapshot.c.id).where(snapshot.c.capture_id == capture.c.id).correlate(capture).exists()
    gone = delete(capture).where(capture.c.id.in_(ids), capture.c.state == "accepted", ~refers)
    return int(connection.execute(gone).rowcount)


def expire_quarantine(connection: Connection, before: datetime) -> int:
    """Reject the captures that are in quarantine since earlier; returns how many."""
    old = update(capture).where(IS_QUARANTINED, capture.c.captured_at < before)
    return int(connection.execute(old.values(state="rejected")).rowcount)
