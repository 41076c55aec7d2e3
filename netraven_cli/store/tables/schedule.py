"""Schedules, their occurrences and events, and the calendars that hold them back."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Text, UniqueConstraint

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
    Column("window", JSON, nullable=False),
    Column("blackouts", JSON, nullable=False),
    Column("on_blackout", String(16), nullable=False),
    time("valid_from", nullable=True),
    time("valid_until", nullable=True),
    Column("misfire", Integer, nullable=False),
    Column("grace_seconds", Integer),
    Column("overlap", String(16), nullable=False),
    Column("spread_seconds", Integer, nullable=False),
    Column("attempts", Integer),
    Column("timeout_seconds", Integer),
    Column("max_runtime_seconds", Integer),
    time("paused_until", nullable=True),
    Column("pause_reason", Text),
    Column("note", Text),
    time("created_at"),
    time("seen_until"),
    time("next_due_at", nullable=True),
    partial("ix_schedule_next_due_at", "next_due_at", where="enabled AND next_due_at IS NOT NULL"),
)
schedule_event = table(  # what was done to a schedule, and what of it was missed
    "schedule_event",
    Column("schedule_id", ForeignKey("schedule.id", ondelete="CASCADE"), nullable=False),
    time("at"),
    Column("kind", String(16), nullable=False),  # added, edited, missed
    Column("who", String(255), nullable=False),
    Column("why", Text),
    Column("changes", JSON),  # of an edit: {field: [before, after]}
    Index("ix_schedule_event_schedule_id", "schedule_id", "id"),
)
occurrence = table(
    "occurrence",
    Column("schedule_id", ForeignKey("schedule.id", ondelete="CASCADE"), nullable=False),
    time("due_at"),
    Column("state", String(16), nullable=False),  # due, enqueued, deferred, skipped, missed
    Column("run_id", String(36)),
    Column("jobs", Integer),
    Column("coalesced", Integer),
    Column("reason", Text),
    UniqueConstraint("schedule_id", "due_at"),
    partial("ix_occurrence_due", "due_at", where="state = 'due'"),
    partial("ix_occurrence_deferred", "schedule_id", where="state = 'deferred'"),
)
calendar = table(
    "calendar",
    Column("name", String(255), nullable=False, unique=True),
    Column("note", Text),
    time("covers_until", nullable=True),
)
calendar_rule = table(
    "calendar_rule",
    Column("calendar_id", ForeignKey("calendar.id", ondelete="CASCADE"), nullable=False),
    Column("rule", Text, nullable=False),
    Column("summary", Text),
    Column("origin", String(16), nullable=False),  # operator, file, holidays
    UniqueConstraint("calendar_id", "rule"),
)
