"""The heartbeat: a thread that renews the lease and hears what others want, whatever the coordinator is busy with."""

from __future__ import annotations

import logging
import sys
import threading
import time
from typing import TYPE_CHECKING

from netraven_cli.runner.outage import AWAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from netraven_cli.runner.presence import Presence
    from netraven_cli.store.database import Database
    from netraven_cli.store.runners import Figures

log = logging.getLogger("netraven.runner")
LOOK_SECONDS = 1.0  # how long a wish goes unheard: one small read each
PART_OF_LEASE = 6  # so many heartbeats in a lease: an outage may last the other five
SWITCH_SECONDS = 0.001  # how long a computing thread keeps the interpreter while others wait; Python's default is 0.005
ENDING_SECONDS = 5  # how long the end of a run waits for a heartbeat that waits for the database


class Heartbeat:
    """The thread, for the length of a `with` block; it has a connection of its own."""

    def __init__(
        self, presence: Presence, database: Database, figures: Callable[[], Figures], wake: Callable[[], None]
    ) -> None:
        """Make it; `wake` lets the coordinator see at once what was heard."""
        self._presence, self._database, self._figures, self._wake = presence, database, figures, wake
        self._over = threading.Event()
        self._renew_at = time.monotonic() + self._every_seconds  # a runner that was just registered has a whole lease
        self._told = _marks(figures())
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    @property
    def _every_seconds(self) -> float:
        return self._presence.lease_seconds / PART_OF_LEASE

    def __enter__(self) -> None:
        self._switch_before = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_SECONDS)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(ENDING_SECONDS)
        sys.setswitchinterval(self._switch_before)

    def _run(self) -> None:
        database = self._database.twin()
        try:
            self._beat_while_connected(database)  # at once: connecting takes long when all workers compute
            while self._goes_on():
                self._beat_while_connected(database)
        except Exception:
            log.exception("heartbeat_ended")  # a bug; without it the lease runs out and the run ends in order
        finally:
            database.close()

    def _goes_on(self) -> bool:
        return not self._over.wait(min(LOOK_SECONDS, self._every_seconds)) and not self._presence.lost

    def _beat_while_connected(self, database: Database) -> None:
        try:
            with database.direct() as connection:
                self._beat(connection)
                while self._goes_on():
                    self._beat(connection)
        except AWAY as error:
            self._renew_at = 0.0  # the next that gets through renews
            log.warning("heartbeat_failed runner=%s reason=%s", self._presence.id, error)
            if not self._presence.holds:
                self._wake()

    def _beat(self, connection: Connection) -> None:
        """Two statements at most: while others compute, each wait for the database is one for the interpreter too."""
        before, figures = self._presence.orders, self._figures()
        if time.monotonic() >= self._renew_at or _marks(figures) != self._told:
            self._presence.renew(connection, figures)
            self._renew_at, self._told = time.monotonic() + self._every_seconds, _marks(figures)
        self._presence.look(connection)
        if self._presence.orders != before or not self._presence.holds:
            self._wake()


def _marks(figures: Figures) -> tuple[object, ...]:
    """What others are told at once when it changes."""
    return figures.workers, figures.left_behind, figures.short_of and figures.short_of.partition(":")[0]
