"""What is asked of a running systemd, through systemctl."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from netraven_cli.errors import UnavailableError
from netraven_cli.model import UnitState
from netraven_cli.schedule.program import call, is_there
from netraven_cli.schedule.wallclock import EPOCH

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

AT_ONCE = 500  # names in one command line
WAITING = ("netraven-*.timer", "netraven-*.path")


@dataclass(frozen=True, slots=True)
class Systemctl:
    """The systemd of this machine, or a user's own."""

    for_user: bool = False

    def check(self) -> None:
        """See that systemd runs.

        Raises:
            UnavailableError: it does not.
        """
        if not is_there("systemctl"):
            raise UnavailableError(
                "there is no systemctl on this machine; use --dir to write the units elsewhere, or --target crond"
            )
        self._call("show", "--property=Version")

    def waiting(self) -> set[str]:
        """Our timers and paths that wait for their time, by file name."""
        rows = _blocks(self._call("show", "--property=Id,ActiveState", "--", *WAITING))
        return {row["Id"] for row in rows if row.get("ActiveState") == "active"}

    def reload(self) -> None:
        """Let systemd read all units again."""
        self._call("daemon-reload")

    def restart(self, units: Sequence[str]) -> None:
        """Start units, those that run too: a timer reckons anew."""
        self._each("restart", units)

    def stop(self, units: Sequence[str]) -> None:
        """Stop units; what they started goes on."""
        self._each("stop", units)

    def states(self) -> dict[str, UnitState]:
        """Our timers and paths, and how what they start ended last, by name without suffix."""
        waiting = self.waiting()
        services = _blocks(self._call("show", "--all", "--property=Id,Result", "--", "netraven-*.service"))
        results = {_stem(row["Id"]): row.get("Result") for row in services if "Id" in row}
        fires = {_stem(row["unit"]): row for row in self._fires()}
        return {
            name: UnitState(
                waits=f"{name}.timer" in waiting or f"{name}.path" in waiting,
                fired_at=_instant(fires.get(name, {}).get("last")),
                fires_at=_instant(fires.get(name, {}).get("next")),
                result=results.get(name),
            )
            for name in {*results, *fires, *map(_stem, waiting)}
        }

    def _fires(self) -> list[dict[str, Any]]:
        """Rows with unit, last and next in microseconds since 1970; a systemd before 249 has no JSON for them."""
        said = self._call("list-timers", "--all", "--output=json", "--no-pager", "--", "netraven-*")
        try:
            found: list[dict[str, Any]] = json.loads(said)
        except ValueError:
            return []
        return found

    def _each(self, verb: str, units: Sequence[str]) -> None:
        for first in range(0, len(units), AT_ONCE):
            self._call(verb, "--", *units[first : first + AT_ONCE])

    def _call(self, *arguments: str) -> str:
        return call(["systemctl", *(["--user"] if self.for_user else []), *arguments])


def _blocks(text: str) -> Iterator[dict[str, str]]:
    """The units that `systemctl show` tells of: KEY=VALUE lines, an empty line between two."""
    for block in text.split("\n\n"):
        pairs = [line.partition("=") for line in block.splitlines() if "=" in line]
        if pairs:
            yield {key: value for key, _, value in pairs}


def _stem(unit: str) -> str:
    return unit.rpartition(".")[0]


def _instant(microseconds: int | None) -> datetime | None:
    """A time of list-timers; it has 0 or nothing for never."""
    return EPOCH + timedelta(microseconds=microseconds) if microseconds else None
