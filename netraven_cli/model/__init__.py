"""The words of NetRaven as values: frozen, with their units in their names. All times are aware UTC."""

from netraven_cli.model.device import Credential, Device, Hop, Login, NewDevice, Secret, Selector
from netraven_cli.model.finding import Finding, Health
from netraven_cli.model.job import Change, JobRecord, JobState, NewJob, Outcome
from netraven_cli.model.limit import Breaker, Heard, Hold, Incident, Limit
from netraven_cli.model.options import Options
from netraven_cli.model.platform import Block, Platform
from netraven_cli.model.priority import NORMAL, PRIORITIES, Priority
from netraven_cli.model.schedule import Calendar, CalendarRule, NewSchedule, Occurrence, Schedule, place_in_spread
from netraven_cli.model.snapshot import Capture, CaptureState, Known, PendingSnapshot, Redaction, Removed, Written
from netraven_cli.model.wake import UnitState, Wake

__all__ = [
    "NORMAL",
    "PRIORITIES",
    "Block",
    "Breaker",
    "Calendar",
    "CalendarRule",
    "Capture",
    "CaptureState",
    "Change",
    "Credential",
    "Device",
    "Finding",
    "Health",
    "Heard",
    "Hold",
    "Hop",
    "Incident",
    "JobRecord",
    "JobState",
    "Known",
    "Limit",
    "Login",
    "NewDevice",
    "NewJob",
    "NewSchedule",
    "Occurrence",
    "Options",
    "Outcome",
    "PendingSnapshot",
    "Platform",
    "Priority",
    "Redaction",
    "Removed",
    "Schedule",
    "Secret",
    "Selector",
    "UnitState",
    "Wake",
    "Written",
    "place_in_spread",
]
