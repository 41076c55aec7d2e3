from __future__ import annotations

from typing import TYPE_CHECKING

from netraven_cli.model import Capture
from netraven_cli.store import history, inventory, snapshots
from tests.store.make import NOW, new_device

if TYPE_CHECKING:
    from netraven_cli.store.database import Database


def test_a_change_of_ignored_lines_alone_is_no_version_and_proves_the_last_one_again(database: Database) -> None:
    def keep(digest: str, compared: str | None) -> bool | None:
        with database.write() as connection:
            one = inventory.get(connection, "sw1")
            origin = snapshots.Origin(device_id=one.id, job_id=1, run_id="r", attempt=1, captured_at=NOW)
            return snapshots.keep(connection, origin, Capture(text=digest, digest=digest, compared=compared, lines=1))

    with database.write() as connection:
        inventory.add_devices(connection, [new_device("sw1")], NOW)
    assert [keep("a1", "a"), keep("a2", "a"), keep("b1", "b"), keep("b1", None), keep("b1", None)] == [
        True, False, True, False, False,
    ]  # fmt: skip
    with database.read() as connection:
        found = history.of_device(connection, inventory.get(connection, "sw1").id, None, 10)
    assert [one.digest for one in found] == ["b1", "a1"]
