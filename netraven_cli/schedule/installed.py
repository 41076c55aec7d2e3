"""What is really installed on this machine to wake NetRaven, beside what should be."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from netraven_cli.errors import NetravenError
from netraven_cli.model import UnitState, Wake
from netraven_cli.schedule.compare import compare
from netraven_cli.schedule.install import render
from netraven_cli.schedule.place import TARGETS, installation_of, live_folder
from netraven_cli.schedule.systemctl import Systemctl
from netraven_cli.schedule.systemd import WANTED_BY, unit_name
from netraven_cli.schedule.template import MADE_BY, Link

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from netraven_cli.model import Schedule
    from netraven_cli.settings.keys import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A target that is in use here."""

    target: str
    folder: str
    drift: Mapping[str, str]  # what is wrong, by file name
    states: Mapping[str, UnitState] = field(default_factory=dict)  # empty where no systemd can be asked

    @property
    def has_units(self) -> bool:
        """Whether each schedule has units of its own."""
        return self.target.startswith("systemd")

    def state(self, schedule: str) -> UnitState | None:
        """How the units of a schedule fare."""
        return self.states.get(unit_name(schedule))

    def word(self, schedule: Schedule) -> str | None:
        """How what wakes a schedule is: waits, stopped, missing, edited, …; None: nothing is to wake it."""
        if not self.has_units:
            return next(iter(self.drift.values()), "waits" if schedule.enabled else None)
        name = unit_name(schedule.name)
        files = (f"{name}.timer", f"{name}.service", f"{WANTED_BY['.timer']}/{name}.timer")
        wrong = next((self.drift[file] for file in files if file in self.drift), None)
        if wrong or not schedule.enabled:
            return wrong
        state = self.state(schedule.name)
        return "installed" if not self.states else "waits" if state and state.waits else "stopped"

    def wake(self) -> Wake:
        """All of it in short."""
        known = self.states.values()
        failed = {name: state.result for name, state in self.states.items() if state.result not in ("success", None)}
        return Wake(
            target=self.target,
            folder=self.folder,
            fired_at=max((state.fired_at for state in known if state.fired_at), default=None),
            fires_at=min((state.fires_at for state in known if state.fires_at), default=None),
            drift=[f"{file} is {what}" for file, what in self.drift.items()],
            failed=[f"{name}.service ({result})" for name, result in sorted(failed.items())],
        )


def look(settings: Settings, schedules: Sequence[Schedule], now: datetime, timezone: str) -> list[Installed]:
    """The targets of this installation that are in use on this machine."""
    found = (_look(settings, schedules, now, timezone, target) for target in TARGETS)
    return [one for one in found if one]


def _look(
    settings: Settings, schedules: Sequence[Schedule], now: datetime, timezone: str, target: str
) -> Installed | None:
    folder = live_folder(target, settings.data_dir)
    installation = installation_of(settings, target)
    lasting = render(target, [], installation, now, timezone)  # what is there whatever schedules there are
    if not any(_is_of_us(folder / name, content) for name, content in lasting.items()):
        return None
    plan = compare(render(target, schedules, installation, now, timezone), folder)
    drift = {str(path.relative_to(folder)): what for what, path in plan.drift}
    states = _states(target)
    there = [path.name for path in plan.unchanged if path.parent == folder]
    drift |= {name: "stopped" for name in there if states and _is_stopped(name, states)}
    return Installed(target=target, folder=str(folder), drift=drift, states=states)


def _is_of_us(path: Path, content: str | Link) -> bool:
    """Whether a file is of this installation, and not of another one on this machine: it names the same settings."""
    if isinstance(content, Link) or path.suffix in WANTED_BY or path.is_symlink() or not path.is_file():
        return False
    named = re.search(r"NETRAVEN_CONFIG=\S*", content)
    return (named[0] if named else MADE_BY) in path.read_text(encoding="utf-8", errors="replace")


def _is_stopped(file: str, states: Mapping[str, UnitState]) -> bool:
    name, _, suffix = file.rpartition(".")
    return suffix in ("timer", "path") and not (name in states and states[name].waits)


def _states(target: str) -> dict[str, UnitState]:
    """What systemd says; nothing where it cannot be asked, as by a user who is not logged in."""
    if not target.startswith("systemd"):
        return {}
    try:
        systemctl = Systemctl(for_user=target == "systemd-user")
        systemctl.check()
        return systemctl.states()
    except NetravenError:
        return {}
