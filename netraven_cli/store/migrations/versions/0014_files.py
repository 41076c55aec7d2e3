"""Captures and snapshots of further files of a device, beside its running configuration."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    for table in ("capture", "snapshot"):
        op.add_column(table, sa.Column("file", sa.String(length=16), nullable=False, server_default=""))
    op.drop_index("ix_snapshot_device_id", table_name="snapshot")
    op.create_index("ix_snapshot_device_file", "snapshot", ["device_id", "file", "id"])
