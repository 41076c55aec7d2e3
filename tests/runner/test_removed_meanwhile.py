"""A device that is removed while its job runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from netraven_cli.model import Capture, NewJob, Selector
from netraven_cli.plugin import Job, Result
from netraven_cli.runner.run import Options, Plan, run
from netraven_cli.store import inventory, removals
from tests.store.make import new_device

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from netraven_cli.plugin import Context

TEXT = "hostname sw1\nend\n"


class Removing:
    """Shows a configuration; the device of one name is removed meanwhile."""

    def plan(self, context: Context, selector: Selector, params: Mapping[str, Any]) -> Iterable[NewJob]:
        return [
            NewJob(type="removing", subject=name, dedupe_key=name, exclusive_key=f"device:{name}")
            for name in selector.names
        ]

    def run(self, context: Context, job: Job) -> Result:
        assert job.device is not None
        if job.subject == "gone":
            with context.database.write() as connection:
                inventory.remove(connection, [job.device], datetime.now(timezone.utc))
        return Result(summary="done", capture=Capture(text=TEXT, digest=sha256(TEXT.encode()).hexdigest(), lines=2))

    def conclude(self, context: Context) -> None: ...


def test_what_it_showed_is_not_kept_and_no_other_is_disturbed(context: Context) -> None:
    context = replace(context, handlers={"removing": Removing()})
    with context.database.write() as connection:
        inventory.add_devices(connection, [new_device("gone"), new_device("stays")], datetime.now(timezone.utc))
    plan = Plan(type="removing", selector=Selector(names=("gone", "stays")))
    summary = run(context, [plan], ["removing"], Options(), lambda _event: None)
    assert (summary.succeeded, summary.changed, summary.dead) == (2, 1, 0)
    with context.database.read() as connection:
        (kept,) = connection.exec_driver_sql("SELECT device_id FROM capture").scalars()
        (life,) = removals.lives(connection, "gone")
    assert life.removed_at
    assert kept != life.device.id
