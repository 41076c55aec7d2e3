"""How long ago devices were proven complete, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from netraven_cli.model import Capture
from netraven_cli.store import freshness, inventory, snapshots
from tests.store.make import NOW, new_device

if TYPE_CHECKING:
    from netraven_cli.store.database import Database

DAY = timedelta(days=1)


def add(database: Database, name: str, created_at: datetime, *verified_at: datetime) -> None:
    with database.write() as connection:
        inventory.add_devices(connection, [new_device(name)], created_at)
        one = inventory.get(connection, name)
        for number, at in enumerate(verified_at, 1):
            origin = snapshots.Origin(device_id=one.id, job_id=number, run_id="run", attempt=1, captured_at=at)
            snapshots.keep(connection, origin, Capture(text=name, digest="same", lines=1))


def stale(database: Database, before: datetime) -> list[tuple[str, datetime | None]]:
    with database.read() as connection:
        return [(one.name, one.verified_at) for one in freshness.stale(connection, before)]


def test_devices_whose_last_proof_is_too_old_are_named_the_longest_forgotten_first(database: Database) -> None:
    add(database, "fresh", NOW - 9 * DAY, NOW - 9 * DAY, NOW - DAY / 2)
    add(database, "old", NOW - 9 * DAY, NOW - 2 * DAY)
    add(database, "older", NOW - 9 * DAY, NOW - 8 * DAY, NOW - 3 * DAY)
    assert stale(database, NOW - DAY) == [("older", NOW - 3 * DAY), ("old", NOW - 2 * DAY)]


def test_a_device_without_any_proof_is_late_from_when_it_was_added(database: Database) -> None:
    add(database, "added-today", NOW - DAY / 2)
    add(database, "added-long-ago", NOW - 9 * DAY)
    assert stale(database, NOW - DAY) == [("added-long-ago", None)]


def test_disabled_and_removed_devices_are_never_late(database: Database) -> None:
    add(database, "off", NOW - 9 * DAY)
    add(database, "gone", NOW - 9 * DAY)
    with database.write() as connection:
        inventory.set_enabled(connection, [inventory.get(connection, "off")], False, NOW)
        inventory.remove(connection, [inventory.get(connection, "gone")], NOW)
    assert stale(database, NOW) == []
