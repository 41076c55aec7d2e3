"""Breakers: a device that does not answer is left alone, a credential that is refused is stopped everywhere.

Rows, changed under the lock of the claims in the transaction that settles attempts. An open breaker lets one attempt
through at a time once its time has come; what that one tells closes it, or lets it wait longer.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from netraven_cli.model import Breaker, Incident
from netraven_cli.store.breaker_states import credential_key, incident, told_by
from netraven_cli.store.events import chunks
from netraven_cli.store.session_keys import device_key
from netraven_cli.store.tables import breaker, breaker_event
from netraven_cli.store.versions import LIMITS, lock_claims, raise_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from netraven_cli.model import Heard
    from netraven_cli.settings.sections import BreakerSettings

COLUMNS = [breaker.c[field.name] for field in fields(Breaker)]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerEvent:
    """A breaker opened, closed or was reset."""

    at: datetime
    event: str
    who: str
    why: str


def learn(
    connection: Connection,
    settings: BreakerSettings,
    heard: Sequence[Heard],
    known: Mapping[str, Breaker],
    *,
    now: datetime,
    who: str,
) -> list[Incident]:
    """Take what attempts told into account; returns which breakers opened or closed.

    Args:
        connection: the transaction that settles the attempts, their own rows written.
        settings: how many faults are too many.
        heard: what was told, in its order.
        known: the breakers of credentials by key, as last read: a login that tells nothing new costs nothing.
        now: the time of the queue.
        who: the runner.
    """
    touched = _touched(settings, heard, known, now)
    if not touched:
        return []
    lock_claims(connection)
    before = _rows(connection, touched)
    after = dict(before)
    for one in heard:
        after |= {key: changed for key, changed in told_by(settings, one, after, now) if key in touched}
    incidents = [found for key in after if (found := incident(key, before.get(key), after[key]))]
    _write(connection, {key: one for key, one in after.items() if one != before.get(key, Breaker(key=key))})
    _record(connection, incidents, now=now, who=who)
    return incidents


def _touched(
    settings: BreakerSettings, heard: Iterable[Heard], known: Mapping[str, Breaker], now: datetime
) -> set[str]:
    """The keys of which something may have to be written."""
    found = {device_key(one.device) for one in heard if one.answered is not None and settings.device_failures}
    if settings.stops_credentials:
        found |= {credential_key(name) for one in heard for name in one.refused}
        fresh = now - timedelta(seconds=settings.window_seconds / 10)
        found |= {
            key
            for one in heard
            if one.accepted is not None and not _is_proven(known.get(key := credential_key(one.accepted)), fresh)
        }
    return found


def _is_proven(one: Breaker | None, since: datetime) -> bool:
    return one is not None and not one.failures and not one.is_open and (one.proven_at or since) > since


def list_breakers(connection: Connection, *, open_only: bool = False) -> list[Breaker]:
    """The breakers of which something is known, by key."""
    query = sa.select(*COLUMNS).order_by(breaker.c.key)
    return _read(connection, query.where(breaker.c.probe_at.is_not(None)) if open_only else query)


def of_credentials(connection: Connection) -> dict[str, Breaker]:
    """The breakers of credentials by key."""
    found = _read(connection, sa.select(*COLUMNS).where(breaker.c.key.startswith("credential:")))
    return {one.key: one for one in found}


def any_device_is_left_alone(connection: Connection) -> bool:
    """Whether the breaker of a device is open."""
    rows = sa.select(breaker.c.key).where(breaker.c.probe_at.is_not(None), breaker.c.key.startswith("device:"))
    return connection.execute(rows.limit(1)).scalar() is not None


def events(connection: Connection, key: str) -> list[BreakerEvent]:
    """When a breaker opened, closed and was reset, oldest first."""
    columns = [breaker_event.c[field.name] for field in fields(BreakerEvent)]
    rows = connection.execute(sa.select(*columns).where(breaker_event.c.key == key).order_by(breaker_event.c.id))
    return [BreakerEvent(**row) for row in rows.mappings()]


def probe(connection: Connection, probes: Mapping[str, tuple[int, int]]) -> None:
    """Note which attempt, by its job and token, finds out whether a credential works again."""
    if not probes:
        return
    raise_version(connection, LIMITS)
    for key, (job_id, token) in probes.items():
        mine = sa.update(breaker).where(breaker.c.key == key)
        connection.execute(mine.values(probe_job=job_id, probe_token=token))


def reset(connection: Connection, keys: Iterable[str], *, now: datetime, who: str) -> list[Breaker]:
    """Close breakers and forget their failures; returns those of which something was known."""
    lock_claims(connection)
    found = _rows(connection, set(keys))
    opened = [Incident(key=one.key, event="reset", why="by hand") for one in found.values() if one.is_open]
    _write(connection, {key: Breaker(key=key) for key in found})
    _record(connection, opened, now=now, who=who)
    return list(found.values())


def forget(connection: Connection, keys: Sequence[str]) -> None:
    """Know nothing any more of what was changed or removed."""
    lock_claims(connection)
    for chunk in chunks(keys):
        if connection.execute(sa.delete(breaker).where(breaker.c.key.in_(chunk))).rowcount:
            raise_version(connection, LIMITS)


def _read(connection: Connection, query: sa.Select[Any]) -> list[Breaker]:
    rows = connection.execute(query).mappings()
    return [Breaker(**{**row, "refusals": tuple((name, at) for name, at in row["refusals"])}) for row in rows]


def _rows(connection: Connection, keys: set[str]) -> dict[str, Breaker]:
    found: list[Breaker] = []
    for chunk in chunks(sorted(keys)):
        found += _read(connection, sa.select(*COLUMNS).where(breaker.c.key.in_(chunk)))
    return {one.key: one for one in found}


def _write(connection: Connection, changed: Mapping[str, Breaker]) -> None:
    """Write rows; those that say nothing are removed."""
    if not changed:
        return
    if any(one.key.startswith("credential:") or one.is_open or one.opens for one in changed.values()):
        raise_version(connection, LIMITS)
    empty = [key for key, one in changed.items() if one == Breaker(key=key)]
    for chunk in chunks(empty):
        connection.execute(sa.delete(breaker).where(breaker.c.key.in_(chunk)))
    rows = [asdict(one) for key, one in changed.items() if key not in empty]
    if rows:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        new = dialect.insert(breaker)
        others = {column.name: new.excluded[column.name] for column in COLUMNS if column.name != "key"}
        connection.execute(new.on_conflict_do_update(index_elements=["key"], set_=others), rows)


def _record(connection: Connection, incidents: Iterable[Incident], *, now: datetime, who: str) -> None:
    rows = [{"key": one.key, "at": now, "event": one.event, "who": who, "why": one.why} for one in incidents]
    if rows:
        raise_version(connection, LIMITS)
        connection.execute(sa.insert(breaker_event), rows)
