"""Windows, blackouts, pauses and limits of schedules; their events; calendars; which occurrence a job is for."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from netraven_cli.store.times import UtcTime

revision = "0006"
down_revision = "0005"
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SCHEDULE: tuple[sa.Column[Any], ...] = (
    sa.Column("window", sa.JSON(), nullable=False, server_default="[]"),
    sa.Column("blackouts", sa.JSON(), nullable=False, server_default="[]"),
    sa.Column("on_blackout", sa.String(length=16), nullable=False, server_default="skip"),
    sa.Column("valid_from", UtcTime(), nullable=True),
    sa.Column("valid_until", UtcTime(), nullable=True),
    sa.Column("misfire", sa.Integer(), nullable=False, server_default="1"),
    sa.Column("grace_seconds", sa.Integer(), nullable=True),
    sa.Column("overlap", sa.String(length=16), nullable=False, server_default="allow"),
    sa.Column("spread_seconds", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("attempts", sa.Integer(), nullable=True),
    sa.Column("timeout_seconds", sa.Integer(), nullable=True),
    sa.Column("max_runtime_seconds", sa.Integer(), nullable=True),
    sa.Column("paused_until", UtcTime(), nullable=True),
    sa.Column("pause_reason", sa.Text(), nullable=True),
    sa.Column("note", sa.Text(), nullable=True),
)
JOB: tuple[sa.Column[Any], ...] = (
    sa.Column("occurrence_id", KEY, nullable=True),
    sa.Column("max_attempts", sa.Integer(), nullable=True),
    sa.Column("timeout_seconds", sa.Float(), nullable=True),
)


def upgrade() -> None:
    for column in SCHEDULE:
        op.add_column("schedule", column)
    for column in JOB:
        op.add_column("job", column)
    op.add_column("occurrence", sa.Column("coalesced", sa.Integer(), nullable=True))
    _partial_index("ix_occurrence_deferred", "occurrence", "schedule_id", "state = 'deferred'")
    _partial_index("ix_job_occurrence_id", "job", "occurrence_id", "occurrence_id IS NOT NULL")
    _table(
        "schedule_event",
        sa.Column("schedule_id", KEY, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("who", sa.String(length=255), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("changes", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedule.id"], name=op.f("fk_schedule_event_schedule_id"), ondelete="CASCADE"
        ),
    )
    op.create_index("ix_schedule_event_schedule_id", "schedule_event", ["schedule_id", "id"], unique=False)
    _table(
        "calendar",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("covers_until", UtcTime(), nullable=True),
        sa.UniqueConstraint("name", name=op.f("uq_calendar_name")),
    )
    _table(
        "calendar_rule",
        sa.Column("calendar_id", KEY, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.UniqueConstraint("calendar_id", "rule", name=op.f("uq_calendar_rule_calendar_id_rule")),
        sa.ForeignKeyConstraint(
            ["calendar_id"], ["calendar.id"], name=op.f("fk_calendar_rule_calendar_id"), ondelete="CASCADE"
        ),
    )


def _table(name: str, *parts: sa.schema.SchemaItem) -> None:
    key = sa.Column("id", KEY, nullable=False)
    op.create_table(
        name, key, *parts, sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")), sqlite_autoincrement=True
    )


def _partial_index(name: str, table: str, column: str, where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, [column], unique=False, sqlite_where=condition, postgresql_where=condition)
