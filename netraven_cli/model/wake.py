"""What wakes NetRaven on this machine, and how it fares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitState:
    """What systemd says of a timer or path, and of the service that it starts."""

    waits: bool  # for its time; else it never starts anything
    fired_at: datetime | None
    fires_at: datetime | None
    result: str | None  # of the service's last start: success, exit-code, signal, timeout, …


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """What is installed on this machine to wake NetRaven."""

    target: str
    folder: str
    fired_at: datetime | None = None  # when a timer woke us last; None: it never did, or cannot be asked
    fires_at: datetime | None = None
    drift: Sequence[str] = ()  # files that are not what they should be, and what is wrong with them
    failed: Sequence[str] = ()  # services whose last start failed, and how
