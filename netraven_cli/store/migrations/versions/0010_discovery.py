"""Ranges, findings, and the facts of devices with their history."""

import sqlalchemy as sa
from alembic import op

from netraven_cli.store.times import UtcTime

revision = "0010"
down_revision = "0009"
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _table(
        "discovery_range",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("networks", sa.JSON(), nullable=False),
        sa.Column("exclusions", sa.JSON(), nullable=False),
        sa.Column("ports", sa.JSON(), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("ping", sa.Boolean(), nullable=False),
        sa.Column("zone", sa.String(length=255), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("credential", sa.String(length=255), nullable=True),
        sa.Column("auto_accept", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.UniqueConstraint("name", name=op.f("uq_discovery_range_name")),
    )
    _table(
        "finding",
        sa.Column("zone", sa.String(length=255), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("device_id", KEY, nullable=True),
        sa.Column("duplicate_of", KEY, nullable=True),
        sa.Column("range", sa.String(length=255), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("ports", sa.JSON(), nullable=False),
        sa.Column("port", sa.Integer(), nullable=True),
        sa.Column("banner", sa.Text(), nullable=True),
        sa.Column("host_key", sa.Text(), nullable=True),
        sa.Column("platform", sa.String(length=64), nullable=True),
        sa.Column("credential", sa.String(length=255), nullable=True),
        sa.Column("hostname", sa.String(length=255), nullable=True),
        sa.Column("serial", sa.String(length=255), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("first_seen_at", UtcTime(), nullable=False),
        sa.Column("last_seen_at", UtcTime(), nullable=False),
        sa.Column("tried_at", UtcTime(), nullable=True),
        sa.UniqueConstraint("zone", "address", name=op.f("uq_finding_zone_address")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_finding_device_id")),
    )
    op.create_index("ix_finding_serial", "finding", ["serial"], unique=False)
    op.create_index("ix_finding_host_key", "finding", ["hostname", "host_key"], unique=False)
    _table(
        "device_facts",
        sa.Column("device_id", KEY, nullable=False),
        *(sa.Column(name, sa.String(length=255), nullable=True) for name in ("hostname", "vendor", "model", "serial")),
        sa.Column("os_version", sa.String(length=255), nullable=True),
        sa.Column("interfaces", sa.Integer(), nullable=True),
        sa.Column("uptime_seconds", sa.Integer(), nullable=True),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.Column("verified_at", UtcTime(), nullable=False),
        _of_a_device("device_facts"),
    )
    op.create_index("ix_device_facts_device_id", "device_facts", ["device_id", "id"], unique=False)
    op.create_index("ix_device_facts_serial", "device_facts", ["serial"], unique=False)
    _table(
        "device_event",
        sa.Column("device_id", KEY, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("fact", sa.String(length=32), nullable=False),
        sa.Column("before", sa.String(length=255), nullable=False),
        sa.Column("after", sa.String(length=255), nullable=False),
        _of_a_device("device_event"),
    )
    op.create_index("ix_device_event_device_id", "device_event", ["device_id", "id"], unique=False)


def _table(name: str, *parts: sa.schema.SchemaItem) -> None:
    key = sa.Column("id", KEY, nullable=False)
    op.create_table(
        name, key, *parts, sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")), sqlite_autoincrement=True
    )


def _of_a_device(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f(f"fk_{table}_device_id"), ondelete="CASCADE")
