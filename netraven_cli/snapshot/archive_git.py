"""Calls of git for the archive: with an environment of our own, limits in time, and errors an operator can act upon."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from netraven_cli.errors import StorageError, UnavailableError

MAIN = "refs/heads/main"
NO_COMMIT = "0" * 40  # as `git update-ref` writes "there must be none"
_LIMIT_SECONDS = 120.0
_OPTIONS = {  # laid over whatever the repository's own configuration says
    "core.autocrlf": "false",
    "core.fsmonitor": "false",
    "core.fsync": "all",  # the default leaves refs out; git-config(1), since git 2.36
    "core.hooksPath": "/dev/null",
    "core.quotePath": "false",
    "fastimport.unpackLimit": "1",  # below 100 objects it would make loose ones, which it does not sync
    "gc.auto": "0",
    "maintenance.auto": "false",
    "pack.compression": "1",
}
SCARCE_BYTES = 64 * 1024
_CAUSES = {  # what git or the system says -> what to do; anything else may be damage of the repository
    "No space left": "the disk is full: make room",
    "File too large": "a limit on the size of files was reached: raise it",
    "Disk quota exceeded": "the disk quota is used up: make room",
    "Read-only file system": "the file system is read-only: mount it for writing",
    "Permission denied": "NetRaven may not write there: run it as the user that owns the folder",
    "Input/output error": "the disk fails: see the kernel's log, and take another disk",
    "did not end within": "the disk or the machine is too busy: try again",
}


class UnexplainedError(StorageError):
    """git failed, and it is not the disk: the repository may be damaged."""


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < SCARCE_BYTES
    except OSError:
        return False


def environment(folder: Path) -> dict[str, str]:
    """The variables git gets: none of the caller's, so that no GIT_* or HOME of theirs leads it elsewhere.

    Naming the repository outright also keeps git from looking for one in the folders above.
    """
    return {
        "PATH": os.pathsep.join((str(Path(_program()).parent), os.defpath)),
        "LC_ALL": "C",
        "TZ": "UTC",
        "HOME": "/dev/null",
        "XDG_CONFIG_HOME": "/dev/null",
        "GIT_DIR": str(folder / ".git"),
        "GIT_WORK_TREE": str(folder),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_DEFAULT_HASH": "sha1",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
    }


def _program() -> str:
    program = shutil.which("git")
    if program is None:
        raise UnavailableError("git is not installed, and configurations are archived with it: install git")
    return program


@dataclass(frozen=True, slots=True)
class Git:
    """git, working in one archive.

    Its processes inherit `held`, the descriptors of locks: a git that outlives a killed caller keeps the archive
    locked until it has ended.
    """

    folder: Path
    held: tuple[int, ...] = ()

    def run(
        self,
        *arguments: str,
        given: bytes = b"",
        accepted: tuple[int, ...] = (0,),
        limit_seconds: float = _LIMIT_SECONDS,
    ) -> bytes:
        """Run a git command and return what it wrote to its standard output.

        Raises:
            StorageError: it failed, or did not end in time.
        """
        done = self._run(arguments, given, limit_seconds)
        if done.returncode not in accepted:
            raise self.failure(arguments[0], done.stderr.decode(errors="replace"))
        return done.stdout

    def ask(self, *arguments: str, limit_seconds: float) -> tuple[int, str]:
        """Run a git command and return its status, and all that it said."""
        done = self._run(arguments, b"", limit_seconds)
        return done.returncode, (done.stdout + done.stderr).decode(errors="replace")

    def _run(
        self, arguments: tuple[str, ...], given: bytes, limit_seconds: float
    ) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                self._command(arguments),
                input=given,
                capture_output=True,
                env=environment(self.folder),
                cwd=self.folder,
                pass_fds=self.held,
                timeout=limit_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise self.failure(arguments[0], f"it did not end within {limit_seconds:.0f} seconds") from None
        except OSError as error:
            raise self.failure(arguments[0], str(error)) from None

    def line(self, *arguments: str, accepted: tuple[int, ...] = (0,)) -> str:
        """Run a git command that answers with one line; empty if it says nothing."""
        return self.run(*arguments, accepted=accepted).decode(errors="replace").strip()

    def head(self) -> str | None:
        """The commit that main is at; None before the first one.

        Raises:
            StorageError: the commit is missing or damaged.
        """
        return self.line("for-each-ref", "--format=%(objectname) %(objecttype)", MAIN).partition(" ")[0] or None

    def start_import(self, errors: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start `git fast-import`.

        It would make deltas of each text against that of the device before, which spoil every later gc. Texts over
        the threshold get none, while the folders keep theirs: one of 2,000 files, written 2,000 times, takes 7 MB
        instead of the 53 MB of --depth=0.
        """
        return subprocess.Popen(
            self._command(("fast-import", "--quiet", "--done", "--big-file-threshold=1", "--date-format=raw")),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=environment(self.folder),
            cwd=self.folder,
            pass_fds=self.held,
            start_new_session=True,  # a Ctrl-C is for NetRaven, which then ends it in order
        )

    def failure(self, verb: str, said: str) -> StorageError:
        """The error for a git command that failed."""
        lines = [line for line in said.splitlines() if line.strip() and not line.startswith("hint:")]
        reason = "; ".join(lines)[:500] or "it ended without a word"
        if _is_full(self.folder):  # fast-import then dies without saying so
            said += "No space left"
        advice = next((advice for sign, advice in _CAUSES.items() if sign in said), None)
        return (StorageError if advice else UnexplainedError)(
            f"git {verb} failed in the archive {self.folder}: {reason} - {advice or 'see: netraven doctor'}; "
            "nothing is lost, the next run completes it"
        )

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        options = [part for key, value in _OPTIONS.items() for part in ("-c", f"{key}={value}")]
        return [_program(), *options, *arguments]
