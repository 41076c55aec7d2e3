"""Bring the units or the crontab of a target in line: render, compare, verify, write, stop, reload once, start."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from netraven_cli.errors import UnavailableError
from netraven_cli.schedule import crontab, systemd
from netraven_cli.schedule.replace import replaced
from netraven_cli.schedule.systemd import WANTED_BY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from netraven_cli.model import Schedule
    from netraven_cli.schedule.compare import SyncPlan
    from netraven_cli.schedule.systemctl import Systemctl
    from netraven_cli.schedule.systemd import Installation
    from netraven_cli.schedule.template import Link

CRONTAB = {"supercronic": "crontab", "crond": "netraven"}  # the name of the file; cron.d takes none with a dot


def render(
    target: str, schedules: Iterable[Schedule], installation: Installation, now: datetime, timezone: str = "UTC"
) -> Mapping[str, str | Link]:
    """The files of a target by name; `timezone` is that of this machine, which crond reads its lines in."""
    if target in ("systemd", "systemd-user"):
        return systemd.render(schedules, installation, now)
    if target == "supercronic":
        return {CRONTAB[target]: crontab.render(schedules, installation, now, "supercronic")}
    return {CRONTAB["crond"]: crontab.render(schedules, installation, now, "crond", timezone)}


def apply(plan: SyncPlan) -> None:
    """Write and remove what a plan says; nothing is started.

    Raises:
        CreateError: a foreign file is in the way, or the folder cannot be written; nothing is changed.
        TryLaterError: another sync is at work in this folder.
    """
    with replaced(plan):
        pass


def with_stopped(plan: SyncPlan, systemctl: Systemctl) -> SyncPlan:
    """A plan that starts what is on disk as it should be and does not wait for its time.

    Raises:
        UnavailableError: systemd is not there.
    """
    systemctl.check()
    waiting = systemctl.waiting()
    there = [path.name for path in plan.unchanged if path.parent == plan.folder and path.suffix in WANTED_BY]
    return replace(plan, stopped=[name for name in there if name not in waiting])


def activate(plan: SyncPlan, systemctl: Systemctl) -> list[str]:
    """Apply a plan in the folder of a running systemd: write, stop what goes, reload once, start what came.

    Returns:
        Hints for the operator.

    Raises:
        UnavailableError: systemd is not there, or refused a step; everything is as it was before.
        CreateError, TryLaterError: as for `apply`.
    """
    if not (plan.write or plan.remove or plan.foreign or plan.stopped):
        return []
    systemctl.check()
    before = systemctl.waiting()
    reloaded = False
    came = sorted({path.name for path in plan.write if path.suffix in WANTED_BY} | set(plan.stopped))
    gone = sorted({path.name for path in plan.remove if path.suffix in WANTED_BY})
    try:
        with replaced(plan):
            # Before the reload: a timer that waits while its service vanishes is called failed.
            systemctl.stop([name for name in gone if name in before])
            systemctl.reload()
            reloaded = True
            systemctl.restart(came)
    except UnavailableError as error:
        left = _as_before(systemctl, before, {*came, *gone}, reloaded=reloaded)
        raise UnavailableError(f"{error}; {left}") from None
    return _linger_hints() if systemctl.for_user else []


def _as_before(systemctl: Systemctl, before: set[str], changed: set[str], *, reloaded: bool) -> str:
    """The files are back already: let systemd read them if it read the new ones, and run what ran."""
    try:
        if reloaded:
            systemctl.reload()
        waiting = systemctl.waiting()
        systemctl.stop(sorted(waiting - before))
        systemctl.restart(sorted(before & changed if reloaded else before - waiting))
    except UnavailableError as error:
        return f"the files are as before; systemd could not be told so: {error}; when it can: systemctl daemon-reload"
    return "nothing was changed"


def _linger_hints() -> list[str]:
    """A user's timers stop when he logs out, unless he lingers (man 1 loginctl)."""
    user = Path.home().owner()
    if Path("/var/lib/systemd/linger", user).exists():
        return []
    return [f"the timers run only while {user} is logged in; to change that: loginctl enable-linger {user}"]
