"""The log as journald takes it: records with fields, so that `journalctl NETRAVEN_JOB=17` finds all of one job.

The protocol is a datagram of NAME=value lines: https://systemd.io/JOURNAL_NATIVE_PROTOCOL/.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from netraven_cli.cli.render import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

SOCKET = Path("/run/systemd/journal/socket")
PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}
FIELD = re.compile(r"(\w+)=%")  # in the format of a message; its values may be anything


class JournalHandler(logging.Handler):
    """Hand records to journald; if it does not take one, write a line to stderr, which journald reads as well."""

    def __init__(self, place: Path = SOCKET) -> None:
        super().__init__()
        self._place = str(place)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record."""
        try:
            self._socket.sendto(datagram(record), self._place)
        except OSError:  # no journald in this container, or a record longer than a datagram
            # <N> is the priority: man 3 sd-daemon.
            print(f"<{_priority(record)}>{visible(record.getMessage())}", file=sys.stderr, flush=True)  # noqa: T201

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
        super().close()


def datagram(record: logging.LogRecord) -> bytes:
    """A record in the native protocol. Values are one line each: control characters are spelt out."""
    fields = {
        "MESSAGE": record.getMessage(),
        "PRIORITY": str(_priority(record)),
        "SYSLOG_IDENTIFIER": "netraven",
        "NETRAVEN_EVENT": str(record.msg).partition(" ")[0],
        **_fields(record),
    }
    return "".join(f"{name}={visible(value)}\n" for name, value in fields.items()).encode("utf-8", "backslashreplace")


def _fields(record: logging.LogRecord) -> dict[str, str]:
    """What stands as name=%s in the format of a message; those without a value are left out."""
    names = FIELD.findall(str(record.msg))
    values = record.args if isinstance(record.args, tuple) else ()
    if len(names) != len(values):
        return {}
    return {
        f"NETRAVEN_{name.upper()}": str(value) for name, value in zip(names, values, strict=True) if value is not None
    }


def _priority(record: logging.LogRecord) -> int:
    return PRIORITIES.get(record.levelno, 6)


def is_journal(descriptor: int, environ: Mapping[str, str]) -> bool:
    """Whether a descriptor leads to journald: JOURNAL_STREAM names its device and inode, man 5 systemd.exec."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return False
    return environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"
