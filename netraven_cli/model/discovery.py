"""Ranges that are searched, what is found there, and what a device says of itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from netraven_cli.model.addresses import Addresses

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from netraven_cli.model.device import Login

SEARCHED_PORTS = (22, 23, 443, 830)  # SSH, telnet, HTTPS, NETCONF over SSH
SNMP = "SNMP"  # the source of what an agent told


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Addresses that are searched for devices, and how."""

    name: str
    networks: tuple[str, ...]
    exclusions: tuple[str, ...] = ()  # never touched
    ports: tuple[int, ...] = SEARCHED_PORTS
    rate: int = 500  # connections begun in a second
    ping: bool = False  # those that no port tells of are asked by fping too
    snmp: bool = False  # all are asked by SNMP too, with the credentials for it whose tags fit
    snmp_port: int = 161
    zone: str = "default"
    tags: tuple[str, ...] = ()  # choose the credentials, and go to the devices
    credential: str | None = None  # the one credential to try, by name; None: those whose tags fit
    auto_accept: bool = False  # what was identified becomes a device by itself
    enabled: bool = True

    @property
    def addresses(self) -> Addresses:
        """What is searched, the exclusions left out."""
        return Addresses(self.networks, self.exclusions)


class FindingState(str, Enum):
    """What is to be done about a finding."""

    NEW = "new"
    KNOWN = "known"  # it is a device of the inventory
    IGNORED = "ignored"
    GONE = "gone"  # it did not answer several sweeps in a row; it is back as soon as it does


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a device says of itself; None: it did not say."""

    hostname: str | None = None
    vendor: str | None = None
    model: str | None = None
    serial: str | None = None
    os_version: str | None = None
    interfaces: int | None = None  # how many it has
    uptime_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsRecord(Facts):
    """Facts of a device, from when to when they were seen so; the uptime is that of the last look."""

    seen_at: datetime
    verified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceEvent:
    """A device became another in some way.

    `fact` is what changed: serial, os_version, reboot (its uptime in seconds went back), health, flapping, host_key,
    banner.
    """

    device: str
    at: datetime
    fact: str
    before: str
    after: str
    reason: str | None = None
    damped: bool = False  # one of many: it is kept, and nobody is told


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A device that another one sees beside it."""

    name: str
    address: str | None = None
    local_interface: str | None = None
    platform: str | None = None  # in the neighbour's own words


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What one look at an address brought; what is empty was not looked at, and leaves what is on record."""

    address: str
    ports: tuple[int, ...] = ()  # that took a connection
    port: int | None = None  # of its SSH server
    banner: str | None = None
    host_key: str | None = None
    platform: str | None = None
    credential: str | None = None  # the one that logged in
    facts: Facts | None = None
    tried: bool = False  # a login was tried: it is not tried again by itself
    reason: str | None = None  # why it is not identified
    source: str | None = None  # who told of it, if nobody logged in: a neighbour, or SNMP
    range: str | None = None  # that it lies in


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a job found."""

    zone: str
    sightings: tuple[Sighting, ...] = ()
    range: str | None = None  # that was swept
    silent: frozenset[str] = frozenset()  # its addresses that did not answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """An address where something is, and what is known of it."""

    id: int
    zone: str
    address: str
    state: FindingState
    device: str | None  # of the inventory, that it is
    duplicate_of: str | None  # the address of the finding that is the same device
    range: str | None
    source: str | None
    ports: tuple[int, ...]
    port: int | None
    banner: str | None
    host_key: str | None
    platform: str | None
    credential: str | None
    hostname: str | None
    serial: str | None
    facts: Facts
    reason: str | None
    misses: int  # sweeps in a row that it did not answer
    first_seen_at: datetime
    last_seen_at: datetime
    tried_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What a job that looks for devices must know beforehand."""

    ranges: Mapping[str, Range] = field(default_factory=dict)  # the enabled ones
    devices: Mapping[tuple[str, str], str] = field(default_factory=dict)  # by zone and address, of the inventory
    tried: frozenset[tuple[str, str]] = frozenset()  # zones and addresses that need no login by themselves
    snmp: tuple[Login, ...] = ()  # how the range of a sweep is asked by SNMP, in the order to try

    def range_of(self, address: str, zone: str) -> Range | None:
        """The range that lets us log in on an address; None: nobody wants that."""
        return next((one for one in self.ranges.values() if one.zone == zone and address in one.addresses), None)
