"""What can be said of a schedule: the options that `add` and `edit` share."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

import typer

from netraven_cli.cli.command import (
    All,
    DeviceNames,
    PlatformOption,
    PriorityOption,
    Tags,
    ZoneOption,
    parameters,
    priority_of,
    selector_of,
)

Function = TypeVar("Function", bound=Callable[..., Any])
PATTERNS = ("daily", "weekly", "monthly", "every", "cron", "at")


def _text(*names: str, metavar: str, text: str) -> Any:
    return Annotated[str | None, typer.Option(*names, metavar=metavar, help=text)]


def _texts(*names: str, metavar: str, text: str) -> Any:
    return Annotated[list[str] | None, typer.Option(*names, metavar=metavar, help=text)]


OPTIONS: dict[str, tuple[Any, Any]] = {  # name: (its type, its default)
    "names": (DeviceNames, None),
    "job_type": (_text("--type", metavar="TYPE", text="Job type: backup, or another of `handler list`."), None),
    "daily": (_text("--daily", metavar="HH:MM", text="Each day."), None),
    "weekly": (_text("--weekly", metavar="DAY@HH:MM", text="Sun@02:30, Mon,Wed@02:30, Mon-Fri@02:30."), None),
    "monthly": (_text("--monthly", metavar="DAY@HH:MM", text="1@02:30, last@02:30, 2nd-Tue@02:30, last-Fri@…"), None),
    "every": (_text("--every", metavar="15m", text="In real time, counted from 1970: 15m, 2h."), None),
    "cron": (_text("--cron", metavar="EXPR", text="Minute, hour, day, month, day of week."), None),
    "at": (_text("--at", metavar="TIME", text="Once: 2026-12-24T18:00."), None),
    "timezone": (_text("--tz", metavar="ZONE", text="Europe/Berlin; this machine's."), None),
    "tag": (Tags, None),
    "platform": (PlatformOption, None),
    "zone": (ZoneOption, None),
    "all_": (All, False),
    "priority": (PriorityOption, None),
    "param": (_texts("--param", metavar="K=V", text="A parameter of the job type."), None),
    "window": (
        _texts("--window", metavar="HOURS", text="Due in these hours alone: Mon-Fri 22:00-06:00, Sat,Sun."),
        None,
    ),
    "blackouts": (_texts("--blackout", metavar="CALENDAR", text="Held back by this calendar."), None),
    "on_blackout": (_text("--on-blackout", metavar="POLICY", text="skip, or defer to the end of the blackout."), None),
    "valid_from": (_text("--valid-from", metavar="TIME", text="Not due before."), None),
    "valid_until": (_text("--valid-until", metavar="TIME", text="Not due after."), None),
    "misfire": (
        _text("--misfire", metavar="POLICY", text="What was missed in downtime: skip, once, or how many are run."),
        None,
    ),
    "grace": (_text("--grace", metavar="6h", text="What is noticed later than this is missed, and not run."), None),
    "overlap": (
        _text("--overlap", metavar="POLICY", text="While jobs of an earlier due time live: allow, queue (one), skip."),
        None,
    ),
    "spread": (_text("--spread", metavar="30m", text="Each device starts at its own place within this time."), None),
    "attempts": (_text("--attempts", metavar="N", text="Attempts of each job."), None),
    "timeout": (_text("--timeout", metavar="10m", text="How long an attempt may take."), None),
    "max_runtime": (
        _text("--max-runtime", metavar="2h", text="What is not begun so long after the due time is cancelled."),
        None,
    ),
    "paused_until": (_text("--pause-until", metavar="TIME", text="Skip what is due before this time."), None),
    "pause_reason": (_text("--pause-reason", metavar="TEXT", text="Why it is paused."), None),
    "note": (_text("--note", metavar="TEXT", text="What to know of it."), None),
}


def taking_all(command: Function) -> Function:
    """Give a command all the options; it gets them by name, in its `**given`."""
    own = [
        each
        for each in inspect.signature(command, eval_str=True).parameters.values()
        if each.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    shared = [
        inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=annotation)
        for name, (annotation, default) in OPTIONS.items()
    ]
    required = [each for each in own if each.default is inspect.Parameter.empty]
    optional = [each for each in own if each.default is not inspect.Parameter.empty]
    every = [*required, *shared, *optional]
    command.__signature__ = inspect.Signature(every)  # type: ignore[attr-defined]  # inspect obeys it: PEP 362
    command.__annotations__ = {each.name: each.annotation for each in every}
    return command


def values_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """What the options say, as `schedule.values.read` takes it: `none` clears a value."""
    from netraven_cli.schedule.values import CLEAR, READERS

    return {key: CLEAR if given[key] in ("none", ["none"]) else given[key] for key in READERS}


def fields_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that need no reading: name by name, those that are given."""
    selector = selector_of(*(given[name] for name in ("names", "tag", "platform", "zone", "all_")))
    priority = given["priority"]
    found = {
        "type": given["job_type"],
        "timezone": given["timezone"],
        "priority": None if priority is None else priority_of(priority),
        "params": {} if given["param"] == ["none"] else parameters(given["param"]) or None,
        "selector": selector if selector.all or not selector.is_open else None,
    }
    return {name: value for name, value in found.items() if value is not None}
