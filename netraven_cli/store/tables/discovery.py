"""Ranges that are searched, what is found there, and what devices say of themselves."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Text, UniqueConstraint, false

from netraven_cli.store.tables.columns import Key, table, time

discovery_range = table(
    "discovery_range",
    Column("name", String(255), nullable=False, unique=True),
    Column("networks", JSON, nullable=False),
    Column("exclusions", JSON, nullable=False),
    Column("ports", JSON, nullable=False),
    Column("rate", Integer, nullable=False),
    Column("ping", Boolean, nullable=False),
    Column("snmp", Boolean, nullable=False, server_default=false()),
    Column("snmp_port", Integer, nullable=False, server_default="161"),
    Column("zone", String(255), nullable=False),
    Column("tags", JSON, nullable=False),
    Column("credential", String(255)),
    Column("auto_accept", Boolean, nullable=False),
    Column("enabled", Boolean, nullable=False),
    time("created_at"),
    time("updated_at"),
)
finding = table(
    "finding",
    Column("zone", String(255), nullable=False),
    Column("address", String(255), nullable=False),
    Column("state", String(16), nullable=False),
    Column("device_id", ForeignKey("device.id")),
    Column("duplicate_of", Key),  # the finding that is the same device, and was there first
    Column("range", String(255)),  # that it was found in; not a foreign key: a removed range's findings stay
    Column("source", Text),
    Column("ports", JSON, nullable=False),
    Column("port", Integer),
    Column("banner", Text),
    Column("host_key", Text),
    Column("platform", String(64)),
    Column("credential", String(255)),
    Column("hostname", String(255)),
    Column("serial", String(255)),
    Column("facts", JSON, nullable=False),
    Column("reason", Text),
    Column("misses", Integer, nullable=False),
    time("first_seen_at"),
    time("last_seen_at"),
    time("tried_at", nullable=True),
    UniqueConstraint("zone", "address"),
    Index("ix_finding_serial", "serial"),
    Index("ix_finding_host_key", "hostname", "host_key"),
)
device_facts = table(  # one row for each time that they changed; the newest holds
    "device_facts",
    Column("device_id", ForeignKey("device.id", ondelete="CASCADE"), nullable=False),
    Column("hostname", String(255)),
    Column("vendor", String(255)),
    Column("model", String(255)),
    Column("serial", String(255)),
    Column("os_version", String(255)),
    Column("interfaces", Integer),
    Column("uptime_seconds", Integer),  # at the last look
    time("seen_at"),
    time("verified_at"),
    Index("ix_device_facts_device_id", "device_id", "id"),
    Index("ix_device_facts_serial", "serial"),
)
device_event = table(  # a device became another in some way
    "device_event",
    Column("device_id", ForeignKey("device.id", ondelete="CASCADE"), nullable=False),
    time("at"),
    Column("fact", String(32), nullable=False),
    Column("before", String(255), nullable=False),
    Column("after", String(255), nullable=False),
    Column("reason", Text),
    Column("damped", Boolean, nullable=False, server_default=false()),
    Index("ix_device_event_device_id", "device_id", "id"),
    Index("ix_device_event_at", "at"),
)
