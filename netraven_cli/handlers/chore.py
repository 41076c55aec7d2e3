"""What a chore of maintenance is given, and what it says afterwards."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, Any

from netraven_cli.model import Finding, Health

if TYPE_CHECKING:
    from datetime import datetime

    from netraven_cli.plugin import Context

MOMENT_SECONDS = 0.1  # so long at most one transaction is to keep others waiting
SMALLEST, LARGEST = 200, 5000  # rows in one transaction


@dataclass(slots=True, kw_only=True)
class Work:
    """One chore under way. It ends early, in order, when it is stopped or its time is up; the next goes on."""

    context: Context
    now: datetime
    seconds: float  # for all of it
    stop: Event = field(default_factory=Event)
    began: float = field(default_factory=time.monotonic)

    @property
    def goes_on(self) -> bool:
        """Whether there is time for more."""
        return not self.stop.is_set() and time.monotonic() - self.began < self.seconds


@dataclass(slots=True)
class Report:
    """What a chore did, as figures, and what it found."""

    did: dict[str, Any] = field(default_factory=dict)
    found: list[Finding] = field(default_factory=list)

    def tell(self, check: str, detail: str, fix: str = "", *, health: Health = Health.WARN) -> None:
        """Add a finding."""
        self.found.append(Finding(check, health, detail, fix))

    def join(self, other: Report) -> None:
        """Take over what a part of the chore says."""
        self.did.update(other.did)
        self.found += other.found


class Pace:
    """How many rows go at once: as many as are done in a moment; then the others have their turn for as long."""

    def __init__(self, work: Work) -> None:
        self.rows = 500
        self._work = work

    def rest(self, seconds: float) -> None:
        """After a transaction that took so long: let others write, and take more or less the next time."""
        if seconds > MOMENT_SECONDS:
            self.rows = max(self.rows // 2, SMALLEST)
        elif seconds < MOMENT_SECONDS / 2:
            self.rows = min(self.rows * 2, LARGEST)
        self._work.stop.wait(max(seconds, 0.005))
