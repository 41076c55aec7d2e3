"""Jump hosts: devices of the inventory through whose SSH servers others are reached, one behind the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from netraven_cli.errors import DataError, NotFoundError
from netraven_cli.model import Options
from netraven_cli.store.suggest import did_you_mean
from netraven_cli.store.tables import device

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from netraven_cli.model import Device, NewDevice

LONGEST_CHAIN = 8
SHOWN = 10  # names in one sentence


def chain(one: Device, look: Callable[[str], Device | None]) -> tuple[Device, ...]:
    """The jump hosts on the way to a device, the first to be reached first.

    One that is not there, or comes a second time, cuts it short: a session refuses a way that is not whole.
    """
    found: list[Device] = []
    name = one.options.jump
    while name and len(found) < LONGEST_CHAIN and (hop := look(name)):
        found.append(hop)
        name = hop.options.jump
    return tuple(reversed(found))


def check(connection: Connection, changed: Sequence[NewDevice]) -> None:
    """Refuse devices whose way does not lead to them; they are not entered yet.

    Raises:
        NotFoundError: a jump host is not in the inventory.
        DataError: a way leads in a circle, or is too long.
    """
    if not any(one.options.jump for one in changed):
        return
    jumps = {**_all(connection), **{one.name: one.options.jump for one in changed}}
    for one in changed:
        _check_way(one.name, jumps)


def refuse_removal(connection: Connection, gone: Iterable[Device]) -> None:
    """Refuse to remove a jump host that is needed.

    Raises:
        DataError: devices that stay are reached through one.
    """
    names = {one.name for one in gone}
    behind = sorted(name for name, jump in _all(connection).items() if jump in names and name not in names)
    if behind:
        more = f" and {len(behind) - SHOWN} more" if len(behind) > SHOWN else ""
        raise DataError(
            f"it is the jump host of {', '.join(behind[:SHOWN])}{more}; "
            f"give them another way with: netraven device edit DEVICE --option jump=OTHER"
        )


def _check_way(name: str, jumps: Mapping[str, str | None]) -> None:
    way = [name]
    while jump := jumps[way[-1]]:
        if jump not in jumps:
            raise NotFoundError(
                f"the jump host {jump} of {way[-1]} is no device; {did_you_mean(jump, jumps, 'add it first')}"
            )
        way.append(jump)
        if way.count(jump) > 1:
            raise DataError(f"the way to {name} leads in a circle: {' behind '.join(way)}")
        if len(way) > LONGEST_CHAIN:
            raise DataError(f"the way to {name} leads over more than {LONGEST_CHAIN - 1} jump hosts")


def _all(connection: Connection) -> dict[str, str | None]:
    """The jump host of each device."""
    query = sa.select(device.c.name, device.c.options).where(device.c.removed_at.is_(None))
    return {row.name: Options(**row.options).jump for row in connection.execute(query)}
