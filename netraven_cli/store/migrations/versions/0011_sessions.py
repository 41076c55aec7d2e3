"""What is otherwise in the sessions on one device, and the host keys that were refused."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("device", sa.Column("options", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("device", sa.Column("refused_key", sa.Text(), nullable=True))
