"""The chores of maintenance, and what handlers found."""

import sqlalchemy as sa
from alembic import op

from netraven_cli.store.times import UtcTime

revision = "0008"
down_revision = "0007"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "chore",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("done_at", UtcTime(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("job_id", KEY, nullable=False),
        sa.Column("did", sa.JSON(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", "host", name=op.f("pk_chore")),
    )
    rejected = sa.text("state = 'rejected'")
    op.create_index("ix_capture_rejected", "capture", ["captured_at"], sqlite_where=rejected, postgresql_where=rejected)
    op.add_column("attempt", sa.Column("findings", sa.JSON(), nullable=True))
