"""Where the log goes: to journald under systemd, else to a file and, if asked for or something is wrong, to stderr."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from netraven_cli.cli.render import Terminal, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netraven_cli.settings.keys import Settings

FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)s pid=%(process)d %(message)s"
STDERR = 2


class _OneLine(logging.Formatter):
    """One line a record in UTC, whatever a device or a library put into the message."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record))


@contextmanager
def open_log(settings: Settings, *, verbose: bool) -> Iterator[None]:
    """Log `netraven.*` for the length of the block."""
    logger = logging.getLogger("netraven")
    logger.setLevel(settings.log_level.upper())
    logger.propagate = False
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
    handlers = _journal() or [*_file(settings), *_stderr(verbose)]
    for handler in handlers:
        handler.setFormatter(_OneLine(FORMAT, datefmt="%Y-%m-%dT%H:%M:%S"))
        logger.addHandler(handler)
    try:
        yield
    finally:
        for handler in handlers:
            logger.removeHandler(handler)
            handler.close()


def _journal() -> list[logging.Handler]:
    """Under systemd, journald alone: it has what stderr shows too."""
    from netraven_cli.settings import environment

    if "JOURNAL_STREAM" not in environment():
        return []
    from netraven_cli.cli.journal import JournalHandler, is_journal

    return [JournalHandler()] if is_journal(STDERR, environment()) else []


def _file(settings: Settings) -> list[logging.Handler]:
    from netraven_cli.cli.log_file import RotatedFile

    path = settings.logs_dir / "netraven.log"
    try:
        settings.logs_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        return [RotatedFile(path, max_bytes=settings.logging.max_bytes, keep=settings.logging.keep)]
    except OSError as error:  # a full or read-only disk must not keep a backup from being made
        Terminal().complain(f"the log {path} cannot be written ({error.strerror}); going on without it")
        return []


def _stderr(verbose: bool) -> list[logging.Handler]:
    handler = logging.StreamHandler()
    handler.setLevel(logging.DEBUG if verbose else logging.ERROR)
    return [handler]
