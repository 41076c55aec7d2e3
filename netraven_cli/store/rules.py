"""The rules that a claim goes by: limits, and which breakers are open; kept in memory while their version holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from netraven_cli.model import Breaker, Limit
from netraven_cli.store import breakers, limits
from netraven_cli.store.breaker_states import allowance, credential_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from netraven_cli.settings.sections import BreakerSettings


@dataclass(frozen=True)
class Rules:
    """What holds sessions back, but for what is under way at the moment."""

    settings: BreakerSettings
    limits: Mapping[str, Limit]
    breakers: Mapping[str, Breaker]  # of credentials, by key
    devices_left_alone: bool

    def matter(self, tried_first: Iterable[str], now: datetime) -> bool:
        """Whether anything can hold a session back; if not, a claim need not look."""
        if self.limits or self.devices_left_alone or self.stopped:
            return True
        return any(self.doubt(credential_key(name), now) for name in tried_first)

    def doubt(self, key: str, now: datetime) -> int:
        """How many sessions at once a credential may begin that was not let in lately; 0: any number.

        So no more sessions are under way with it than it may be refused before it is stopped.
        """
        if not self.settings.stops_credentials:
            return 0
        known = self.breakers.get(key, Breaker(key=key))
        trusted_since = now - timedelta(seconds=self.settings.window_seconds)
        if known.proven_at and known.proven_at > trusted_since and not known.failures:
            return 0
        return max(allowance(self.settings, known, now), 1)

    @cached_property
    def stopped(self) -> Mapping[str, Breaker]:
        """The credentials whose breaker is open, by name."""
        return {key.partition(":")[2]: one for key, one in self.breakers.items() if one.is_open}


def read_rules(connection: Connection, settings: BreakerSettings) -> Rules:
    """Read them, in three statements."""
    return Rules(
        settings=settings,
        limits={one.key: one for one in limits.list_limits(connection)},
        breakers=breakers.of_credentials(connection) if settings.stops_credentials else {},
        devices_left_alone=bool(settings.device_failures) and breakers.any_device_is_left_alone(connection),
    )
