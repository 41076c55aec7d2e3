"""SIGKILL at the N-th boundary: before or after a statement or a commit, before a file or a process is touched."""

from __future__ import annotations

import os
import signal
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

if TYPE_CHECKING:
    from tests.crash.journal import Journal

# https://docs.python.org/3/library/audit_events.html; an audit hook runs before what it tells of.
FILES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate", "fcntl.flock", "shutil.rmtree"}
FOR_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


@dataclass(frozen=True, kw_only=True)
class Doom:
    """When a process dies, and how."""

    at: int  # the number of the boundary, from 1
    group: bool  # with the git processes that it waits for, as systemd kills a unit; else they live on
    later_seconds: float  # where a process is to be started: so long after that

    def arm(self, journal: Journal) -> None:
        """From now on this process is doomed; it can be done once."""
        os.setpgid(0, 0)
        countdown = _Countdown(self, journal)
        sys.addaudithook(countdown.on_audit)
        event.listen(Engine, "before_cursor_execute", lambda *_: countdown.passes("before a statement"))
        event.listen(Engine, "after_cursor_execute", lambda *_: countdown.passes("after a statement"))
        event.listen(Engine, "commit", lambda _connection: countdown.passes("before a commit"))
        event.listen(Pool, "checkin", lambda *_: countdown.passes("after a commit"))


class _Countdown:
    def __init__(self, doom: Doom, journal: Journal) -> None:
        self._doom, self._journal, self._left = doom, journal, doom.at

    def on_audit(self, name: str, arguments: tuple[Any, ...]) -> None:
        if name == "subprocess.Popen":
            self.passes(f"git {_verb(arguments[1])}", self._doom.later_seconds)
        elif name in FILES or (name == "open" and isinstance(arguments[2], int) and arguments[2] & FOR_WRITING):
            self.passes(f"{name} {arguments[0]}")

    def passes(self, boundary: str, seconds: float = 0) -> None:
        if threading.current_thread() is not threading.main_thread():
            return  # the heartbeat's statements come when they come: a seed would not replay
        self._left -= 1
        if self._left:
            return
        self._journal.note("killed", before=boundary, seconds=seconds)
        if seconds:
            threading.Timer(seconds, self._strike).start()
        else:
            self._strike()

    def _strike(self) -> None:
        if self._doom.group:
            os.killpg(0, signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)


def _verb(command: list[str]) -> str:
    """The git command, without the options before it."""
    words = iter(command[1:])
    return next((word for word in words if word != "-c" or not next(words, "")), "")
