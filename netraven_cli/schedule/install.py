"""Bring the units or the crontab on disk in line with what they should be."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import run
from typing import TYPE_CHECKING

from netraven_cli.errors import CreateError, UnavailableError
from netraven_cli.schedule import crontab, systemd
from netraven_cli.schedule.template import is_edited, is_ours

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from netraven_cli.model import Schedule
    from netraven_cli.schedule.systemd import Installation

CRONTAB = {"supercronic": "crontab", "crond": "netraven"}  # the name of the file; cron.d takes none with a dot
LIMIT_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPlan:
    """What is to be done in a folder; nothing is, if only `unchanged` and `foreign` have something."""

    folder: Path
    write: Mapping[Path, str] = field(default_factory=dict)
    remove: Sequence[Path] = ()
    unchanged: Sequence[Path] = ()
    foreign: Sequence[Path] = ()  # files that have one of our names and are not ours: they are in the way

    @property
    def drift(self) -> list[tuple[str, Path]]:
        """What differs from what should be: missing, edited, outdated, orphan or foreign, and which file."""
        found = [(_difference(path), path) for path in self.write]
        found += [("orphan", path) for path in self.remove] + [("foreign", path) for path in self.foreign]
        return sorted(found, key=lambda pair: pair[1])


def render(
    target: str, schedules: Iterable[Schedule], installation: Installation, now: datetime, timezone: str = "UTC"
) -> dict[str, str]:
    """The files of a target by name; `timezone` is that of this machine, which crond reads its lines in."""
    if target in ("systemd", "systemd-user"):
        return systemd.render(schedules, installation, now)
    if target == "supercronic":
        return {CRONTAB[target]: crontab.render(schedules, installation, now, "supercronic")}
    return {CRONTAB["crond"]: crontab.render(schedules, installation, now, "crond", timezone)}


def plan_sync(files: Mapping[str, str], folder: Path) -> SyncPlan:
    """Compare a folder with what it should have; changes nothing.

    Raises:
        CreateError: the folder cannot be read.
    """
    write, unchanged, foreign = {}, [], []
    try:
        for name, content in sorted(files.items()):
            path = folder / name
            found = _read(path)
            if found == content:
                unchanged.append(path)
            elif found is None or is_ours(found):
                write[path] = content
            else:
                foreign.append(path)
        orphans = [path for path in _our_names(folder) if path.name not in files and is_ours(_read(path) or "")]
    except OSError as error:
        raise CreateError(f"the folder {folder} cannot be read: {error.strerror}; run it as its owner") from error
    return SyncPlan(folder=folder, write=write, remove=orphans, unchanged=unchanged, foreign=foreign)


def apply(plan: SyncPlan) -> list[str]:
    """Write and remove what the plan says: all new files are complete on disk before the first one takes its place.

    Returns:
        Hints for the operator.

    Raises:
        CreateError: a foreign file is in the way, or the folder cannot be written; nothing is changed.
    """
    if plan.foreign:
        names = ", ".join(str(path) for path in plan.foreign)
        raise CreateError(
            f"not made by NetRaven, and in the way: {names}; move it away, or use --dir for another folder"
        )
    if not plan.write and not plan.remove:
        return []
    staged: dict[Path, Path] = {}
    try:
        plan.folder.mkdir(parents=True, exist_ok=True)
        for path, content in plan.write.items():
            staged[path] = path.with_name(f".netraven-{os.getpid()}-{len(staged)}.tmp")
            _write(staged[path], content)
        for path, fresh in staged.items():
            fresh.replace(path)
        for path in plan.remove:
            path.unlink(missing_ok=True)
        _flush(plan.folder)
    except OSError as error:
        raise CreateError(
            f"the folder {plan.folder} cannot be written: {error.strerror}; run it as its owner, or use --dir"
        ) from error
    finally:
        for fresh in staged.values():
            _discard(fresh)
    return []


def activate(plan: SyncPlan, *, for_user: bool) -> list[str]:
    """Apply a plan in the folder of a running systemd: stop what goes, reload once, start what came.

    Returns:
        Hints for the operator.

    Raises:
        UnavailableError: systemd is not there; nothing is changed. Or it refused a unit.
        CreateError: as for `apply`.
    """
    systemctl = ["systemctl", "--user"] if for_user else ["systemctl"]
    if plan.foreign or not (plan.write or plan.remove):
        return apply(plan)  # says what is in the way
    _call([*systemctl, "show", "--property=Version"])
    gone = [path.name for path in plan.remove if path.suffix == ".timer"]
    if gone:
        _call([*systemctl, "disable", "--now", "--", *gone])
    apply(plan)
    _call([*systemctl, "daemon-reload"])
    came = [path.name for path in plan.write if path.suffix == ".timer"]
    if came:
        _call([*systemctl, "enable", "--now", "--", *came])
    return _linger_hints() if for_user else []


def _call(command: list[str]) -> None:
    try:
        done = run(command, capture_output=True, text=True, check=False, timeout=LIMIT_SECONDS)
    except FileNotFoundError:
        raise UnavailableError(
            "there is no systemctl on this machine; use --dir to write the units elsewhere, or --target crond"
        ) from None
    if done.returncode:
        said = " ".join(done.stderr.split()) or f"exit status {done.returncode}"
        raise UnavailableError(f"{' '.join(command)} failed: {said}")


def _linger_hints() -> list[str]:
    """A user's timers stop when he logs out, unless he lingers (man 1 loginctl)."""
    user = Path.home().owner()
    if Path("/var/lib/systemd/linger", user).exists():
        return []
    return [f"the timers run only while {user} is logged in; to change that: loginctl enable-linger {user}"]


def _our_names(folder: Path) -> list[Path]:
    """Files whose names could be ours; drop-ins lie in folders of their own and are the user's."""
    if not folder.is_dir():
        return []
    found = (path for path in folder.iterdir() if path.is_file() and not path.is_symlink())
    return sorted(path for path in found if path.name.startswith("netraven-") and path.suffix in (".service", ".timer"))


def _read(path: Path) -> str | None:
    """The text of a file; None if there is none. A link, a folder or other things are never ours."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        return ""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None


def _difference(path: Path) -> str:
    found = _read(path)
    return "missing" if found is None else "edited" if is_edited(found) else "outdated"


def _write(path: Path, content: str) -> None:
    path.touch(mode=0o644, exist_ok=False)
    with path.open("w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(0o644)  # whatever the umask: systemd warns of units that are not readable for all


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _discard(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # the folder cannot be written, which is said already
