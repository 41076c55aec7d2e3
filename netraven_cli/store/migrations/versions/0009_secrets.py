"""Captures without secrets, their full texts sealed beside them; the key of both; what an operator accepted before."""

import sqlalchemy as sa
from alembic import op

from netraven_cli.store.times import UtcTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "text_key",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_key")),
    )
    op.add_column("capture", sa.Column("redacted", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("capture", sa.Column("sealed", sa.LargeBinary(), nullable=True))
    for table in ("capture", "snapshot"):
        op.add_column(table, sa.Column("compared", sa.String(length=64), nullable=True))
    op.add_column("device", sa.Column("accepted_bytes", sa.Integer(), nullable=True))
    op.add_column("device", sa.Column("accepted_lines", sa.Integer(), nullable=True))
