"""How many workers of a runner did not come back."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("runner", sa.Column("left_behind", sa.Integer(), server_default="0", nullable=False))
