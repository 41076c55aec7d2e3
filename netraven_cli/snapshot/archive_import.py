"""One `git fast-import` for a whole write: what comes in is in git, and on no branch, until it is finished."""

from __future__ import annotations

import contextlib
import tempfile
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess
    from types import TracebackType

    from netraven_cli.errors import StorageError
    from netraven_cli.snapshot.archive_git import Git

_LIMIT_SECONDS = 1800.0


class Import:
    """One `git fast-import`, fed as a stream, so that memory does not grow with the fleet; started by the first part.

    Used in a `with` block: left by an error, or without `finish`, it is ended and has changed no ref.
    """

    def __init__(self, git: Git) -> None:
        self._git = git
        self._process: subprocess.Popen[bytes] | None = None
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._watchdog: threading.Timer | None = None

    def __enter__(self) -> Import:
        return self

    def send(self, *parts: bytes) -> None:
        """Feed it with parts of its input language, git-fast-import(1)."""
        process = self._process or self._start()
        try:
            for part in parts:
                process.stdin.write(part)  # type: ignore[union-attr]  # a pipe, by start_import
        except OSError:  # it ended before its input did
            raise self._failure(process) from None

    def finish(self) -> None:
        """Let it write its pack and its refs."""
        self.send(b"done\n")
        process = self._process or self._start()
        try:
            process.stdin.close()  # type: ignore[union-attr]  # a pipe, by start_import
        except OSError:
            raise self._failure(process) from None
        if process.wait() != 0:
            raise self._failure(process)

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._end()
        self._errors.close()

    def _start(self) -> subprocess.Popen[bytes]:
        self._process = process = self._git.start_import(self._errors)
        self._watchdog = threading.Timer(_LIMIT_SECONDS, process.kill)
        self._watchdog.daemon = True
        self._watchdog.start()
        return process

    def _failure(self, process: subprocess.Popen[bytes]) -> StorageError:
        code = process.wait()
        self._errors.seek(0)
        said = self._errors.read(10_000).decode(errors="replace")
        return self._git.failure("fast-import", said or f"it ended with status {code}")

    def _end(self) -> None:
        if self._watchdog:
            self._watchdog.cancel()
        if not self._process:
            return
        self._process.kill()
        with contextlib.suppress(OSError):
            self._process.stdin.close()  # type: ignore[union-attr]  # a pipe, by start_import
        self._process.wait()
