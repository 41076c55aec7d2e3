"""The tables. Times are aware UTC; states are spelt out, so that partial indexes and readers can name them."""

from __future__ import annotations

from netraven_cli.store.tables.archive import archive, archive_pending, capture, revision, snapshot, text_key
from netraven_cli.store.tables.batch import batch, batch_end
from netraven_cli.store.tables.chore import chore
from netraven_cli.store.tables.columns import metadata
from netraven_cli.store.tables.discovery import device_event, device_facts, discovery_range, finding
from netraven_cli.store.tables.health import health, health_sample
from netraven_cli.store.tables.inventory import credential, credential_tag, device, device_tag
from netraven_cli.store.tables.limits import breaker, breaker_event, session_limit, session_pace, version
from netraven_cli.store.tables.queue import attempt, job, job_event, pause, runner
from netraven_cli.store.tables.schedule import calendar, calendar_rule, occurrence, schedule, schedule_event

__all__ = [
    "archive",
    "archive_pending",
    "attempt",
    "batch",
    "batch_end",
    "breaker",
    "breaker_event",
    "calendar",
    "calendar_rule",
    "capture",
    "chore",
    "credential",
    "credential_tag",
    "device",
    "device_event",
    "device_facts",
    "device_tag",
    "discovery_range",
    "finding",
    "health",
    "health_sample",
    "job",
    "job_event",
    "metadata",
    "occurrence",
    "pause",
    "revision",
    "runner",
    "schedule",
    "schedule_event",
    "session_limit",
    "session_pace",
    "snapshot",
    "text_key",
    "version",
]
