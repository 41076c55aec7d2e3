"""Where the log goes: a file in the data folder, and stderr when asked for or when something is wrong."""

from __future__ import annotations

import logging
import os
import time
from contextlib import contextmanager
from logging.handlers import WatchedFileHandler
from typing import TYPE_CHECKING

from netraven_cli.cli.render import Terminal, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netraven_cli.settings.keys import Settings

FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)s pid=%(process)d %(message)s"


class _OneLine(logging.Formatter):
    """One line a record in UTC, whatever a device or a library put into the message."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record))


@contextmanager
def open_log(settings: Settings, *, verbose: bool) -> Iterator[None]:
    """Log `netraven.*` to its file for the length of the block.

    WatchedFileHandler: logrotate may move the file under a running process.
    """
    logger = logging.getLogger("netraven")
    logger.setLevel(settings.log_level.upper())
    logger.propagate = False
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
    handlers = [*_file(settings), *_stderr(verbose)]
    for handler in handlers:
        handler.setFormatter(_OneLine(FORMAT, datefmt="%Y-%m-%dT%H:%M:%S"))
        logger.addHandler(handler)
    try:
        yield
    finally:
        for handler in handlers:
            logger.removeHandler(handler)
            handler.close()


def _file(settings: Settings) -> list[logging.Handler]:
    path = settings.logs_dir / "netraven.log"
    try:
        settings.logs_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        return [WatchedFileHandler(path, encoding="utf-8")]
    except OSError as error:  # a full or read-only disk must not keep a backup from being made
        Terminal().complain(f"the log {path} cannot be written ({error.strerror}); going on without it")
        return []


def _stderr(verbose: bool) -> list[logging.Handler]:
    handler = logging.StreamHandler()
    handler.setLevel(logging.DEBUG if verbose else logging.ERROR)
    return [handler]
