"""The installed command `netraven`, driven as an operator or a script would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COMMAND = Path(sys.executable).with_name("netraven")


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object of `--json`."""
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The JSON lines of `run --json`."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def summary(self) -> dict[str, Any]:
        """The last line of `run --json`."""
        return self.lines[-1]


@dataclass
class Installed:
    """A folder with settings and data, and the command in it."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    within: tuple[str, ...] = ()  # a command that runs ours in another place, such as nsenter

    @property
    def environment(self) -> dict[str, str]:
        """A bare environment: nothing of the tests' own."""
        bare = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8"}
        return {**bare, "NETRAVEN_ENV": "test", **self.environ}

    def __call__(self, *arguments: str, stdin: str = "", **environ: str) -> Said:
        """Run a command to its end, without a terminal."""
        done = subprocess.run(
            [*self.within, str(COMMAND), *arguments], cwd=self.folder, env={**self.environment, **environ},
            input=stdin, capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
        return Said(done.returncode, done.stdout, done.stderr)

    def well(self, *arguments: str, stdin: str = "", **environ: str) -> Said:
        """Run a command that must succeed."""
        said = self(*arguments, stdin=stdin, **environ)
        assert said.status == 0, f"netraven {' '.join(arguments)}: {said}"
        return said

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        """Start a command; its end is the caller's to wait for."""
        return subprocess.Popen(
            [*self.within, str(COMMAND), *arguments], cwd=self.folder, env={**self.environment, **environ},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def measured(self, *arguments: str, **environ: str) -> tuple[Said, int]:
        """Run a command to its end; what it said, and its largest size in bytes."""
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            process = subprocess.Popen(
                [str(COMMAND), *arguments], cwd=self.folder, env={**self.environment, **environ},
                stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            )  # fmt: skip
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            err.seek(0)
            return Said(process.returncode, out.read(), err.read()), used.ru_maxrss * 1024

    def git(self, *arguments: str) -> str:
        """Ask the archive."""
        done = subprocess.run(
            ["git", "-C", str(self.folder / "archive"), *arguments],
            env=self.environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout
