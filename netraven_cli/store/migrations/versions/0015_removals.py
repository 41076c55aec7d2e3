"""Who removed a device."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("device", sa.Column("removed_by", sa.String(length=255), nullable=True))
