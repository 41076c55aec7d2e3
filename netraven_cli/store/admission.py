"""Which jobs may start: what is under way, and what has its turn, against limits and breakers.

A Gate is made inside the transaction of a claim, under its lock, from the running jobs themselves: nothing is counted
along, so a crash leaves nothing behind. What is full is excluded in SQL, so that it hides nothing that may start.

Only jobs that have a session are held: see session_keys. A login on an address counts for the zone, the tags and the
credentials of its range; it finds out nothing about a stopped credential, since nobody knows what is there.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from netraven_cli.model import Hold, Limit
from netraven_cli.store import breakers, limits
from netraven_cli.store.breaker_states import credential_key
from netraven_cli.store.limits import among
from netraven_cli.store.queue import IS_RUNNING
from netraven_cli.store.session_keys import (
    DEVICE,
    HAS_SESSION,
    device_key,
    device_of,
    has_session,
    is_login_of,
    range_of,
)
from netraven_cli.store.tables import breaker, job, session_pace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row

    from netraven_cli.model import Breaker
    from netraven_cli.store.fleet import Fleet, Profile
    from netraven_cli.store.rules import Rules

GLOBAL = "global"


class Gate:
    """One look at what may start now; what is admitted counts at once."""

    def __init__(self, connection: Connection, rules: Rules, fleet: Fleet, now: datetime) -> None:
        """Read what is under way."""
        self._rules, self._fleet, self._now = rules, fleet, now
        query = sa.select(job.c.id, job.c.token, job.c.exclusive_key).where(IS_RUNNING, HAS_SESSION)
        running = connection.execute(query).all()
        self._stopped = self._stopped_now({(row.id, row.token) for row in running})
        self._limits = self._limits_now()
        self._busy = Counter(key for row in running for key in self._keys(row.exclusive_key))
        self._next_at = limits.next_times(connection, [key for key, one in self._limits.items() if one.per_minute])
        self._taken: dict[str, datetime] = {}
        self._probes: dict[str, tuple[int, int]] = {}

    def _stopped_now(self, running: set[tuple[int, int]]) -> dict[str, Hold]:
        """The credentials that nobody may use, each with why; without those that may be tried again."""
        found = {}
        for name, one in self._rules.stopped.items():
            if one.probe_at and one.probe_at > self._now:
                found[name] = Hold(key=one.key, why=_stopped(one), until=one.probe_at, by_breaker=True)
            elif (one.probe_job, one.probe_token) in running:
                found[name] = _tried_by(one.key, one.probe_job)
        return found

    def _limits_now(self) -> dict[str, Limit]:
        """Those that are set, and those of credentials in doubt: the tighter one of each key."""
        found = dict(self._rules.limits)
        profiles = (*self._fleet.devices, *self._fleet.ranges.values())
        known = {name for profile in profiles for name in profile.credentials}
        for key in map(credential_key, known - self._rules.stopped.keys()):
            most = self._rules.doubt(key, self._now)
            given = found.get(key, Limit(key=key))
            if most and (given.concurrent is None or given.concurrent > most):
                found[key] = Limit(key=key, concurrent=most, per_minute=given.per_minute)
        return found

    def conditions(self, connection: Connection) -> Iterator[ColumnElement[bool]]:
        """What keys a ready job may not have; told anew, since what was admitted meanwhile may have filled a limit."""
        key = job.c.exclusive_key
        if self._full(GLOBAL):
            yield ~HAS_SESSION
        full = [name for profile, names in self._fleet.devices.items() if self._holds_of(profile) for name in names]
        if full:
            yield key.not_in(among(connection, map(device_key, full)))
        for name, profile in self._fleet.ranges.items():
            if self._limit_holds(profile):
                yield ~is_login_of(name)
        if early := self._early_devices():
            yield key.not_in(sa.select(session_pace.c.key).where(*early))
        if self._rules.devices_left_alone:
            yield key.not_in(sa.select(breaker.c.key).where(breaker.c.probe_at > self._now))

    def _early_devices(self) -> list[ColumnElement[bool]]:
        """The rows of devices whose next session has to wait; one that is later than the limit asks for is stale."""
        of_devices = {key: one.interval for key, one in self._limits.items() if _is_of_device(key) and one.interval}
        if not of_devices:
            return []
        longest = self._now + max(filter(None, of_devices.values()))
        rows: list[ColumnElement[bool]] = [session_pace.c.next_at > self._now, session_pace.c.next_at <= longest]
        return rows if "device" in of_devices else [*rows, session_pace.c.key.in_(list(of_devices))]

    def admit(self, candidates: Sequence[Row[Any]]) -> list[Row[Any]]:
        """Those that may start, in their order."""
        return [row for row in candidates if self._admits(row)]

    def _admits(self, row: Row[Any]) -> bool:
        if not has_session(row.exclusive_key):
            return True
        if self._full(GLOBAL) or self._shared_holds(row.exclusive_key):
            return False
        for key in self._keys(row.exclusive_key):
            self._busy[key] += 1
            self._take_turn(key, self._limits[key])
        if name := device_of(row.exclusive_key):
            self._admit_device(name, row)
        return True

    def _admit_device(self, name: str, row: Row[Any]) -> None:
        of_device = self._limits.get(device_key(name)) or self._limits.get("device")
        if of_device:
            self._take_turn(device_key(name), of_device)
        if profile := self._fleet.profiles.get(name):
            self._take_probes(profile, row)

    def _take_turn(self, key: str, limit: Limit) -> None:
        if limit.interval:
            self._taken[key] = self._next_at[key] = self._now + limit.interval

    def _take_probes(self, profile: Profile, row: Row[Any]) -> None:
        """This attempt finds out about the stopped credentials whose time has come, among those that it will try."""
        for name in profile.credentials:
            if name in self._rules.stopped and name not in self._stopped:
                key = credential_key(name)
                self._probes[key] = (row.id, row.token + 1)
                self._stopped[name] = _tried_by(key, row.id)

    def write(self, connection: Connection) -> None:
        """Note what was taken, in the transaction of the claim."""
        limits.keep_pace(connection, self._taken)
        breakers.probe(connection, self._probes)

    def tried_by(self, job_id: int) -> frozenset[str]:
        """The stopped credentials that a job admitted here may try."""
        return frozenset(key.partition(":")[2] for key, (job, _token) in self._probes.items() if job == job_id)

    def holds(self, connection: Connection, exclusive_keys: Sequence[str]) -> dict[str, list[Hold]]:
        """Why jobs with these exclusive keys may not start yet."""
        own = self._own_holds(connection, exclusive_keys)
        everywhere = [hold] if (hold := self._full(GLOBAL)) else []
        return {key: [*everywhere, *self._shared_holds(key), *own.get(key, ())] for key in exclusive_keys}

    def _own_holds(self, connection: Connection, exclusive_keys: Sequence[str]) -> dict[str, list[Hold]]:
        """What is about one device alone."""
        keys = among(connection, exclusive_keys)
        found: dict[str, list[Hold]] = {}
        if early := self._early_devices():
            for row in connection.execute(sa.select(session_pace).where(*early, session_pace.c.key.in_(keys))):
                limit = self._limits.get(row.key) or self._limits["device"]
                hold = Hold(key=limit.key, why=_pace(limit), until=row.next_at)
                found.setdefault(row.key, []).append(hold)
        if self._rules.devices_left_alone:
            query = sa.select(breaker).where(breaker.c.probe_at > self._now, breaker.c.key.in_(keys))
            for row in connection.execute(query):
                why = f"{row.key} is left alone after {row.failures} failures in a row: {row.reason}"
                hold = Hold(key=row.key, why=why, until=row.probe_at, by_breaker=True)
                found.setdefault(row.key, []).append(hold)
        return found

    def _shared_holds(self, exclusive_key: str) -> list[Hold]:
        """What holds a job together with others."""
        profile = self._profile(exclusive_key)
        if profile is None:
            return []
        return self._limit_holds(profile) if range_of(exclusive_key) else self._holds_of(profile)

    def _profile(self, exclusive_key: str | None) -> Profile | None:
        device, a_range = device_of(exclusive_key), range_of(exclusive_key)
        return self._fleet.profiles.get(device or "") or self._fleet.ranges.get(a_range or "")

    def _limit_holds(self, profile: Profile) -> list[Hold]:
        return [hold for key in self._shared_keys(profile) if (hold := self._full(key))]

    def _holds_of(self, profile: Profile) -> list[Hold]:
        """What holds all devices of a kind."""
        found = self._limit_holds(profile)
        stopped = [self._stopped[name] for name in profile.credentials if name in self._stopped]
        if stopped and len(stopped) == len(profile.credentials):
            found.append(min(stopped, key=lambda hold: hold.until or self._now))
        return found

    def _full(self, key: str) -> Hold | None:
        limit = self._limits.get(key)
        if limit is None:
            return None
        if limit.concurrent is not None and self._busy[key] >= limit.concurrent:
            return Hold(key=key, why=self._crowd(limit))
        next_at, interval = self._next_at.get(key), limit.interval
        if next_at and interval and self._now < next_at <= self._now + interval:  # later ones are stale: see above
            return Hold(key=key, why=_pace(limit), until=next_at)
        return None

    def _crowd(self, limit: Limit) -> str:
        if limit == self._rules.limits.get(limit.key):
            return f"{limit.key} allows {limit.concurrent} sessions at once"
        return f"{limit.key} was not let in lately: {limit.concurrent} sessions at once until it is"

    def _keys(self, exclusive_key: str | None) -> list[str]:
        """The limits that a session counts for, but for that of the device itself."""
        profile = self._profile(exclusive_key)
        everywhere = [GLOBAL] if GLOBAL in self._limits else []
        return everywhere + (self._shared_keys(profile) if profile else [])

    def _shared_keys(self, profile: Profile) -> list[str]:
        first = next((name for name in profile.credentials if name not in self._stopped), None)
        keys = [f"zone:{profile.zone}", *(f"tag:{tag}" for tag in profile.tags)]
        return [key for key in [*keys, *([credential_key(first)] if first else [])] if key in self._limits]


def _is_of_device(key: str) -> bool:
    return key == "device" or key.startswith(DEVICE)


def _pace(limit: Limit) -> str:
    return f"{limit.key} allows {limit.per_minute} sessions a minute"


def _tried_by(key: str, job_id: int | None) -> Hold:
    return Hold(key=key, why=f"{key} is stopped; job {job_id} finds out whether it works again", by_breaker=True)


def _stopped(one: Breaker) -> str:
    return f"{one.key} is stopped after {one.failures} refusals: {one.reason}"


def earliest(holds: Iterable[Sequence[Hold]]) -> datetime | None:
    """When the first of jobs may start that are held, each by all that is named for it; None: nobody can tell."""
    times = []
    for several in holds:
        untils = [hold.until for hold in several if hold.until]
        if several and len(untils) == len(several):
            times.append(max(untils))
    return min(times, default=None)
