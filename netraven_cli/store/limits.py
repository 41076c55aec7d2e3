"""Limits of sessions, as rows, and their pace: GCRA with the theoretical arrival time in a row.

With no allowance for bursts sessions begin evenly spaced: so no minute, wherever it begins, has one too many.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from netraven_cli.errors import DataError, NotFoundError, UsageError
from netraven_cli.model import Limit
from netraven_cli.store import inventory
from netraven_cli.store.device_rules import check_name
from netraven_cli.store.suggest import did_you_mean
from netraven_cli.store.tables import credential, session_limit, session_pace
from netraven_cli.store.versions import LIMITS, lock_claims, raise_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

COLUMNS = [session_limit.c[field.name] for field in fields(Limit)]
KINDS = ("zone", "tag", "credential", "device")
HIGHEST = 100_000
LONGEST_KEY = 300


def list_limits(connection: Connection) -> list[Limit]:
    """All limits, by key."""
    return [Limit(**row) for row in connection.execute(sa.select(*COLUMNS).order_by(session_limit.c.key)).mappings()]


def get(connection: Connection, key: str) -> Limit:
    """One limit.

    Raises:
        NotFoundError: there is none of this key.
    """
    known = {one.key: one for one in list_limits(connection)}
    if key not in known:
        raise NotFoundError(f"there is no limit {key}; {did_you_mean(key, known, 'see: netraven limit list')}")
    return known[key]


def add(connection: Connection, new: Limit, now: datetime) -> None:
    """Set a limit.

    Raises:
        UsageError: the key is none.
        DataError: the numbers are not valid, or there is such a limit.
        NotFoundError: the key names a credential or a device that is not there.
    """
    _check(connection, new)
    _begin(connection)
    if connection.execute(sa.select(session_limit.c.key).where(session_limit.c.key == new.key)).scalar():
        raise DataError(f"there is a limit {new.key} already; change it with: netraven limit edit {new.key}")
    values = {"concurrent": new.concurrent, "per_minute": new.per_minute, "updated_at": now}
    connection.execute(sa.insert(session_limit).values(key=new.key, **values))


def edit(connection: Connection, changed: Limit, now: datetime) -> None:
    """Give a limit other numbers.

    Raises:
        DataError: they are not valid.
        NotFoundError: there is no such limit.
    """
    _check_numbers(changed)
    _begin(connection)
    get(connection, changed.key)
    values = {"concurrent": changed.concurrent, "per_minute": changed.per_minute, "updated_at": now}
    connection.execute(sa.update(session_limit).where(session_limit.c.key == changed.key).values(**values))


def remove(connection: Connection, key: str) -> None:
    """Take a limit away.

    Raises:
        NotFoundError: there is none of this key.
    """
    _begin(connection)
    get(connection, key)
    connection.execute(sa.delete(session_limit).where(session_limit.c.key == key))


def next_times(connection: Connection, keys: Iterable[str]) -> dict[str, datetime]:
    """From when on the next session of each key may begin, of those that had one."""
    wanted = sorted(keys)
    if not wanted:
        return {}
    query = sa.select(session_pace).where(session_pace.c.key.in_(among(connection, wanted)))
    return {row.key: row.next_at for row in connection.execute(query)}


def keep_pace(connection: Connection, next_at: Mapping[str, datetime]) -> None:
    """Note from when on the next session of each key may begin."""
    if not next_at:
        return
    rows = [{"key": key, "next_at": moment} for key, moment in next_at.items()]
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(session_pace)
    connection.execute(new.on_conflict_do_update(index_elements=["key"], set_={"next_at": new.excluded.next_at}), rows)


def among(connection: Connection, values: Iterable[str]) -> sa.Select[tuple[str]]:
    """Any number of texts as rows of a sub-select: one parameter, where thousands would be too many."""
    text = json.dumps(list(values))
    if connection.dialect.name == "postgresql":
        return sa.select(sa.func.json_array_elements_text(sa.cast(sa.literal(text), sa.JSON)))
    return sa.select(sa.func.json_each(text).table_valued("value").c.value)


def _begin(connection: Connection) -> None:
    lock_claims(connection)
    raise_version(connection, LIMITS)


def _check(connection: Connection, new: Limit) -> None:
    kind, _, name = new.key.partition(":")
    if new.key not in ("global", "device") and not (kind in KINDS and name):
        raise UsageError(
            f"there is no limit of {new.key!r}; write global, zone:NAME, tag:NAME, credential:NAME, device "
            "(each by itself) or device:NAME"
        )
    check_name(new.key, "the key of a limit", LONGEST_KEY)
    _check_numbers(new)
    if kind == "device" and name:
        inventory.get(connection, name)
    if kind == "credential":
        known = set(connection.scalars(sa.select(credential.c.name)))
        if name not in known:
            advice = did_you_mean(name, known, "see: netraven credential list")
            raise NotFoundError(f"there is no credential {name}; {advice}")


def _check_numbers(limit: Limit) -> None:
    if limit.concurrent is None and limit.per_minute is None:
        raise DataError(f"the limit {limit.key} limits nothing; say --concurrent N or --per-minute N")
    for number in (limit.concurrent, limit.per_minute):
        if number is not None and not 1 <= number <= HIGHEST:
            raise DataError(f"a limit is a number from 1 to {HIGHEST}, not {number}; to stop: netraven queue pause")
    if limit.concurrent is not None and limit.key.partition(":")[0] == "device":
        raise DataError("a device has one session at a time in any case; limit it with --per-minute N")
