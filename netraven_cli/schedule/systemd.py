"""Schedules as systemd units: one timer and one service each, a timer that looks for whatever is due, and a path.

The path waits for the file that `netraven job submit` makes. Links in timers.target.wants and paths.target.wants are
what `systemctl enable` would make; they are files as any other, so that they come and go together with the units.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePath
from typing import TYPE_CHECKING

from netraven_cli.errors import DataError
from netraven_cli.schedule.oncalendar import EVERY_MINUTE, calendars
from netraven_cli.schedule.template import Link, fill, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from netraven_cli.model import Schedule

DUE = "due"
WAKE = "wake"
LONGEST_NAME = 200  # of the 255 that a file name and a unit name may have; the suffix and drop-in folders need some
WANTED_BY = {".timer": "timers.target.wants", ".path": "paths.target.wants"}  # what starts with these targets
PLAIN = re.compile(r"[A-Za-z0-9_./:@=,+-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What the units and crontabs of one installation call."""

    command: Sequence[str]  # netraven, by its absolute path
    config: Path | None  # the settings file; None: all defaults
    data_dir: Path
    wake_file: Path  # made by whoever wants that somebody looks for work at once
    user: str  # who runs it
    for_user: bool = False  # units of a user's own manager
    writable: Sequence[Path] = ()  # folders outside of data_dir that it writes to
    success_exit_statuses: Sequence[int] = (1, 75, 143)  # that systemd is not to call a failure
    on_failure: str | None = None  # the unit that systemd starts when a service of ours fails


def render(schedules: Iterable[Schedule], installation: Installation, now: datetime) -> dict[str, str | Link]:
    """The units of all enabled schedules, and the links that start them with the machine, by file name."""
    units: dict[str, str | Link] = {}
    for schedule in schedules:
        if schedule.enabled:
            lines = calendars(schedule.pattern, schedule.timezone, now)
            arguments = ["run", schedule.type, "--schedule", schedule.name]
            units |= _pair(unit_name(schedule.name), installation, arguments, lines, schedule.name)
    units |= _pair(f"netraven-{DUE}", installation, ["run", "--due"], [EVERY_MINUTE], None)
    return units | _wake(installation)


def unit_name(schedule: str) -> str:
    r"""The name of a schedule's units without suffix.

    Characters are escaped as in man 7 systemd.unit, but that a dash stays one, a slash becomes \x2f, and a colon \x3a:
    `systemd-analyze verify` takes what follows a colon for an alias (man 1 systemd-analyze). The names
    netraven-due and netraven-wake are kept for themselves; one too long for a file is cut and told apart by a digest.
    """
    escaped = "".join(_escaped(char) for char in schedule)
    if escaped.startswith(".") or escaped in (DUE, WAKE):
        escaped = _hexadecimal(escaped[0]) + escaped[1:]
    if len(escaped) > LONGEST_NAME:
        cut = re.sub(r"\\x?[0-9a-f]?$", "", escaped[: LONGEST_NAME - 20])
        escaped = f"{cut}-{sha256(schedule.encode()).hexdigest()[:16]}"
    return f"netraven-{escaped}"


def quote(text: str) -> str:
    """Text as one word of a unit's line: quoted (man 7 systemd.syntax), and no specifier (man 5 systemd.unit).

    Raises:
        DataError: it has a NUL, which no argument of a program can have.
    """
    if "\0" in text:
        raise DataError(f"{text!r} cannot stand in a unit: it has a NUL character; give it another name")
    if PLAIN.fullmatch(text):
        return text
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    shown = "".join(char if char.isprintable() else _hexadecimal(char) for char in quoted)
    return '"' + shown.replace("%", "%%") + '"'


def _pair(
    unit: str, installation: Installation, arguments: Sequence[str], lines: Iterable[str], schedule: str | None
) -> dict[str, str | Link]:
    subject = "for whatever is due" if schedule is None else f"for the schedule {one_line(schedule)}"
    description = "whatever is due" if schedule is None else f"schedule {one_line(schedule)}"
    values = {
        **_common(unit, installation, subject, description),
        "key": "" if schedule is None else one_line(schedule),
        "calendars": "\n".join(f"OnCalendar={line}" for line in lines),
        **_command(installation, arguments),
    }
    timer = fill("netraven.timer", values)
    return {f"{unit}.service": _service(installation, values), f"{unit}.timer": timer, **_link(f"{unit}.timer")}


def _wake(installation: Installation) -> dict[str, str | Link]:
    """The path that waits for the wake file, and the service that takes the file away before it looks for work.

    So nothing is lost: a file that is made while the service runs is there when it ends, and starts it again.
    """
    unit = f"netraven-{WAKE}"
    values = {
        **_common(unit, installation, "for work that has just been submitted", "work that has just been submitted"),
        "key": "",
        "wake_file": _path(installation.wake_file),
        **_command(installation, ["run", "--due"]),
    }
    # A file that cannot be taken away must not start it for ever; as many runs as this no machine has in 10 s.
    values["limit"] += "\nStartLimitIntervalSec=10\nStartLimitBurst=50"
    values["command"] = f"{values['command']}\nExecStartPre=rm -f -- {_word(str(installation.wake_file))}"
    path = fill("netraven.path", values)
    return {f"{unit}.service": _service(installation, values), f"{unit}.path": path, **_link(f"{unit}.path")}


def _service(installation: Installation, values: Mapping[str, str]) -> str:
    return fill("netraven-user.service" if installation.for_user else "netraven.service", values)


def _link(unit: str) -> dict[str, Link]:
    return {f"{WANTED_BY[PurePath(unit).suffix]}/{unit}": Link(f"../{unit}")}


def _common(unit: str, installation: Installation, subject: str, description: str) -> dict[str, str]:
    return {
        "edit": f"systemctl{' --user' if installation.for_user else ''} edit '{unit}",
        "subject": subject,
        "description": description.replace("%", "%%"),
        "limit": f"\nOnFailure={installation.on_failure}" if installation.on_failure else "",
    }


def _command(installation: Installation, arguments: Sequence[str]) -> dict[str, str]:
    config = f"NETRAVEN_CONFIG={installation.config}" if installation.config else "NETRAVEN_CONFIG="
    words = [_word(word) for word in [*installation.command[1:], *arguments]]
    # A folder that is not there yet must not keep the unit from starting: hence the dash (man 5 systemd.exec).
    folders = [quote(str(installation.data_dir)), *(quote(f"-{path}") for path in installation.writable)]
    return {
        "command": " ".join([quote(installation.command[0]), *words]),
        "environment": quote(config),
        "user": installation.user,
        "writable": " ".join(folders),
        "success": " ".join(map(str, installation.success_exit_statuses)),
    }


def _word(text: str) -> str:
    """An argument in a command line, where a dollar sign is a variable (man 5 systemd.service)."""
    return quote(text).replace("$", "$$")


def _path(path: Path) -> str:
    """A path where systemd takes the whole line for it, with specifiers and without quotes.

    Raises:
        DataError: it does not fit on one line.
    """
    text = str(path)
    if not text.isprintable():
        raise DataError(f"{text!r} cannot stand in a unit: it does not fit on one line; choose another data_dir")
    return text.replace("%", "%%")


def _escaped(char: str) -> str:
    return char if re.fullmatch(r"[A-Za-z0-9_.-]", char) else _hexadecimal(char)


def _hexadecimal(char: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogatepass"))
