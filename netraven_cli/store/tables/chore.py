"""The chores of maintenance: when each was done last, and what it found."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, String, Table

from netraven_cli.store.tables.columns import Key, metadata, time

chore = Table(
    "chore",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("host", String(255), primary_key=True),  # empty: one for all hosts that share the database
    time("done_at"),
    Column("seconds", Float, nullable=False),
    Column("job_id", Key, nullable=False),
    Column("did", JSON, nullable=False),  # figures by name
    Column("found", JSON, nullable=False),  # findings, a mapping each
)
