"""What holds sessions back: limits and breakers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

MINUTE_MICROSECONDS = 60_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How many sessions there may be over all runners: at once, and begun in a minute.

    Its key: `global`, `zone:NAME`, `tag:NAME`, `credential:NAME` (the one that a device is tried with first),
    `device` (each by itself) or `device:NAME`.
    """

    key: str
    concurrent: int | None = None
    per_minute: int | None = None

    @property
    def interval(self) -> timedelta | None:
        """From the beginning of one session to that of the next; rounded up, so that a minute never has one more."""
        return timedelta(microseconds=-(-MINUTE_MICROSECONDS // self.per_minute)) if self.per_minute else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """What is known of the faults of a device (`device:NAME`) or a credential (`credential:NAME`).

    It is open from `opened_at` on: nothing is tried, until `probe_at` lets one attempt through that finds out.
    """

    key: str
    failures: int = 0  # in a row; of a credential: refusals within the window
    refusals: tuple[tuple[str, int], ...] = ()  # a credential: by which device, and when (microseconds since 1970)
    opens: int = 0  # how often it opened, with no success in between
    opened_at: datetime | None = None
    probe_at: datetime | None = None
    probe_job: int | None = None
    probe_token: int | None = None
    proven_at: datetime | None = None  # a credential: when it was last let in
    reason: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it keeps attempts from being made."""
        return self.opened_at is not None

    def state(self, now: datetime) -> str:
        """`closed`, `open`, or `half-open`: the next attempt finds out."""
        if self.probe_at is None:
            return "closed"
        return "open" if self.probe_at > now else "half-open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What an attempt told about its device and about the credentials that it tried."""

    device: str
    answered: bool | None = None  # None: nothing was learnt of that
    refused: tuple[str, ...] = ()  # credentials
    accepted: str | None = None  # the credential that logged in
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A breaker opened or closed."""

    key: str
    event: str  # opened, closed, reset
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why a job may not start yet, and from when on it may; None: as soon as something ends."""

    key: str
    why: str
    until: datetime | None = None
    by_breaker: bool = False
