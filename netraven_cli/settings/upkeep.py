"""The settings of `maintenance`: how often each chore is done, and how much is kept."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from netraven_cli.model.duration import duration
from netraven_cli.settings.sections import Count, Limit, Section

NEVER = "never"


def _age(text: str) -> str:
    if text != NEVER:
        duration(text)
    return text


Age = Annotated[str, AfterValidator(_age)]  # a length of time, or never


def age(text: str) -> timedelta | None:
    """The length of time that a setting names; None: never."""
    return None if text == NEVER else duration(text)


class Keep(Section):
    """How much of one kind is kept: what is older than `age`, or beyond the newest `count`, goes; 0: any number."""

    age: Age = NEVER
    count: Count = 0


class Every(Section):
    """How long after it was done last each chore is due again."""

    prune: Age = "1d"
    database: Age = "1d"
    database_backup: Age = "1d"
    archive: Age = "1d"
    archive_bundle: Age = "1d"
    files: Age = "1d"
    health: Age = "1h"


class MaintenanceSettings(Section):
    """How NetRaven keeps itself in order."""

    every: Every = Every()
    chore_timeout_seconds: Limit = 3600
    jobs: Keep = Keep(age="90d", count=1_000_000)
    occurrences: Keep = Keep(age="400d")
    events: Keep = Keep(age="400d")
    device_events: Keep = Keep(age="400d")
    health_samples: Keep = Keep(age="2d")
    findings: Keep = Keep(age="90d")
    rejected: Keep = Keep(age="90d")
    snapshots: Keep = Keep()
    quarantine_age: Age = NEVER
    logs: Keep = Keep(age="90d", count=50)
    transcripts: Keep = Keep(age="30d", count=10_000)
    backups: Keep = Keep(count=7)
    bundles: Keep = Keep(count=3)
    bundle_dir: Path | None = None
    archive_budget_mb: Count = 10_000
    repack_all_after: Age = "7d"
    key_age: Age = "365d"
