"""What holds sessions back, and the versions of what runners keep in memory."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, String, Table, Text

from netraven_cli.store.tables.columns import Key, metadata, partial, table, time

version = Table(  # raised by every change of a part: see store.versions
    "version",
    metadata,
    Column("part", String(16), primary_key=True),
    Column("number", BigInteger, nullable=False),
)
session_limit = Table(
    "session_limit",
    metadata,
    Column("key", String(300), primary_key=True),
    Column("concurrent", Integer),
    Column("per_minute", Integer),
    time("updated_at"),
)
session_pace = Table(  # GCRA: the theoretical arrival time of the next session
    "session_pace",
    metadata,
    Column("key", String(300), primary_key=True),
    time("next_at"),
    Index("ix_session_pace_next_at", "next_at"),
)
breaker = Table(
    "breaker",
    metadata,
    Column("key", String(300), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("refusals", JSON, nullable=False),  # of a credential: [device, microseconds since 1970], within the window
    Column("opens", Integer, nullable=False),
    time("opened_at", nullable=True),
    time("probe_at", nullable=True),
    Column("probe_job", Key),  # with its token: the one attempt that finds out
    Column("probe_token", Integer),
    time("proven_at", nullable=True),
    Column("reason", Text),
    partial("ix_breaker_open", "probe_at", where="probe_at IS NOT NULL"),
)
breaker_event = table(  # one opening and one closing for each incident
    "breaker_event",
    Column("key", String(300), nullable=False, index=True),
    time("at"),
    Column("event", String(16), nullable=False),
    Column("who", String(255), nullable=False),
    Column("why", Text, nullable=False),
)
