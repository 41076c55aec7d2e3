"""What is otherwise in the sessions on one device, the keys and the credentials that were refused."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("device", sa.Column("options", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("device", sa.Column("refused_key", sa.Text(), nullable=True))
    op.add_column("device", sa.Column("last_credential", sa.String(length=255), nullable=True))
    op.add_column("credential", sa.Column("agent", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("attempt", sa.Column("refused", sa.JSON(none_as_null=True), nullable=True))
