"""The words of NetRaven as values: frozen, with their units in their names. All times are aware UTC."""

from netraven_cli.model.addresses import Addresses
from netraven_cli.model.device import Credential, Device, Login, NewDevice, Platform, Secret, Selector
from netraven_cli.model.discovery import (
    SEARCHED_PORTS,
    DeviceEvent,
    Facts,
    FactsRecord,
    Finding,
    FindingState,
    Found,
    Neighbour,
    Range,
    Search,
    Sighting,
)
from netraven_cli.model.health import Check, DeviceHealth, HealthRules, HealthState, Vitals
from netraven_cli.model.job import Change, JobRecord, JobState, NewJob, Outcome
from netraven_cli.model.limit import Breaker, Heard, Hold, Incident, Limit
from netraven_cli.model.priority import NORMAL, PRIORITIES, Priority
from netraven_cli.model.schedule import Calendar, CalendarRule, NewSchedule, Occurrence, Schedule, place_in_spread
from netraven_cli.model.snapshot import Capture, CaptureState, Known, PendingSnapshot, Written
from netraven_cli.model.wake import UnitState, Wake

__all__ = [
    "NORMAL",
    "PRIORITIES",
    "SEARCHED_PORTS",
    "Addresses",
    "Breaker",
    "Calendar",
    "CalendarRule",
    "Capture",
    "CaptureState",
    "Change",
    "Check",
    "Credential",
    "Device",
    "DeviceEvent",
    "DeviceHealth",
    "Facts",
    "FactsRecord",
    "Finding",
    "FindingState",
    "Found",
    "HealthRules",
    "HealthState",
    "Heard",
    "Hold",
    "Incident",
    "JobRecord",
    "JobState",
    "Known",
    "Limit",
    "Login",
    "Neighbour",
    "NewDevice",
    "NewJob",
    "NewSchedule",
    "Occurrence",
    "Outcome",
    "PendingSnapshot",
    "Platform",
    "Priority",
    "Range",
    "Schedule",
    "Search",
    "Secret",
    "Selector",
    "Sighting",
    "UnitState",
    "Vitals",
    "Wake",
    "Written",
    "place_in_spread",
]
