"""Where this installation of NetRaven lies, and where units and crontabs are read from."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from netraven_cli.errors import UsageError
from netraven_cli.schedule.systemd import Installation

if TYPE_CHECKING:
    from netraven_cli.settings.keys import Settings

TARGETS = ("systemd", "systemd-user", "supercronic", "crond")


def live_folder(target: str, data_dir: Path) -> Path:
    """Where a target is read from when nothing else is said.

    Raises:
        UsageError: there is no such target.
    """
    places = {
        "systemd": Path("/etc/systemd/system"),
        "systemd-user": Path.home() / ".config/systemd/user",  # man 5 systemd.unit
        "supercronic": data_dir,
        "crond": Path("/etc/cron.d"),
    }
    if target not in places:
        raise UsageError(f"there is no target {target!r}; write one of {', '.join(TARGETS)}")
    return places[target]


def installation_of(settings: Settings, target: str) -> Installation:
    """What units and crontabs call, and the folders that they let it write to; it runs as the owner of the data."""
    folders = [settings.logs_dir, settings.transcripts_dir]
    if settings.sqlite_path:
        folders.append(settings.sqlite_path.parent)
    if settings.source:
        folders.append(settings.source.parent)  # the idle look keeps a note beside the settings: store/idle.py
    if settings.metrics.textfile:
        folders.append(settings.metrics.textfile.parent)
    data_dir = settings.data_dir
    outside = [folder for folder in dict.fromkeys(folders) if not folder.is_relative_to(data_dir)]
    return Installation(
        command=netraven_command(),
        config=settings.source,
        data_dir=data_dir,
        wake_file=settings.wake_file,
        user=data_dir.owner(),
        for_user=target == "systemd-user",
        writable=outside,
        success_exit_statuses=settings.schedule.success_exit_statuses,
        on_failure=settings.schedule.on_failure,
    )


def netraven_command() -> list[str]:
    """How to start this very installation of NetRaven, by absolute paths."""
    beside = Path(sys.executable).parent / "netraven"
    if beside.is_file():
        return [str(beside)]
    found = shutil.which("netraven")
    return [str(Path(found).absolute())] if found else [sys.executable, "-m", "netraven_cli"]
