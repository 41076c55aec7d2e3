"""Captures, snapshots, and where they stand in git."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, false

from netraven_cli.store.tables.columns import Key, metadata, partial, table, time

capture = table(
    "capture",
    Column("device_id", ForeignKey("device.id"), nullable=False),
    Column("job_id", Key, nullable=False),
    Column("run_id", String(36), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("compared", String(64)),  # the digest less the lines that are ignored, where there are any to ignore
    Column("size_bytes", Integer, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("content", LargeBinary, nullable=False),  # zlib of the text in UTF-8
    Column("redacted", Boolean, nullable=False, server_default=false()),
    Column("file", String(16), nullable=False, server_default=""),  # one of FILES; empty: the running configuration
    Column("sealed", LargeBinary),  # the full text of a redacted one, encrypted: see text_key
    time("captured_at"),
    Index("ix_capture_device_id", "device_id", "id"),
    partial("ix_capture_quarantined", "id", where="state = 'quarantined'"),
    partial("ix_capture_rejected", "captured_at", where="state = 'rejected'"),
)
snapshot = table(
    "snapshot",
    Column("device_id", ForeignKey("device.id"), nullable=False),
    Column("capture_id", ForeignKey("capture.id"), nullable=False, unique=True),
    Column("digest", String(64), nullable=False),
    Column("compared", String(64)),
    Column("size_bytes", Integer, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("file", String(16), nullable=False, server_default=""),
    time("captured_at"),
    time("verified_at"),  # when the device last showed exactly this
    Index("ix_snapshot_device_file", "device_id", "file", "id"),
)
text_key = Table(  # of fingerprints and full texts: one row
    "text_key",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),  # Fernet token of the vault
    time("created_at"),
)
archive = Table(  # each git repository that mirrors the snapshots; hosts that share a queue may have one each
    "archive",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("place", Text, nullable=False, unique=True),  # host and path
    time("created_at"),
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
    time("committed_at"),
    Index("ix_revision_snapshot_id", "snapshot_id"),
)
