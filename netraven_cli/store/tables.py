"""The tables. Times are aware UTC; states are spelt out, so that partial indexes and readers can name them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from netraven_cli.store.times import UtcTime

if TYPE_CHECKING:
    from datetime import datetime

# SQLite counts up only INTEGER keys, and AUTOINCREMENT keeps it from giving a number twice.
Key = BigInteger().with_variant(Integer(), "sqlite")
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
LIVE = "state IN ('scheduled', 'ready', 'running')"
metadata = MetaData(naming_convention=NAMES)


def _table(name: str, *parts: Any) -> Table:
    return Table(name, metadata, Column("id", Key, primary_key=True), *parts, sqlite_autoincrement=True)


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index of the rows that `where` names: migrations make it so, since naming it here loads both dialects."""
    return Index(name, *columns, unique=unique, info={"where": where})


def _time(name: str, nullable: bool = False) -> Column[datetime]:
    return Column(name, UtcTime, nullable=nullable)


device = _table(
    "device",
    Column("name", String(255), nullable=False),
    Column("address", String(255), nullable=False),
    Column("port", Integer, nullable=False),
    Column("platform", String(64), nullable=False),
    Column("zone", String(255), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("credential", String(255)),
    Column("host_key", Text),
    Column("details", JSON, nullable=False),
    _time("created_at"),
    _time("updated_at"),
    _time("removed_at", nullable=True),  # a removed device keeps its history; its name is free again
    _partial("ux_device_name", "name", where="removed_at IS NULL", unique=True),
)
device_tag = Table(
    "device_tag",
    metadata,
    Column("device_id", ForeignKey("device.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", String(255), primary_key=True),
    Index("ix_device_tag_tag", "tag"),
)
credential = _table(
    "credential",
    Column("name", String(255), nullable=False, unique=True),
    Column("username", String(255), nullable=False),
    Column("secrets", LargeBinary, nullable=False),  # Fernet token of a JSON object: password, enable
    Column("has_password", Boolean, nullable=False),
    Column("has_enable", Boolean, nullable=False),
    Column("key_file", Text),
    Column("priority", Integer, nullable=False),
    _time("created_at"),
    _time("updated_at"),
)
credential_tag = Table(
    "credential_tag",
    metadata,
    Column("credential_id", ForeignKey("credential.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", String(255), primary_key=True),
)
runner = Table(
    "runner",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("host", String(255), nullable=False),
    Column("pid", Integer, nullable=False),
    _time("started_at"),
    _time("lease_until"),
    Column("stop_requested_by", String(255)),  # who wants it to end; its next heartbeat tells it
)
pause = Table(  # job types that are not claimed
    "pause",
    metadata,
    Column("type", String(64), primary_key=True),  # or pauses.ALL
    Column("who", String(255), nullable=False),
    Column("reason", Text),
    _time("paused_at"),
)
job = _table(
    "job",
    Column("type", String(64), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("params", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("rank", BigInteger, nullable=False),  # smaller is sooner: see queue.rank
    Column("dedupe_key", Text),
    Column("exclusive_key", Text),
    Column("schedule", String(255)),
    Column("attempt", Integer, nullable=False),  # counted attempts, the running one included
    Column("interruptions", Integer, nullable=False),  # attempts that a killed or stopped runner did not finish
    Column("token", Integer, nullable=False),  # claims so far: fences what a runner writes of its attempt
    Column("runner_id", String(36)),
    Column("run_id", String(36)),
    Column("cancel_requested", Boolean, nullable=False),
    Column("error_class", String(16)),
    Column("reason", Text),
    _time("created_at"),
    _time("ready_at"),
    _time("expires_at", nullable=True),  # no attempt begins from then on
    _time("started_at", nullable=True),
    _time("finished_at", nullable=True),
    # Each index holds only the rows of one moment of a job's life: a million finished jobs cost a claim nothing.
    _partial("ix_job_ready", "type", "rank", "id", where="state = 'ready'"),
    _partial("ix_job_scheduled", "ready_at", "type", where="state = 'scheduled'"),
    _partial("ix_job_running", "runner_id", where="state = 'running'"),
    _partial("ix_job_expires", "expires_at", where="state IN ('scheduled', 'ready') AND expires_at IS NOT NULL"),
    _partial("ix_job_finished", "finished_at", where="state IN ('succeeded', 'dead', 'cancelled')"),
    _partial("ix_job_dead", "id", where="state = 'dead'"),
    _partial("ux_job_exclusive", "exclusive_key", where="state = 'running' AND exclusive_key IS NOT NULL", unique=True),
    _partial("ux_job_dedupe", "dedupe_key", where=f"{LIVE} AND dedupe_key IS NOT NULL", unique=True),
    Index("ix_job_subject", "subject", "id"),
)
attempt = _table(
    "attempt",
    Column("job_id", ForeignKey("job.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("token", Integer, nullable=False),
    Column("runner_id", String(36), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("error_class", String(16)),
    Column("reason", Text),
    Column("changed", Boolean),
    Column("credential", String(255)),
    Column("transcript", Text),
    _time("started_at"),
    _time("finished_at"),
    UniqueConstraint("job_id", "token"),
    _partial("ux_attempt_success", "job_id", where="outcome = 'succeeded'", unique=True),
)
job_event = _table(
    "job_event",
    Column("job_id", ForeignKey("job.id", ondelete="CASCADE"), nullable=False, index=True),
    _time("at"),
    Column("before", String(16)),
    Column("after", String(16), nullable=False),
    Column("who", String(255), nullable=False),
    Column("why", Text, nullable=False),
)
capture = _table(
    "capture",
    Column("device_id", ForeignKey("device.id"), nullable=False),
    Column("job_id", Key, nullable=False),
    Column("run_id", String(36), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("content", LargeBinary, nullable=False),  # zlib of the text in UTF-8
    _time("captured_at"),
    Index("ix_capture_device_id", "device_id", "id"),
    _partial("ix_capture_quarantined", "id", where="state = 'quarantined'"),
)
snapshot = _table(
    "snapshot",
    Column("device_id", ForeignKey("device.id"), nullable=False),
    Column("capture_id", ForeignKey("capture.id"), nullable=False, unique=True),
    Column("digest", String(64), nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("lines", Integer, nullable=False),
    _time("captured_at"),
    _time("verified_at"),  # when the device last showed exactly this
    Index("ix_snapshot_device_id", "device_id", "id"),
)
archive = Table(  # each git repository that mirrors the snapshots; hosts that share a queue may have one each
    "archive",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("place", Text, nullable=False, unique=True),  # host and path
    _time("created_at"),
)
archive_pending = Table(  # snapshots that an archive does not have yet: written with the snapshot itself
    "archive_pending",
    metadata,
    Column("archive_id", ForeignKey("archive.id", ondelete="CASCADE"), primary_key=True),
    Column("snapshot_id", ForeignKey("snapshot.id", ondelete="CASCADE"), primary_key=True),
)
revision = Table(
    "revision",
    metadata,
    Column("archive_id", ForeignKey("archive.id", ondelete="CASCADE"), primary_key=True),
    Column("snapshot_id", ForeignKey("snapshot.id", ondelete="CASCADE"), primary_key=True),
    Column("commit", String(64), nullable=False),
    Column("path", Text, nullable=False),
    _time("committed_at"),
    Index("ix_revision_snapshot_id", "snapshot_id"),
)
schedule = _table(
    "schedule",
    Column("name", String(255), nullable=False, unique=True),
    Column("type", String(64), nullable=False),
    Column("pattern", Text, nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("selector", JSON, nullable=False),
    Column("params", JSON, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("enabled", Boolean, nullable=False),
    _time("created_at"),
    _time("seen_until"),
    _time("next_due_at", nullable=True),
    _partial("ix_schedule_next_due_at", "next_due_at", where="enabled AND next_due_at IS NOT NULL"),
)
occurrence = _table(
    "occurrence",
    Column("schedule_id", ForeignKey("schedule.id", ondelete="CASCADE"), nullable=False),
    _time("due_at"),
    Column("state", String(16), nullable=False),  # due, enqueued, missed
    Column("run_id", String(36)),
    Column("jobs", Integer),
    Column("reason", Text),
    UniqueConstraint("schedule_id", "due_at"),
    _partial("ix_occurrence_due", "due_at", where="state = 'due'"),
)
