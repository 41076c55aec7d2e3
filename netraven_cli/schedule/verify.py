"""Have what is to be written read by those who will read it, before it is."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from netraven_cli.errors import UnavailableError
from netraven_cli.schedule.program import call, is_there
from netraven_cli.schedule.template import Link

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netraven_cli.schedule.compare import SyncPlan

AT_ONCE = 2000  # units in one folder, all of which systemd-analyze looks through at each call
STRICT = ("--recursive-errors=no", "--man=no")  # without the first, a key that is unknown is a warning only


def verify(plan: SyncPlan, target: str) -> None:
    """Have systemd-analyze or supercronic read what would be written, where this machine has them.

    What is on disk already, byte for byte, was read when it was written.

    Raises:
        UnavailableError: they refuse it.
    """
    files = sorted((path.name, text) for path, text in plan.write.items() if not isinstance(text, Link))
    try:
        for first in range(0, len(files), AT_ONCE):
            with TemporaryDirectory(prefix="netraven-") as folder:
                _read(target, Path(folder), files[first : first + AT_ONCE])
    except UnavailableError as error:
        raise UnavailableError(f"nothing was changed, since what was to be written is refused: {error}") from None


def _read(target: str, folder: Path, files: Sequence[tuple[str, str]]) -> None:
    for name, text in files:
        (folder / name).write_text(text, encoding="utf-8")
    names = [f"./{name}" for name, _ in files]
    if target.startswith("systemd") and is_there("systemd-analyze"):
        call([*_analyze(folder, for_user=target == "systemd-user"), *names], folder)
    elif target == "supercronic" and is_there("supercronic"):
        call(["supercronic", "-test", *names], folder)


def _analyze(folder: Path, *, for_user: bool) -> list[str]:
    # A user's units are verified against his runtime folder, which a shell that came by su or cron has not.
    command = ["env", f"XDG_RUNTIME_DIR={folder}"] if for_user else []
    return [*command, "systemd-analyze", *(["--user"] if for_user else []), "verify", *STRICT]
