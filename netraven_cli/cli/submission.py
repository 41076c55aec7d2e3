"""Jobs submitted as JSON lines, by scripts and other programs."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netraven_cli.cli.command import moment
from netraven_cli.errors import DataError, NoInputError, UsageError
from netraven_cli.model import NORMAL, Priority, Selector

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

SHAPE: dict[str, type | tuple[type, ...]] = {  # the keys of a line, and the types of their values
    "type": str,
    "subject": str,
    "devices": list,
    "tags": list,
    "platform": str,
    "zone": str,
    "all": bool,
    "params": dict,
    "priority": (int, str),
    "at": str,
    "expires": str,
    "dedupe": str,
    "on_duplicate": str,
}


class OnDuplicate(str, Enum):
    """What becomes of a waiting job that has the dedupe key of a new one."""

    KEEP = "keep"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """Jobs that somebody wants: one type on the devices of a selector."""

    type: str
    selector: Selector
    params: Mapping[str, Any] = field(default_factory=dict)
    priority: Priority = NORMAL
    at: datetime | None = None
    expires: datetime | None = None
    dedupe: str | None = None  # instead of the handler's key
    on_duplicate: OnDuplicate = OnDuplicate.KEEP


def read(source: str) -> list[Submission]:
    """The submissions in a file, or on standard input for `-`.

    Raises:
        NoInputError: it cannot be read.
        DataError: a line is not understood; all such lines are named, and nothing is to be queued.
    """
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NoInputError(f"{source} cannot be read: {error}") from None
    found, faults = [], []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            if line.strip():
                found.append(_submission(line))
        except (ValueError, UsageError) as error:
            faults.append(f"line {number}: {error}")
    if faults:
        raise DataError("nothing was queued:\n" + "\n".join(faults))
    return found


def _submission(line: str) -> Submission:
    given = json.loads(line)
    if not isinstance(given, dict) or not isinstance(given.get("type"), str):
        raise ValueError('each line is a JSON object with a "type"')
    for key, value in given.items():
        if key not in SHAPE:
            raise ValueError(f"there is no key {key!r}; there are {', '.join(SHAPE)}")
        if not isinstance(value, SHAPE[key]):
            raise ValueError(f"{key} must be a JSON {getattr(SHAPE[key], '__name__', 'number or name')}")
    devices = [*given.get("devices", ()), *([given["subject"]] if "subject" in given else ())]
    selector = Selector(
        names=tuple(map(str, devices)),
        tags=tuple(map(str, given.get("tags", ()))),
        platform=given.get("platform"),
        zone=given.get("zone"),
        all=given.get("all", False),
    )
    return Submission(
        type=given["type"], selector=selector, params=given.get("params", {}),
        priority=Priority.of(given.get("priority", NORMAL)), at=moment(given.get("at")),
        expires=moment(given.get("expires")), dedupe=given.get("dedupe"),
        on_duplicate=OnDuplicate(given.get("on_duplicate", "keep")),
    )  # fmt: skip
