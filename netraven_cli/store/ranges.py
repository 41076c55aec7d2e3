"""Ranges that are searched for devices."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from netraven_cli.errors import DataError, NotFoundError
from netraven_cli.model.discovery import Range
from netraven_cli.store.device_rules import check_name, check_tag
from netraven_cli.store.login_names import check_can_log_in
from netraven_cli.store.suggest import did_you_mean
from netraven_cli.store.tables import discovery_range
from netraven_cli.store.versions import INVENTORY, raise_version

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

COLUMNS = [discovery_range.c[field.name] for field in fields(Range)]
LISTS = ("networks", "exclusions", "ports", "tags")
MOST_ADDRESSES = 1 << 20  # a /12; more is a mistake, or weeks at any rate that networks bear
HIGHEST_RATE = 10_000  # connections begun in a second


def list_ranges(connection: Connection) -> list[Range]:
    """All ranges, by name."""
    rows = connection.execute(sa.select(*COLUMNS).order_by(discovery_range.c.name)).mappings()
    return [_range(row) for row in rows]


def enabled(connection: Connection, name: str | None = None) -> list[Range]:
    """The enabled ranges, or the one of this name.

    Raises:
        NotFoundError: there is none, or it is disabled.
    """
    found = [get(connection, name)] if name else list_ranges(connection)
    found = [one for one in found if one.enabled]
    if name and not found:
        raise NotFoundError(f"the range {name} is disabled; enable it with: netraven range enable {name}")
    if not found:
        raise NotFoundError("there is no enabled range; add one with: netraven range add NAME 192.0.2.0/24")
    return found


def get(connection: Connection, name: str) -> Range:
    """One range.

    Raises:
        NotFoundError: there is none of this name.
    """
    known = {one.name: one for one in list_ranges(connection)}
    if name not in known:
        advice = did_you_mean(name, known, "see: netraven range list")
        raise NotFoundError(f"there is no range {name}; {advice}")
    return known[name]


def add(connection: Connection, new: Range, now: datetime) -> None:
    """Enter a range.

    Raises:
        DataError: it is not valid, or its name is taken.
        NotFoundError: it names a credential that does not exist.
    """
    _check(connection, new)
    raise_version(connection, INVENTORY)
    taken = sa.select(discovery_range.c.id).where(discovery_range.c.name == new.name)
    if connection.execute(taken).one_or_none():
        raise DataError(f"there is a range {new.name} already; change it with: netraven range edit {new.name}")
    connection.execute(sa.insert(discovery_range).values(**_row(new), created_at=now, updated_at=now))


def edit(connection: Connection, changed: Range, now: datetime) -> None:
    """Give a range other values.

    Raises:
        DataError: they are not valid.
        NotFoundError: they name a credential that does not exist.
    """
    _check(connection, changed)
    raise_version(connection, INVENTORY)
    mine = sa.update(discovery_range).where(discovery_range.c.name == changed.name)
    connection.execute(mine.values(**_row(changed), updated_at=now))


def remove(connection: Connection, name: str) -> None:
    """Forget a range; its findings stay."""
    raise_version(connection, INVENTORY)
    connection.execute(sa.delete(discovery_range).where(discovery_range.c.name == name))


def _range(row: Mapping[Any, Any]) -> Range:
    return Range(**{**row, **{name: tuple(row[name]) for name in LISTS}})


def _row(one: Range) -> dict[str, Any]:
    return {**asdict(one), **{name: list(getattr(one, name)) for name in LISTS}}


def _check(connection: Connection, one: Range) -> None:
    check_name(one.name, "the name of a range")
    check_name(one.zone, "a zone")
    for tag in one.tags:
        check_tag(tag)
    _check_addresses(one)
    if not one.ports or not all(1 <= port <= 65535 for port in one.ports):
        raise DataError(f"a range has ports from 1 to 65535, not {', '.join(map(str, one.ports)) or 'none'}")
    if not 1 <= one.rate <= HIGHEST_RATE:
        raise DataError(f"the rate is from 1 to {HIGHEST_RATE} connections in a second, not {one.rate}")
    if not 1 <= one.snmp_port <= 65535:
        raise DataError(f"SNMP has a port from 1 to 65535, not {one.snmp_port}")
    if one.credential is not None:
        check_can_log_in(connection, {one.credential})


def _check_addresses(one: Range) -> None:
    try:
        count = one.addresses.count
    except ValueError as error:
        raise DataError(f"{error}; write 192.0.2.0/24, 192.0.2.10-192.0.2.20 or 2001:db8::7") from None
    if not count:
        raise DataError(f"the range {one.name} has no address left; see its networks and exclusions")
    if count > MOST_ADDRESSES:
        raise DataError(
            f"the range {one.name} has {count} addresses, and may have {MOST_ADDRESSES}; name smaller networks, "
            "of IPv6 those addresses that are in use"
        )
