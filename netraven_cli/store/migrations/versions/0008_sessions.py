"""What is otherwise in the sessions on one device."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("device", sa.Column("options", sa.JSON(), nullable=False, server_default="{}"))
