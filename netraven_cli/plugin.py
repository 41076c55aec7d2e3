"""All that a handler imports, a built-in one or one of somebody else's package.

A handler is found through the entry-point group `netraven.handlers`: its name is the job type, its value a class
without arguments. It has `plan` (which jobs a run consists of), `run` (do one) and `conclude` (once, after the
drain; may be left out). If its jobs have parameters, it names them in an attribute:

    class SweepParameters(Parameters):
        network: IPv4Network
        pings: int = 3

    class SweepHandler:
        parameters = SweepParameters

What is submitted is checked against it, and `plan` gets the values as JSON has them: "10.0.0.0/8", 3. Without the
attribute, anything is taken.

A hook is found through `netraven.hooks`, and is told of each run that has ended. Each call of a hook, and of a handler
that is not NetRaven's own, runs in a new process with a new object: what one leaves in memory, the next does not see.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict

from netraven_cli.errors import AttemptError, ErrorClass
from netraven_cli.model import Capture, Device, Hop, Known, Login, NewJob, Redaction, Selector
from netraven_cli.model.discovery import Facts, Found, Search
from netraven_cli.model.health import Check
from netraven_cli.store.times import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from netraven_cli.settings.keys import Settings
    from netraven_cli.store.database import Database

__all__ = [
    "AttemptError",
    "Capture",
    "Check",
    "Concluding",
    "Context",
    "Device",
    "EndedRun",
    "ErrorClass",
    "Facts",
    "Found",
    "Handler",
    "Hook",
    "Hop",
    "Job",
    "Known",
    "Login",
    "NewJob",
    "Parameters",
    "Result",
    "Search",
    "Selector",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the parts of one process share; made once, by app.open_context."""

    settings: Settings
    database: Database
    now: Callable[[], datetime]  # this machine's clock: aware UTC
    handlers: Mapping[str, Handler]
    hooks: Callable[[], Iterable[Hook]] = tuple

    def clock(self, connection: Connection) -> datetime:
        """The time that all hosts go by: of jobs, leases and schedules. The database's, where hosts share one."""
        return clock(connection, self.now())


def nothing_to_close(_close: Callable[[], None]) -> None:
    """In a process of its own, an attempt is ended with its process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A claimed job with all that is needed to do it, read from the database beforehand.

    `device`, `logins` (in the order to try) and `known` are there if the subject is a device of the inventory;
    `jumps` are the jump hosts on the way to it, the first to be reached first;
    `stopped` names the credentials that would fit too and are left out, since they were refused too often.
    `redaction` says how secrets in what the device shows are hidden: a built-in handler does it itself, for any other
    it is done to the capture that it brings.
    `search` is there for the jobs of a Searching handler; `logins` are those of the range then that its parameters
    name, unless the subject is a device.
    A built-in handler that opens something a limit in time must be able to close hands its closing to `on_abort`.
    """

    id: int
    type: str
    subject: str
    attempt: int
    run_id: str
    params: Mapping[str, Any] = field(default_factory=dict)
    device: Device | None = None
    logins: tuple[Login, ...] = ()
    stopped: tuple[str, ...] = ()
    known: Known | None = None
    jumps: tuple[Hop, ...] = ()
    redaction: Redaction | None = None
    search: Search | None = None
    on_abort: Callable[[Callable[[], None]], None] = nothing_to_close


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an attempt brought. A failure is raised as AttemptError, unless it brought a capture for quarantine."""

    summary: str = ""
    capture: Capture | None = None
    credential: str | None = None  # the name of the one that logged in
    refused: tuple[str, ...] = ()  # the names of those that were refused before
    host_key: str | None = None  # the key of a device that was seen for the first time
    transcript: str | None = None  # the path of the kept transcript
    findings: Mapping[str, Any] = field(default_factory=dict)
    # These are for built-in handlers: a process of a plug-in cannot hand them over.
    found: Found | None = None
    facts: Facts | None = None  # what the device said of itself
    files: Mapping[str, Capture] = field(default_factory=dict)  # further files that are complete, by FILES
    follow_up: tuple[NewJob, ...] = ()  # queued with this result, all or none; the run that planned the job does them
    health: Check | None = None
    if_changed: Mapping[str, NewJob] = field(default_factory=dict)  # queued if that of the facts became another


class Parameters(BaseModel):
    """The parameters of a job type, a field each (pydantic); others are refused. This one has none."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@runtime_checkable
class Handler(Protocol):
    """The code of one job type."""

    def plan(self, context: Context, selector: Selector, params: Mapping[str, Any]) -> Iterable[NewJob]:
        """Which jobs a run of this type consists of; a job with a zone takes turns with those of others.

        Raises:
            NotFoundError: the selector names something that is not there, or matches nothing.
        """

    def run(self, context: Context, job: Job) -> Result:
        """Do one job, in a worker; touches no database, unless the job is to keep that in order.

        Raises:
            AttemptError: the attempt failed; its class decides whether there is another one.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedRun:
    """A run that has ended: its jobs, by what became of them."""

    run_id: str
    types: tuple[str, ...]  # of the jobs
    counts: Mapping[str, int]  # as in the summary of `run --json`: succeeded, changed, unchanged, quarantined, ...
    seconds: float
    failure: str | None = None  # what kept it from being concluded


@runtime_checkable
class Hook(Protocol):
    """Code of another package that wants to know of each run; found through the entry-point group `netraven.hooks`.

    Its name is anything, its value a class without arguments. Each call runs in a new process, as those of a handler
    do; what goes wrong in it is logged, and spoils nothing.
    """

    def ended(self, context: Context, run: EndedRun) -> None:
        """Called once at the end of each run that had jobs and was not stopped; it may read the database."""


@runtime_checkable
class Parametrised(Protocol):
    """A handler that says which parameters its jobs have."""

    parameters: type[Parameters]


@runtime_checkable
class Searching(Protocol):
    """A built-in handler whose jobs look for devices: they get `Job.search`, and the logins of the range they name."""

    searches: bool


@runtime_checkable
class Concluding(Protocol):
    """A handler with something to do once after the drain; it must be idempotent."""

    def conclude(self, context: Context) -> None:
        """Complete what the drained jobs began, and what an earlier run could not."""
