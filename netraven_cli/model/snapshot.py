"""Captures, snapshots and revisions."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from netraven_cli.errors import ErrorClass
    from netraven_cli.model.device import Secret


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
    accepted_lines: int | None = None  # the smallest that an operator ever accepted from quarantine
    accepted_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """A text as fetched, cleaned and judged; complete if there are no reasons against it."""

    text: str
    digest: str  # SHA-256 of the text in UTF-8, hexadecimal
    lines: int
    reasons: tuple[str, ...] = ()
    error_class: ErrorClass | None = None  # set exactly if there are reasons
    compared: str | None = None  # the digest of the text less the lines that are ignored; None: of all of it
    redacted: bool = False  # whether secrets are hidden in the text
    sealed: bytes | None = field(default=None, repr=False)  # the full text, encrypted


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """How the secrets in what one device shows are hidden."""

    key: Secret  # of the fingerprints of this device
    known: tuple[tuple[str, Secret], ...] = ()  # what NetRaven itself logs in with: what each is, and the secret
    certificates: bool = False  # these too, which are no secrets
    seal: Callable[[str], bytes] | None = None  # encrypts the full text, to be kept beside; None: it is not kept


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
    file: str = ""  # one of FILES; empty: the running configuration
    tag: str = ""  # the first of the device's tags
    cause: str = ""  # who or what had it fetched: a schedule, a user; empty: not known any more

    @property
    def owner(self) -> tuple[str, str]:
        """Whose file of the archive this is: the device, and which of its files."""
        return self.device, self.file


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """The file that a removed device left in the archive."""

    device: str
    file: str  # one of FILES; empty: the running configuration
    path: str
    snapshot_id: int  # what stands in it
    removed_at: datetime
    removed_by: str  # empty: not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where a snapshot stands in git."""

    snapshot_id: int
    commit: str
    path: str
    committed_at: datetime
