"""What a runner says of itself, and how wide an operator wants it."""

import sqlalchemy as sa
from alembic import op

from netraven_cli.store.times import UtcTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    for column in (
        sa.Column("workers_wanted", sa.Integer(), nullable=True),
        sa.Column("heartbeat_at", UtcTime(), nullable=True),
        sa.Column("version", sa.String(length=64), nullable=True),
        sa.Column("workers", sa.Integer(), nullable=True),
        sa.Column("memory_bytes", sa.BigInteger(), nullable=True),
        sa.Column("descriptors", sa.Integer(), nullable=True),
        sa.Column("short_of", sa.String(length=255), nullable=True),
    ):
        op.add_column("runner", column)
