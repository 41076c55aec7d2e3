"""A device takes another name, and all that is known of it goes along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from netraven_cli.errors import DataError, TryLaterError
from netraven_cli.store import breakers, inventory, jumps, schedules
from netraven_cli.store.queue import IS_LIVE
from netraven_cli.store.session_keys import device_key
from netraven_cli.store.tables import job

if TYPE_CHECKING:
    from datetime import datetime

    from netraven_cli.model import Device


def rename(connection: Connection, before: Device, after: Device, now: datetime) -> None:
    """Give a device the name and the values of `after`.

    Raises:
        DataError: the name is taken, or a schedule or a way to another device has the old one.
        TryLaterError: jobs of the device wait or run, under its old name.
    """
    jumps.refuse_removal(connection, [before])
    named = [one.name for one in schedules.list_all(connection) if before.name in one.selector.names]
    if named:
        raise DataError(
            f"{before.name} is named by the schedules {', '.join(named)}; let them say it by a tag, or "
            "edit them first: netraven schedule edit"
        )
    live = select(job.c.id).where(job.c.exclusive_key == f"device:{before.name}", IS_LIVE).limit(1)
    if connection.execute(live).first():
        raise TryLaterError(f"jobs of {before.name} wait or run; rename it when they have ended, or cancel them")
    inventory.refuse_taken(connection, [after.name])
    inventory.edit(connection, after, now)
    breakers.forget(connection, [device_key(before.name)])
