"""Credentials of SNMP, and ranges that are asked by it."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("credential", sa.Column("has_privacy", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("credential", sa.Column("snmp", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("discovery_range", sa.Column("snmp", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("discovery_range", sa.Column("snmp_port", sa.Integer(), nullable=False, server_default="161"))
