"""Devices and credentials."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, false

from netraven_cli.store.tables.columns import metadata, partial, table, time

device = table(
    "device",
    Column("name", String(255), nullable=False),
    Column("address", String(255), nullable=False),
    Column("port", Integer, nullable=False),
    Column("platform", String(64), nullable=False),
    Column("zone", String(255), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("credential", String(255)),
    Column("host_key", Text),
    Column("refused_key", Text),
    Column("last_credential", String(255)),
    Column("accepted_bytes", Integer),  # the smallest configuration that an operator accepted from quarantine
    Column("accepted_lines", Integer),
    Column("details", JSON, nullable=False),
    Column("options", JSON, nullable=False, server_default="{}"),
    time("created_at"),
    time("updated_at"),
    time("removed_at", nullable=True),  # a removed device keeps its history; its name is free again
    Column("removed_by", String(255)),
    partial("ux_device_name", "name", where="removed_at IS NULL", unique=True),
)
device_tag = Table(
    "device_tag",
    metadata,
    Column("device_id", ForeignKey("device.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", String(255), primary_key=True),
    Index("ix_device_tag_tag", "tag"),
)
credential = table(
    "credential",
    Column("name", String(255), nullable=False, unique=True),
    Column("username", String(255), nullable=False),
    # Fernet token of a JSON object: password, enable, privacy; or password_from, enable_from.
    Column("secrets", LargeBinary, nullable=False),
    Column("has_password", Boolean, nullable=False),
    Column("has_enable", Boolean, nullable=False),
    Column("key_file", Text),
    Column("agent", Boolean, nullable=False, server_default=false()),
    Column("has_privacy", Boolean, nullable=False, server_default=false()),
    Column("snmp", JSON(none_as_null=True)),
    Column("priority", Integer, nullable=False),
    time("created_at"),
    time("updated_at"),
)
credential_tag = Table(
    "credential_tag",
    metadata,
    Column("credential_id", ForeignKey("credential.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", String(255), primary_key=True),
)
