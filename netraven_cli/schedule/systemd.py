"""Schedules as systemd units: one timer and one service each, and the timer that looks for whatever is due."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from netraven_cli.errors import DataError
from netraven_cli.schedule.oncalendar import EVERY_MINUTE, calendars
from netraven_cli.schedule.template import fill, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from netraven_cli.model import Schedule

DUE = "due"
LONGEST_NAME = 200  # of the 255 that a file name and a unit name may have; the suffix and drop-in folders need some
PLAIN = re.compile(r"[A-Za-z0-9_./:@=,+-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What the units and crontabs of one installation call."""

    command: Sequence[str]  # netraven, by its absolute path
    config: Path | None  # the settings file; None: all defaults
    data_dir: Path
    user: str  # who runs it
    for_user: bool = False  # units of a user's own manager
    writable: Sequence[Path] = ()  # folders outside of data_dir that it writes to


def render(schedules: Iterable[Schedule], installation: Installation, now: datetime) -> dict[str, str]:
    """The units of all enabled schedules by file name."""
    units: dict[str, str] = {}
    for schedule in schedules:
        if schedule.enabled:
            lines = calendars(schedule.pattern, schedule.timezone, now)
            arguments = ["run", schedule.type, "--schedule", schedule.name]
            units |= _pair(unit_name(schedule.name), installation, arguments, lines, schedule.name)
    return units | _pair(f"netraven-{DUE}", installation, ["run", "--due"], [EVERY_MINUTE], None)


def unit_name(schedule: str) -> str:
    r"""The name of a schedule's units without suffix.

    Characters are escaped as in man 7 systemd.unit, but that a dash stays one and a slash becomes \x2f. The name
    of netraven-due is kept for itself, and one too long for a file is cut and told apart by a digest.
    """
    escaped = "".join(_escaped(char) for char in schedule)
    if escaped.startswith(".") or escaped == DUE:
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
) -> dict[str, str]:
    calendar = "\n".join(f"OnCalendar={line}" for line in lines)
    values = {**_values(unit, installation, arguments, schedule), "calendars": calendar}
    service = "netraven-user.service" if installation.for_user else "netraven.service"
    return {f"{unit}.service": fill(service, values), f"{unit}.timer": fill("netraven.timer", values)}


def _values(unit: str, installation: Installation, arguments: Sequence[str], schedule: str | None) -> Mapping[str, str]:
    config = f"NETRAVEN_CONFIG={installation.config}" if installation.config else "NETRAVEN_CONFIG="
    # A dollar sign in a command line is a variable (man 5 systemd.service); the executable's is taken as it is.
    words = [quote(word).replace("$", "$$") for word in [*installation.command[1:], *arguments]]
    key = "" if schedule is None else one_line(schedule)
    # A folder that is not there yet must not keep the unit from starting: hence the dash (man 5 systemd.exec).
    folders = [quote(str(installation.data_dir)), *(quote(f"-{path}") for path in installation.writable)]
    return {
        "edit": f"systemctl{' --user' if installation.for_user else ''} edit '{unit}",
        "subject": f"for the schedule {key}" if key else "for whatever is due",
        "description": (f"schedule {key}" if key else "whatever is due").replace("%", "%%"),
        "key": key,
        "command": " ".join([quote(installation.command[0]), *words]),
        "environment": quote(config),
        "user": installation.user,
        "writable": " ".join(folders),
    }


def _escaped(char: str) -> str:
    return char if re.fullmatch(r"[A-Za-z0-9:_.-]", char) else _hexadecimal(char)


def _hexadecimal(char: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogatepass"))
