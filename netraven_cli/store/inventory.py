"""The inventory: devices and their tags."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from netraven_cli.errors import DataError, NotFoundError
from netraven_cli.model import Device, NewDevice, Options, Selector
from netraven_cli.store import breakers, jumps
from netraven_cli.store.device_rules import check_device
from netraven_cli.store.login_names import check_can_log_in
from netraven_cli.store.missing import why_missing, why_nothing
from netraven_cli.store.session_keys import device_key
from netraven_cli.store.tables import device, device_tag
from netraven_cli.store.versions import INVENTORY, raise_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

COLUMNS = [device.c[field.name] for field in fields(Device) if field.name != "tags"]
NOT_REMOVED = device.c.removed_at.is_(None)
NAMES_IN_ONE_STATEMENT = 10_000  # SQLite takes 32766 parameters: https://sqlite.org/limits.html
SHOWN = 10  # names in one sentence


def add_devices(connection: Connection, devices: Sequence[NewDevice], now: datetime) -> None:
    """Enter devices, all or none.

    Raises:
        DataError: one is not valid, or its name is taken.
        NotFoundError: one names a credential or a jump host that does not exist.
    """
    for new in devices:
        check_device(new)
    raise_version(connection, INVENTORY)
    refuse_taken(connection, [new.name for new in devices])
    check_can_log_in(connection, {new.credential for new in devices if new.credential})
    jumps.check(connection, devices)
    if not devices:
        return
    rows = [{**_row(new), "created_at": now, "updated_at": now} for new in devices]
    made = connection.execute(sa.insert(device).returning(device.c.name, device.c.id), rows)
    ids = {row.name: row.id for row in made}
    _insert_tags(connection, [(ids[new.name], new.tags) for new in devices])


def get(connection: Connection, name: str) -> Device:
    """One device, enabled or not.

    Raises:
        NotFoundError: there is none of this name.
    """
    return select(connection, Selector(names=(name,)), disabled_too=True)[0]


def find(connection: Connection, selector: Selector, *, disabled_too: bool = False) -> list[Device]:
    """The devices that a selector means, by name; in two statements, however many they are."""
    wanted = _condition(selector) if disabled_too else sa.and_(_condition(selector), device.c.enabled)
    rows = connection.execute(sa.select(*COLUMNS).where(NOT_REMOVED, wanted)).mappings().all()
    tags = tags_of(connection, sa.and_(NOT_REMOVED, wanted))
    found = [device_of(row, tags[row["id"]]) for row in rows]
    if _is_long(selector):
        names = set(selector.names)
        found = [one for one in found if one.name in names or _fits(one, selector)]
    return sorted(found, key=lambda one: one.name)


def select(connection: Connection, selector: Selector, *, disabled_too: bool = False) -> list[Device]:
    """The devices that a selector means: every one it names, and all that have its tags, platform and zone.

    Raises:
        NotFoundError: it names something that is not there, a disabled device, or matches nothing.
    """
    found = find(connection, selector, disabled_too=disabled_too)
    missing = sorted(set(selector.names) - {one.name for one in found})
    if missing:
        raise NotFoundError(why_missing(connection, missing))
    by_filter = bool(selector.tags or selector.platform or selector.zone)
    if by_filter and not any(_fits(one, selector) for one in found):
        raise NotFoundError(why_nothing(connection, selector))
    if not found:
        raise NotFoundError("there is no enabled device; add one with: netraven device add NAME --address A …")
    return found


def by_names(connection: Connection, names: Sequence[str]) -> dict[str, Device]:
    """The devices of these names, enabled or not; those that are not there are left out."""
    if not names:
        return {}
    return {one.name: one for one in find(connection, Selector(names=tuple(names)), disabled_too=True)}


def edit(connection: Connection, changed: Device, now: datetime) -> None:
    """Give a device other values; its history stays. For another name see renaming.

    Raises:
        DataError: the new values are not valid.
        NotFoundError: they name a credential or a jump host that does not exist.
    """
    check_device(changed)
    raise_version(connection, INVENTORY)
    check_can_log_in(connection, {changed.credential} if changed.credential else set())
    jumps.check(connection, [changed])
    values = {**_row(changed), "updated_at": now}
    connection.execute(sa.update(device).where(device.c.id == changed.id).values(**values))
    connection.execute(sa.delete(device_tag).where(device_tag.c.device_id == changed.id))
    _insert_tags(connection, [(changed.id, changed.tags)])
    breakers.forget(connection, [device_key(changed.name)])


def let_in(connection: Connection, one: Device, credential_name: str) -> None:
    """A device let a credential in: it is tried first from now on. Runs under way may go by the old order yet."""
    connection.execute(sa.update(device).where(device.c.id == one.id).values(last_credential=credential_name))


def set_enabled(connection: Connection, devices: Iterable[Device], enabled: bool, now: datetime) -> int:
    """Enable or disable devices; returns how many were not so before."""
    return _update_all(connection, [one.id for one in devices if one.enabled is not enabled], now, enabled=enabled)


def remove(connection: Connection, devices: Iterable[Device], now: datetime, *, who: str | None = None) -> int:
    """Take devices out of the inventory; their history stays, their names are free again.

    Raises:
        DataError: others are reached through one of them.
    """
    gone = list(devices)
    jumps.refuse_removal(connection, gone)
    count = _update_all(connection, [one.id for one in gone], now, removed_at=now, removed_by=who, enabled=False)
    breakers.forget(connection, [device_key(one.name) for one in gone])
    return count


def counts(connection: Connection) -> dict[str, int]:
    """How many devices there are: `enabled` and `disabled`."""
    query = sa.select(device.c.enabled, sa.func.count().label("devices")).where(NOT_REMOVED).group_by(device.c.enabled)
    found = {row.enabled: row.devices for row in connection.execute(query)}
    return {"enabled": found.get(True, 0), "disabled": found.get(False, 0)}


def device_of(row: Mapping[Any, Any], tags: Iterable[str]) -> Device:
    """The device in a row of `COLUMNS`."""
    return Device(**{**row, "tags": tuple(sorted(tags)), "options": Options(**row["options"])})


def _row(new: NewDevice) -> dict[str, Any]:
    row = {field.name: getattr(new, field.name) for field in fields(NewDevice) if field.name != "tags"}
    return {**row, "details": dict(new.details), "options": new.options.given()}


def _insert_tags(connection: Connection, tags: Iterable[tuple[int, Iterable[str]]]) -> None:
    rows = [{"device_id": device_id, "tag": tag} for device_id, given in tags for tag in sorted(set(given))]
    if rows:
        connection.execute(sa.insert(device_tag), rows)


def _update_all(connection: Connection, ids: Sequence[int], now: datetime, **values: Any) -> int:
    rows = [{"device_id": device_id} for device_id in ids]
    if rows:
        raise_version(connection, INVENTORY)
        changed = sa.update(device).where(device.c.id == sa.bindparam("device_id"))
        connection.execute(changed.values(**values, updated_at=now), rows)
    return len(rows)


def _is_long(selector: Selector) -> bool:
    return len(selector.names) > NAMES_IN_ONE_STATEMENT and not selector.all


def _condition(selector: Selector) -> ColumnElement[bool]:
    if selector.all or selector.is_open or _is_long(selector):
        return sa.true()
    ways: list[ColumnElement[bool]] = []
    if selector.names:
        ways.append(device.c.name.in_(selector.names))
    filters = _filters(selector)
    if filters:
        ways.append(sa.and_(*filters))
    return sa.or_(*ways)


def _filters(selector: Selector) -> list[ColumnElement[bool]]:
    filters: list[ColumnElement[bool]] = [
        device.c.id.in_(sa.select(device_tag.c.device_id).where(device_tag.c.tag == tag)) for tag in selector.tags
    ]
    if selector.platform:
        filters.append(device.c.platform == selector.platform)
    if selector.zone:
        filters.append(device.c.zone == selector.zone)
    return filters


def means(selector: Selector, one: Device) -> bool:
    """Whether a selector means a device."""
    return selector.all or selector.is_open or one.name in selector.names or _fits(one, selector)


def _fits(one: Device, selector: Selector) -> bool:
    given = selector.tags or selector.platform or selector.zone
    return bool(given) and (
        set(selector.tags) <= set(one.tags)
        and selector.platform in (None, one.platform)
        and selector.zone in (None, one.zone)
    )


def tags_of(connection: Connection, wanted: ColumnElement[bool]) -> dict[int, list[str]]:
    """The tags of the devices of a condition."""
    query = sa.select(device_tag.c.device_id, device_tag.c.tag).join(device).where(wanted)
    tags: dict[int, list[str]] = defaultdict(list)
    for device_id, tag in connection.execute(query):
        tags[device_id].append(tag)
    return tags


def refuse_taken(connection: Connection, names: Sequence[str]) -> None:
    """Refuse names that devices have, or that come twice.

    Raises:
        DataError: one of them does.
    """
    taken = set(by_names(connection, names))
    twice = {name for name, number in Counter(names).items() if number > 1}
    if taken or twice:
        shown = ", ".join(sorted(taken | twice)[:SHOWN])
        raise DataError(f"there is a device of this name already: {shown}; change it with: netraven device edit")
