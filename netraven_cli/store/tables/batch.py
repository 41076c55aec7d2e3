"""Batches: the jobs that were queued together."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table, Text

from netraven_cli.store.tables.columns import metadata, table, time

batch = table(
    "batch",
    Column("who", String(255), nullable=False),
    Column("run_id", String(36)),  # the run whose plan it is; None: somebody submitted it
    Column("schedule", String(255)),
    time("created_at"),
)
batch_end = Table(  # the one event of a batch: its key keeps it from ending twice
    "batch_end",
    metadata,
    Column("batch_id", ForeignKey("batch.id", ondelete="CASCADE"), primary_key=True),
    time("at"),
    Column("who", String(255), nullable=False),  # who ended its last live job
    Column("why", Text, nullable=False),
)
