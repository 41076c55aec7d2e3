"""Pauses, runners that are asked to stop, jobs with a deadline."""

import sqlalchemy as sa
from alembic import op

from netraven_cli.store.times import UtcTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "pause",
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("who", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("paused_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("type", name=op.f("pk_pause")),
    )
    op.add_column("runner", sa.Column("stop_requested_by", sa.String(length=255), nullable=True))
    op.add_column("job", sa.Column("expires_at", UtcTime(), nullable=True))
    op.create_index(
        "ix_job_expires",
        "job",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('scheduled', 'ready') AND expires_at IS NOT NULL"),
        postgresql_where=sa.text("state IN ('scheduled', 'ready') AND expires_at IS NOT NULL"),
    )
    # With the type in it, the waiting jobs of a type are counted without a look into the table.
    op.drop_index("ix_job_scheduled", table_name="job")
    op.create_index(
        "ix_job_scheduled",
        "job",
        ["ready_at", "type"],
        unique=False,
        sqlite_where=sa.text("state = 'scheduled'"),
        postgresql_where=sa.text("state = 'scheduled'"),
    )
