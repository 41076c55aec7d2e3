"""A runner makes itself known, notices dead ones, and puts their jobs back.

Two signs of life: a lock on a file, which the kernel gives back the moment a process dies (same data folder), and
a lease in the database, which runs out (any host).
"""

from __future__ import annotations

import fcntl
import logging
import os
import socket
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from netraven_cli import __version__
from netraven_cli.store import runners
from netraven_cli.store.faults import AwayError, LockedError
from netraven_cli.store.orders import Orders, orders
from netraven_cli.store.runners import Figures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

    from netraven_cli.plugin import Context

log = logging.getLogger("netraven.runner")
UNKNOWN = Figures()


class Presence:
    """This runner, as others see it, and what they want of it.

    The lease counts from before it was asked for, by this machine's monotonic clock: it ends here no later than in
    the database.
    """

    def __init__(self, context: Context, runner_id: str) -> None:
        self.id = runner_id
        self.orders = Orders()
        self.lost = False  # others took this runner for dead
        self.registered = False
        self.rescued = 0  # jobs of dead runners, when it began
        self._context = context
        self._lease = timedelta(seconds=context.settings.runner.lease_seconds)
        self._until = 0.0  # seconds, monotonic

    @property
    def lease_seconds(self) -> float:
        """How long this runner may be silent."""
        return self._lease.total_seconds()

    @property
    def holds(self) -> bool:
        """Whether its jobs are surely still its own."""
        return not self.lost and time.monotonic() < self._until

    def clock(self, connection: Connection) -> datetime:
        """The time that the queue goes by."""
        return self._context.clock(connection)

    def register(self, figures: Figures = UNKNOWN) -> None:
        """Write this runner's row."""
        asked = time.monotonic()
        with self._context.database.write() as connection:
            now = self.clock(connection)
            row = runners.Runner(
                id=self.id, host=socket.gethostname(), pid=os.getpid(), version=__version__,
                started_at=now, heartbeat_at=now, lease_until=now + self._lease, **asdict(figures),
            )  # fmt: skip
            runners.register(connection, row)
        self._until, self.registered = asked + self.lease_seconds, True

    def renew(self, connection: Connection, figures: Figures) -> None:
        """Renew the lease, and say how this runner is; `lost` if it was taken for dead."""
        asked, now = time.monotonic(), self._context.now()
        self.lost = not runners.heartbeat(connection, self.id, now=now, lease=self._lease, figures=figures)
        self._until = asked + self.lease_seconds

    def look(self, connection: Connection) -> None:
        """Ask what others want of this runner; `lost` if it was taken for dead."""
        found = orders(connection, self.id)
        if found is None:
            self.lost = True
        else:
            self.orders = found

    def stays(self, connection: Connection) -> bool:
        """Whether this runner is on record, and stays so until the transaction ends; `lost` if it is not."""
        self.lost = self.lost or not runners.is_registered(connection, self.id)
        return not self.lost

    def rescue(self) -> int:
        """Put back the jobs of dead runners; returns how many jobs."""
        folder = self._context.settings.runners_dir
        locks = list(folder.glob("*.lock"))  # read before the rows: one without a row was left before or after its row
        with self._context.database.read() as connection:
            found = runners.list_runners(connection)
            dead = self._dead(connection, found)
        known = {self.id, *(one.id for one in found)}
        for lock in locks:
            if lock.stem not in known:
                _sweep(lock)
        if not dead:
            return 0
        with self._context.database.write() as connection:
            # Asked again: one that was cut off may have renewed its lease in between.
            dead = self._dead(connection, runners.list_runners(connection, lock=True))
            limit = self._context.settings.retry.interruptions
            rescued = runners.rescue(connection, dead, interruptions=limit, now=self.clock(connection), who=self.id)
        for runner_id in dead:
            with suppress(OSError):
                (folder / f"{runner_id}.lock").unlink(missing_ok=True)
        return rescued

    def _dead(self, connection: Connection, found: Sequence[runners.Runner]) -> list[str]:
        now, folder = self.clock(connection), self._context.settings.runners_dir
        others = [other for other in found if other.id != self.id]
        return [other.id for other in others if other.lease_until < now or is_dead_here(folder / f"{other.id}.lock")]

    def unregister(self) -> None:
        """Take this runner's row away; while the database is away it stays, and the next run does what is left."""
        try:
            with self._context.database.write() as connection:
                self.registered = not runners.unregister(connection, self.id)
        except (AwayError, LockedError) as error:
            log.warning("runner_not_unregistered runner=%s reason=%s", self.id, error)


@contextmanager
def present(context: Context, figures: Figures = UNKNOWN) -> Iterator[Presence]:
    """Be a runner for the length of the block: locked, registered, and with the dead ones' jobs put back."""
    presence = Presence(context, str(uuid4()))
    with _held(context.settings.runners_dir / f"{presence.id}.lock", lambda: presence.registered):
        presence.register(figures)
        try:
            presence.rescued = presence.rescue()
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
