"""The log file: one that several processes write, and that is put aside when it is full."""

from __future__ import annotations

import fcntl
import os
import sys
from contextlib import suppress
from logging.handlers import WatchedFileHandler
from typing import TYPE_CHECKING

from netraven_cli.cli.render import Terminal

if TYPE_CHECKING:
    import logging
    from io import TextIOWrapper
    from pathlib import Path


class RotatedFile(WatchedFileHandler):
    """A file that becomes `.1` when it has `max_bytes`, what was `.1` becomes `.2`, up to `keep`.

    Each process looks before each record whether the file is still the one that it has open (WatchedFileHandler), so
    any of them, and logrotate too, may put it aside; no line is lost or torn. One does it at a time: the folder is
    locked meanwhile, and looked at again under the lock.
    """

    def __init__(self, path: Path, *, max_bytes: int, keep: int) -> None:
        self.path, self.max_bytes, self.keep = path, max_bytes, keep
        self.is_broken = False
        super().__init__(path, encoding="utf-8", errors="backslashreplace")

    def _open(self) -> TextIOWrapper:
        """The file, for its owner alone from its first moment on."""
        return open(self.path, "a", encoding="utf-8", errors=self.errors, opener=_private)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, after the full file was put aside."""
        with suppress(OSError):  # a folder that cannot be written must not keep a line from being logged
            if self.max_bytes and self.path.stat().st_size >= self.max_bytes:
                self._put_aside()
        try:
            super().emit(record)
        except OSError:  # reopening the file is outside of what logging guards
            self.handleError(record)

    def close(self) -> None:
        """Close the file; what a full disk did not take has been complained about."""
        with suppress(OSError):
            super().close()

    def _put_aside(self) -> None:
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            if self.path.stat().st_size < self.max_bytes:
                return  # another process was first
            for number in range(self.keep - 1, 0, -1):
                with suppress(FileNotFoundError):
                    self._numbered(number).replace(self._numbered(number + 1))
            self.path.replace(self._numbered(1))
        finally:
            os.close(folder)

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - logging's name and signature
        """Say once that the log cannot be written: a full disk must not keep a backup from being made."""
        if not self.is_broken:
            self.is_broken = True
            Terminal().complain(f"the log {self.path} cannot be written ({sys.exc_info()[1]}); going on without it")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
