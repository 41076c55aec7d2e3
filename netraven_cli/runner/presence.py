"""A runner makes itself known, notices dead ones, and puts their jobs back.

Two signs of life: a lock on a file, which the kernel gives back the moment a process dies (same data folder), and
a lease in the database, which runs out (any host).
"""

from __future__ import annotations

import fcntl
import logging
import os
import socket
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from netraven_cli.store import runners

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

    from netraven_cli.plugin import Context


log = logging.getLogger("netraven.runner")


class Presence:
    """This runner, as others see it."""

    def __init__(self, context: Context, runner_id: str) -> None:
        self.id = runner_id
        self.registered = False
        self._context = context
        self._lease = timedelta(seconds=context.settings.runner.lease_seconds)

    @property
    def heartbeat_seconds(self) -> float:
        """How often the lease is to be renewed."""
        return self._lease.total_seconds() / 3

    def clock(self, connection: Connection) -> datetime:
        """The time that the queue goes by."""
        return runners.clock(connection, self._context.now())

    def heartbeat(self, connection: Connection) -> bool:
        """Renew the lease; False if this runner was taken for dead."""
        return runners.heartbeat(connection, self.id, self.clock(connection) + self._lease)

    def rescue(self) -> int:
        """Put back the jobs of dead runners; returns how many jobs."""
        folder = self._context.settings.runners_dir
        locks = list(folder.glob("*.lock"))  # read before the rows: one without a row was left before or after its row
        with self._context.database.read() as connection:
            others = [other for other in runners.list_runners(connection) if other.id != self.id]
            now = self.clock(connection)
        known = {self.id, *(other.id for other in others)}
        for lock in locks:
            if lock.stem not in known:
                _sweep(lock)
        dead = [other.id for other in others if other.lease_until < now or is_dead_here(folder / f"{other.id}.lock")]
        if not dead:
            return 0
        with self._context.database.write() as connection:
            limit = self._context.settings.retry.interruptions
            rescued = runners.rescue(connection, dead, interruptions=limit, now=self.clock(connection), who=self.id)
        for runner_id in dead:
            with suppress(OSError):
                (folder / f"{runner_id}.lock").unlink(missing_ok=True)
        return rescued

    def register(self) -> None:
        """Write this runner's row."""
        with self._context.database.write() as connection:
            now = self.clock(connection)
            row = runners.Runner(
                id=self.id, host=socket.gethostname(), pid=os.getpid(), started_at=now, lease_until=now + self._lease
            )
            runners.register(connection, row)
        self.registered = True

    def unregister(self) -> None:
        """Take this runner's row away, unless jobs could not be put back: the next run rescues them by it."""
        with self._context.database.write() as connection:
            self.registered = not runners.unregister(connection, self.id)


@contextmanager
def present(context: Context) -> Iterator[Presence]:
    """Be a runner for the length of the block: locked, registered, and with the dead ones' jobs put back."""
    presence = Presence(context, str(uuid4()))
    with _held(context.settings.runners_dir / f"{presence.id}.lock", lambda: presence.registered):
        presence.register()
        try:
            presence.rescue()
            yield presence
        finally:
            presence.unregister()


@contextmanager
def _held(path: Path, is_registered: Callable[[], bool]) -> Iterator[None]:
    """Hold a lock that only the end of this process, or of the block, gives back.

    The file of a runner whose row could not be taken away stays: nobody holds it, so the next run sees that it is dead.
    Where none can be made the run goes on without: should it die, others learn it from the lease alone.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = _locked(path)
    except OSError as error:
        log.error("runner_without_lock path=%s reason=%s", path, error.strerror)
        yield
        return
    try:
        yield
    finally:
        if not is_registered():
            with suppress(OSError):
                path.unlink(missing_ok=True)
        os.close(handle)


def _locked(path: Path) -> int:
    """Make a file and lock it; again, if somebody swept it away in between."""
    while True:
        handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        if path.exists():
            return handle
        os.close(handle)


def _sweep(lock: Path) -> None:
    """Remove the file of a runner that was killed before it registered or after it unregistered."""
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return  # it ended in order
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        lock.unlink(missing_ok=True)
    except OSError:
        return  # somebody holds it, or the folder cannot be written
    finally:
        os.close(handle)


def is_dead_here(lock: Path) -> bool:
    """Whether a runner of this data folder is dead: its lock file is there, and nobody holds it."""
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False  # of another host, or ended in order: the lease decides
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(handle)
