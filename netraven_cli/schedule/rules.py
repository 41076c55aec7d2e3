"""What the values of a schedule must be, apart and together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netraven_cli.errors import DataError

if TYPE_CHECKING:
    from netraven_cli.model import NewSchedule

LONGEST_NAME = 255
ON_BLACKOUT = ("skip", "defer")
OVERLAP = ("allow", "queue", "skip")
MOST_MISFIRES = 100


def check(new: NewSchedule) -> None:
    """Refuse values that contradict each other.

    Raises:
        DataError: the sentence says which, and what to do.
    """
    check_name(new.name, "schedule")
    if new.valid_from and new.valid_until and new.valid_until <= new.valid_from:
        raise DataError(
            f"the schedule {new.name!r} would be valid until {new.valid_until:%Y-%m-%dT%H:%M:%SZ}, which is not after "
            f"{new.valid_from:%Y-%m-%dT%H:%M:%SZ}"
        )
    if new.max_runtime_seconds and new.spread_seconds >= new.max_runtime_seconds:
        raise DataError(
            f"the schedule {new.name!r} would spread its devices over {new.spread_seconds} s, but may begin nothing "
            f"after {new.max_runtime_seconds} s; make the spread shorter than the maximum run time"
        )
    if new.pause_reason and not new.paused_until:
        raise DataError("a reason for a pause needs its end; write --pause-until TIME too")


def check_name(name: str, thing: str) -> str:
    """A name that stands on one line.

    Raises:
        DataError: it does not, or is empty or too long.
    """
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise DataError(f"{name[:80]!r} cannot be a {thing}'s name: write 1 to {LONGEST_NAME} printable characters")
    return name
