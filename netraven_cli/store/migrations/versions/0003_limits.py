"""Limits of sessions, breakers of devices and credentials, versions of what runners keep in memory."""

import sqlalchemy as sa
from alembic import op

from netraven_cli.store.times import UtcTime

revision = "0003"
down_revision = "0002"
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("probe_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "version",
        sa.Column("part", sa.String(length=16), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("part", name=op.f("pk_version")),
    )
    op.create_table(
        "session_limit",
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("concurrent", sa.Integer(), nullable=True),
        sa.Column("per_minute", sa.Integer(), nullable=True),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_session_limit")),
    )
    op.create_table(
        "session_pace",
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("next_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_session_pace")),
    )
    op.create_index("ix_session_pace_next_at", "session_pace", ["next_at"], unique=False)
    op.create_table(
        "breaker",
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("refusals", sa.JSON(), nullable=False),
        sa.Column("opens", sa.Integer(), nullable=False),
        sa.Column("opened_at", UtcTime(), nullable=True),
        sa.Column("probe_at", UtcTime(), nullable=True),
        sa.Column("probe_job", KEY, nullable=True),
        sa.Column("probe_token", sa.Integer(), nullable=True),
        sa.Column("proven_at", UtcTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_breaker")),
    )
    op.create_index("ix_breaker_open", "breaker", ["probe_at"], unique=False, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_table(
        "breaker_event",
        sa.Column("id", KEY, nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column("who", sa.String(length=255), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breaker_event")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_breaker_event_key"), "breaker_event", ["key"], unique=False)
