"""Programs of the system, called to their end: systemctl, systemd-analyze, supercronic."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from netraven_cli.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LIMIT_SECONDS = 300


def is_there(name: str) -> bool:
    """Whether this machine has a program."""
    return shutil.which(name) is not None


def call(command: Sequence[str], folder: Path | None = None) -> str:
    """What a program writes to its standard output.

    Raises:
        UnavailableError: it is not there, failed, or took longer than five minutes.
    """
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, errors="replace", check=False, timeout=LIMIT_SECONDS
        )
    except FileNotFoundError:
        raise UnavailableError(f"there is no {command[0]} on this machine") from None
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"{_shown(command)} did not end within {LIMIT_SECONDS} s") from None
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split()) or f"exit status {done.returncode}"
        raise UnavailableError(f"{_shown(command)} failed: {said[:2000]}")
    return done.stdout


def _shown(command: Sequence[str]) -> str:
    return " ".join(command[:4]) + (" …" if len(command) > 4 else "")
