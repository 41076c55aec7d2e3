"""How well devices are, by their last check; each check; and why a device is another than before."""

import sqlalchemy as sa
from alembic import op

from netraven_cli.store.times import UtcTime

revision = "0011"
down_revision = "0010"
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "health",
        sa.Column("device_id", KEY, autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("checked_at", UtcTime(), nullable=False),
        sa.Column("flapping_since", UtcTime(), nullable=True),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("latency_ms", sa.Float(), nullable=True),
        sa.Column("banner", sa.Text(), nullable=True),
        sa.Column("host_key", sa.String(length=255), nullable=True),
        sa.Column("vitals", sa.JSON(), nullable=True),
        sa.Column("vitals_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_health")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_health_device_id"), ondelete="CASCADE"),
    )
    op.create_index("ix_health_state", "health", ["state"], unique=False)
    op.create_table(
        "health_sample",
        sa.Column("id", KEY, nullable=False),
        sa.Column("device_id", KEY, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("latency_ms", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_sample")),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_health_sample_device_id"), ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_health_sample_device_id", "health_sample", ["device_id", "id"], unique=False)
    op.create_index("ix_health_sample_at", "health_sample", ["at"], unique=False)
    op.add_column("device_event", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column("device_event", sa.Column("damped", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_device_event_at", "device_event", ["at"], unique=False)
