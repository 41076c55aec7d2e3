from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from netraven_cli.model import NewJob
from netraven_cli.store import claiming, queue, runners
from tests.store.make import NOW

if TYPE_CHECKING:
    from netraven_cli.store.database import Database


def test_a_runner_that_could_not_put_a_job_back_stays_on_record_to_be_rescued_from(database: Database) -> None:
    """A full disk takes a deletion, and no settling."""
    with database.write() as connection:
        row = runners.Runner(id="r", host="here", pid=1, started_at=NOW, lease_until=NOW + timedelta(hours=1))
        runners.register(connection, row)
        queue.enqueue(connection, [NewJob(type="backup", subject="a")], now=NOW, run_id=None, who="anna")
        later = NOW + timedelta(days=9999)
        assert claiming.claim(connection, runner_id="r", types=["backup"], limit=9, now=later)
        assert not runners.unregister(connection, "r")
        assert [one.id for one in runners.list_runners(connection)] == ["r"]
        assert runners.rescue(connection, ["r"], interruptions=9, now=later, who="next") == 1
        assert runners.list_runners(connection) == []
