"""Schedules and their occurrences."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Integer, String, Text, UniqueConstraint

from netraven_cli.store.tables.columns import partial, table, time

schedule = table(
    "schedule",
    Column("name", String(255), nullable=False, unique=True),
    Column("type", String(64), nullable=False),
    Column("pattern", Text, nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("selector", JSON, nullable=False),
    Column("params", JSON, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("enabled", Boolean, nullable=False),
    time("created_at"),
    time("seen_until"),
    time("next_due_at", nullable=True),
    partial("ix_schedule_next_due_at", "next_due_at", where="enabled AND next_due_at IS NOT NULL"),
)
occurrence = table(
    "occurrence",
    Column("schedule_id", ForeignKey("schedule.id", ondelete="CASCADE"), nullable=False),
    time("due_at"),
    Column("state", String(16), nullable=False),  # due, enqueued, missed
    Column("run_id", String(36)),
    Column("jobs", Integer),
    Column("reason", Text),
    UniqueConstraint("schedule_id", "due_at"),
    partial("ix_occurrence_due", "due_at", where="state = 'due'"),
)
