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

AT_ONCE = 2000  # names in one command line


def verify(plan: SyncPlan, target: str) -> None:
    """Have systemd-analyze or supercronic read what would be written, where this machine has them.

    What is on disk already, byte for byte, was read when it was written.

    Raises:
        UnavailableError: they refuse it.
    """
    files = {path.name: content for path, content in plan.write.items() if not isinstance(content, Link)}
    if not files:
        return
    with TemporaryDirectory(prefix="netraven-") as name:
        folder = Path(name)
        for file, content in files.items():
            (folder / file).write_text(content, encoding="utf-8")
        try:
            _read(target, folder, sorted(files))
        except UnavailableError as error:
            raise UnavailableError(f"nothing was changed, since what was to be written is refused: {error}") from None


def _read(target: str, folder: Path, names: Sequence[str]) -> None:
    if target.startswith("systemd") and is_there("systemd-analyze"):
        _analyze(folder, names, for_user=target == "systemd-user")
    elif target == "supercronic" and is_there("supercronic"):
        call(["supercronic", "-test", str(folder / names[0])])


def _analyze(folder: Path, names: Sequence[str], *, for_user: bool) -> None:
    # A user's units are verified against his runtime folder, which a shell that came by su or cron has not.
    command = ["env", f"XDG_RUNTIME_DIR={folder}"] if for_user else []
    command += ["systemd-analyze", *(["--user"] if for_user else []), "verify", "--recursive-errors=no", "--man=no"]
    for first in range(0, len(names), AT_ONCE):
        call([*command, *(f"./{name}" for name in names[first : first + AT_ONCE])], folder)
