"""Batches, turns of schedules and zones, interruptions in a row, and the class of an event."""

import sqlalchemy as sa
from alembic import op

from netraven_cli.store.times import UtcTime

revision = "0004"
down_revision = "0003"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LIVE = "state IN ('scheduled', 'ready', 'running') AND batch_id IS NOT NULL"


def upgrade() -> None:
    op.create_table(
        "batch",
        sa.Column("id", KEY, nullable=False),
        sa.Column("who", sa.String(length=255), nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=True),
        sa.Column("schedule", sa.String(length=255), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "batch_end",
        sa.Column("batch_id", KEY, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("who", sa.String(length=255), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_batch_end_batch_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_batch_end")),
    )
    op.add_column("job", sa.Column("zone", sa.String(length=255), nullable=True))
    op.add_column("job", sa.Column("batch_id", KEY, nullable=True))
    op.add_column("job", sa.Column("interrupted_in_row", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("job_event", sa.Column("error_class", sa.String(length=16), nullable=True))
    op.create_index("ix_job_batch_id", "job", ["batch_id"], unique=False)
    _partial("ix_job_batch_live", "job", ["batch_id"], LIVE)
    _partial("ix_job_turn", "job", ["schedule", "zone", "priority", "rank"], "state = 'ready'")
    _partial("ix_job_event_interrupted", "job_event", ["at"], "error_class = 'interrupted'")


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=False, sqlite_where=condition, postgresql_where=condition)
