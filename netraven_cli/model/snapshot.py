"""Captures, snapshots and revisions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from netraven_cli.errors import ErrorClass


class CaptureState(str, Enum):
    """What became of a captured text."""

    ACCEPTED = "accepted"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a device's last accepted configuration."""

    digest: str  # SHA-256 of the cleaned text in UTF-8, hexadecimal
    lines: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """A text as fetched, cleaned and judged; complete if there are no reasons against it."""

    text: str
    digest: str
    lines: int
    reasons: tuple[str, ...] = ()
    error_class: ErrorClass | None = None  # set exactly if there are reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingSnapshot:
    """An accepted configuration that the archive does not have yet."""

    snapshot_id: int
    device: str
    platform: str
    zone: str
    text: str
    captured_at: datetime
    job_id: int
    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where a snapshot stands in git."""

    snapshot_id: int
    commit: str
    path: str
    committed_at: datetime
