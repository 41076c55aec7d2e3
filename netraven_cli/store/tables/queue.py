"""Runners, jobs and what became of them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from netraven_cli.store.tables.columns import LIVE, Key, metadata, partial, table, time

runner = Table(
    "runner",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("host", String(255), nullable=False),
    Column("pid", Integer, nullable=False),
    time("started_at"),
    time("lease_until"),
    Column("stop_requested_by", String(255)),  # who wants it to end; it hears of it within a second
    Column("workers_wanted", Integer),  # by an operator, since it began
    # What it says of itself with each heartbeat.
    time("heartbeat_at", nullable=True),
    Column("version", String(64)),
    Column("workers", Integer),
    Column("left_behind", Integer, nullable=False, server_default="0"),  # workers that did not come back
    Column("memory_bytes", BigInteger),
    Column("descriptors", Integer),
    Column("short_of", String(255)),  # why it claims less than it could
)
pause = Table(  # job types that are not claimed
    "pause",
    metadata,
    Column("type", String(64), primary_key=True),  # or pauses.ALL
    Column("who", String(255), nullable=False),
    Column("reason", Text),
    time("paused_at"),
)
job = table(
    "job",
    Column("type", String(64), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("params", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("rank", BigInteger, nullable=False),  # smaller is sooner: see queue.rank and turns
    Column("dedupe_key", Text),
    Column("exclusive_key", Text),
    Column("schedule", String(255)),
    Column("occurrence_id", Key),  # not a foreign key: a removed schedule's jobs stay
    Column("max_attempts", Integer),  # where they differ from the settings, and
    Column("timeout_seconds", Float),  # the same of an attempt
    Column("zone", String(255)),  # with the schedule: whose turn it is
    Column("batch_id", Key),  # the jobs that were queued with it
    Column("attempt", Integer, nullable=False),  # counted attempts, the running one included
    Column("interruptions", Integer, nullable=False),  # attempts that a killed or stopped runner did not finish
    Column("interrupted_in_row", Integer, nullable=False),  # by killed runners, since an attempt was last settled
    Column("token", Integer, nullable=False),  # claims so far: fences what a runner writes of its attempt
    Column("runner_id", String(36)),
    Column("run_id", String(36)),
    Column("cancel_requested", Boolean, nullable=False),
    Column("error_class", String(16)),
    Column("reason", Text),
    time("created_at"),
    time("ready_at"),
    time("expires_at", nullable=True),  # no attempt begins from then on
    time("started_at", nullable=True),
    time("finished_at", nullable=True),
    # Each index holds only the rows of one moment of a job's life: a million finished jobs cost a claim nothing.
    partial("ix_job_ready", "type", "rank", "id", where="state = 'ready'"),
    partial("ix_job_scheduled", "ready_at", "type", where="state = 'scheduled'"),
    partial("ix_job_running", "runner_id", where="state = 'running'"),
    partial("ix_job_expires", "expires_at", where="state IN ('scheduled', 'ready') AND expires_at IS NOT NULL"),
    partial("ix_job_finished", "finished_at", where="state IN ('succeeded', 'dead', 'cancelled')"),
    partial("ix_job_dead", "id", where="state = 'dead'"),
    partial("ux_job_exclusive", "exclusive_key", where="state = 'running' AND exclusive_key IS NOT NULL", unique=True),
    partial("ux_job_dedupe", "dedupe_key", where=f"{LIVE} AND dedupe_key IS NOT NULL", unique=True),
    partial("ix_job_occurrence_id", "occurrence_id", where="occurrence_id IS NOT NULL"),
    partial("ix_job_turn", "schedule", "zone", "priority", "rank", where="state = 'ready'"),
    partial("ix_job_batch_live", "batch_id", where=f"{LIVE} AND batch_id IS NOT NULL"),
    Index("ix_job_batch_id", "batch_id"),
    Index("ix_job_subject", "subject", "id"),
)
attempt = table(
    "attempt",
    Column("job_id", ForeignKey("job.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("token", Integer, nullable=False),
    Column("runner_id", String(36), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("error_class", String(16)),
    Column("reason", Text),
    Column("changed", Boolean),
    Column("credential", String(255)),
    Column("refused", JSON(none_as_null=True)),  # the names of the credentials that were refused
    Column("transcript", Text),
    Column("findings", JSON(none_as_null=True)),  # what a handler found, as it put it
    time("started_at"),
    time("finished_at"),
    UniqueConstraint("job_id", "token"),
    partial("ux_attempt_success", "job_id", where="outcome = 'succeeded'", unique=True),
)
job_event = table(
    "job_event",
    Column("job_id", ForeignKey("job.id", ondelete="CASCADE"), nullable=False, index=True),
    time("at"),
    Column("before", String(16)),
    Column("after", String(16), nullable=False),
    Column("who", String(255), nullable=False),
    Column("why", Text, nullable=False),
    Column("error_class", String(16)),
    partial("ix_job_event_interrupted", "at", where="error_class = 'interrupted'"),
)
