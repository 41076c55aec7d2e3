"""How well devices are; its changes are rows of device_event."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, ForeignKey, Index, String, Table, Text

from netraven_cli.store.tables.columns import metadata, table, time

health = Table(  # of each device that was checked, by its last check
    "health",
    metadata,
    Column("device_id", ForeignKey("device.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("state", String(16), nullable=False),
    Column("reasons", JSON, nullable=False),
    time("since"),
    time("checked_at"),
    time("flapping_since", nullable=True),
    Column("changes", JSON, nullable=False),  # when its state changed lately: microseconds since 1970
    Column("latency_ms", Float),
    Column("banner", Text),
    Column("host_key", String(255)),  # the fingerprint as last shown
    Column("vitals", JSON),
    time("vitals_at", nullable=True),
    Index("ix_health_state", "state"),
)
health_sample = table(  # one row for each check
    "health_sample",
    Column("device_id", ForeignKey("device.id", ondelete="CASCADE"), nullable=False),
    time("at"),
    Column("state", String(16), nullable=False),
    Column("latency_ms", Float),
    Index("ix_health_sample_device_id", "device_id", "id"),
    Index("ix_health_sample_at", "at"),
)
