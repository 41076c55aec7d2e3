"""Two hosts with one database and the same schedules: each due time is enqueued once, whoever is woken."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from netraven_cli.model import NewDevice, NewSchedule, Selector
from netraven_cli.schedule import record
from netraven_cli.store import inventory, jobs, occurrences
from netraven_cli.store.tables import schedule
from tests.installed import Installed

if TYPE_CHECKING:
    from pathlib import Path

    from netraven_cli.store.database import Database

COUNT = 200
MINUTE = timedelta(minutes=1)


@pytest.fixture
def hosts(database_url: str, tmp_path: Path) -> list[Installed]:
    """Two installations that share a database, with its queue paused: jobs come in, and none is done."""
    made = [Installed(tmp_path / name, {"NETRAVEN_DATABASE__URL": database_url}) for name in ("one", "two")]
    for host in made:
        host.folder.mkdir()
        host.well("init", "--dir", ".")
    shutil.copyfile(made[0].folder / "vault.key", made[1].folder / "vault.key")
    made[0].well("queue", "pause", "backup")
    return made


def populate(database: Database) -> list[str]:
    """Schedules that have become due a moment ago, each for a device of its own, each in one of four ways."""
    now = datetime.now(timezone.utc)
    names = [f"s{number:03}" for number in range(COUNT)]
    with database.write() as connection:
        devices = [NewDevice(name=name, address="192.0.2.1", platform="cisco_ios") for name in names]
        inventory.add_devices(connection, devices, now)
        for number, name in enumerate(names):
            new = NewSchedule(
                name=name, type="backup", pattern="every 86400", timezone="UTC", selector=Selector(names=(name,)),
                overlap=("allow", "queue", "skip")[number % 3], spread_seconds=(0, 600)[number % 2],
            )  # fmt: skip
            record.add(connection, new, now)
        just_now = now.replace(second=0, microsecond=0)
        due = {"pattern": f"at {just_now:%Y-%m-%dT%H:%M:%SZ}", "seen_until": just_now - MINUTE, "next_due_at": just_now}
        connection.execute(update(schedule).values(due))
    return names


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_two_hosts_that_are_woken_at_once_enqueue_each_due_time_once(
    database: Database, hosts: list[Installed]
) -> None:
    names = populate(database)
    wakes = [host.start("run", "--due") for host in (*hosts, *hosts)]
    ends = [(wake.communicate(timeout=240), wake.returncode) for wake in wakes]
    assert {status for _, status in ends} == {0}, ends
    with database.read() as connection:
        past = [one for name in names for one in occurrences.history(connection, name)]
        queued = jobs.list_jobs(connection, limit=None)
    assert [(one.schedule, one.state, one.jobs, one.coalesced) for one in past] == [
        (name, "enqueued", 1, 0) for name in names
    ]
    assert sorted(job.subject for job in queued) == names
    assert all(job.schedule == job.subject for job in queued)
