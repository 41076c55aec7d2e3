"""How well devices are, and what one check of a device brought."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class HealthState(str, Enum):
    """How well a device is."""

    OK = "ok"
    DEGRADED = "degraded"  # it is there, and something is not as it should be
    DOWN = "down"  # it does not take a connection
    UNKNOWN = "unknown"  # NetRaven itself could not tell: a name without an address, no credential that fits


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """How a device is doing, in its own words; None: it did not say."""

    cpu_percent: float | None = None
    memory_percent: float | None = None
    interfaces_up: int | None = None
    interfaces_down: int | None = None  # without those that were switched off by hand
    bgp_up: int | None = None  # neighbours
    bgp_down: int | None = None  # without those that were switched off, too
    ospf_up: int | None = None
    ospf_down: int | None = None
    alarms: tuple[str, ...] = ()  # fans, power supplies and sensors that are not well


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What one check of a device brought."""

    state: HealthState
    reasons: tuple[str, ...] = ()
    latency_ms: float | None = None  # of the connect
    banner: str | None = None
    host_key: str | None = None  # as shown
    known_key: str | None = None  # the one on record, if the device was to be held against it
    vitals: Vitals | None = None  # None: nobody logged in


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceHealth:
    """How well a device is, by its last check."""

    device: str
    state: HealthState
    reasons: tuple[str, ...]
    since: datetime  # when it came into this state
    checked_at: datetime
    flapping_since: datetime | None  # it came and went too often: its changes are not told until it is steady
    latency_ms: float | None
    banner: str | None
    vitals: Mapping[str, object] | None  # of the last check with a login
    vitals_at: datetime | None
    availability: Mapping[str, float] = field(default_factory=dict)  # by span: percent of the time that it was there


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthRules:
    """When changes are told, and how long checks are kept."""

    flap_changes: int
    flap_seconds: float
