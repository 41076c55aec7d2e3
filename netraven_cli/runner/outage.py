"""The database is away for a while: a run goes on as long as its lease holds, and then ends."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, TypeVar

from netraven_cli.errors import NetravenError
from netraven_cli.store.faults import AwayError, LockedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from netraven_cli.runner.presence import Presence
    from netraven_cli.runner.shutdown import Stop

    T = TypeVar("T")

log = logging.getLogger("netraven.runner")
AWAY = (AwayError, LockedError)
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 2.0


class LeaseLostError(NetravenError):
    """Others took this runner for dead and put its jobs back."""

    exit_status = 75


class Outage:
    """Whether the database is away from this runner, and whether that may go on."""

    def __init__(self, presence: Presence, stop: Stop) -> None:
        self._presence, self._stop = presence, stop
        self._error: AwayError | LockedError | None = None
        self._times = 0

    @property
    def is_on(self) -> bool:
        """Whether the last transaction failed: what it did is not known."""
        return self._error is not None

    @property
    def pause_seconds(self) -> float:
        """How long to wait before the next try."""
        return min(FIRST_PAUSE_SECONDS * 2.0 ** min(self._times - 1, 10), LONGEST_PAUSE_SECONDS)

    def begins(self, error: AwayError | LockedError) -> None:
        """A transaction failed."""
        self._error, self._times = error, self._times + 1
        log.warning("database_away runner=%s failures=%d reason=%s", self._presence.id, self._times, error)

    def ends(self) -> None:
        """A transaction succeeded."""
        if self.is_on:
            log.warning("database_back runner=%s failures=%d", self._presence.id, self._times)
        self._error, self._times = None, 0

    def check(self) -> None:
        """Refuse to go on with a lease that is gone.

        Raises:
            LeaseLostError: this runner was taken for dead.
            AwayError: the database was away for longer than the lease.
            LockedError: it was locked for longer than the lease.
        """
        if self._presence.holds:
            return
        if self._presence.lost or self._error is None:
            raise LeaseLostError("this runner was taken for dead (was the machine asleep?); its jobs were put back")
        raise type(self._error)(
            f"{self._error}; this lasted longer than the lease of {self._presence.lease_seconds:g} s, so the run "
            "ended; nothing is lost: the next run puts its jobs back"
        ) from None

    def through(self, work: Callable[[], T]) -> T:
        """Do what needs the database and may be done twice; again and again while it is away.

        Raises:
            AwayError: for longer than the lease, or somebody wants the run to end.
            LockedError: the same.
        """
        while True:
            try:
                done = work()
            except AWAY as error:
                self.begins(error)
                self.check()
                if self._stop.signal_number is not None:
                    raise
                time.sleep(self.pause_seconds)
            else:
                self.ends()
                return done
