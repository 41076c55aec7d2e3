"""What tests of the commands find in the database of their folder."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from netraven_cli.model import Capture, Outcome
from netraven_cli.store import claiming, inventory, runners, settling, snapshots
from netraven_cli.store.database import Database
from tests.store.make import new_device

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from tests.installed import Installed


CORE = ("hostname core\nntp server 192.0.2.1\nend\n", "hostname core\nntp server 192.0.2.9\n banner\nend\n")


def ago(hours: float) -> datetime:
    return datetime.now(timezone.utc) - timedelta(hours=hours)


@contextmanager
def writing(netraven: Installed) -> Iterator[Connection]:
    database = Database(f"sqlite:///{netraven.folder / 'netraven.db'}")
    with database.write() as connection:
        yield connection
    database.close()


def add_proven(netraven: Installed, names: list[str], hours_ago: float) -> None:
    """Devices whose configuration was last proven complete so long ago."""
    with writing(netraven) as connection:
        inventory.add_devices(connection, [new_device(name) for name in names], ago(1000))
        for name in names:
            one = inventory.get(connection, name)
            origin = snapshots.Origin(device_id=one.id, job_id=1, run_id="r", attempt=1, captured_at=ago(hours_ago))
            snapshots.keep(connection, origin, Capture(text=name, digest=name, lines=1))


def claim(netraven: Installed, limit: int, runner: str = "r1") -> list[claiming.Claimed]:
    """Let a runner take ready jobs."""
    now = ago(0)
    with writing(netraven) as connection:
        here = runners.Runner(id=runner, host="here", pid=7, started_at=now, lease_until=now + timedelta(hours=1))
        runners.register(connection, here)
        return claiming.claim(connection, runner_id=runner, types=["backup"], limit=limit, now=now)


def settle(netraven: Installed, held: claiming.Claimed, outcome: Outcome, runner: str = "r1", **more: Any) -> None:
    """Let the runner end an attempt."""
    settled = settling.Settlement(job=held, runner_id=runner, outcome=outcome, **more)
    with writing(netraven) as connection:
        assert settling.settle(connection, [settled], ago(0)) == [True]
        settling.add_attempts(connection, [(settled, None)], ago(0))


def show(called: Installed, name: str, text: str, at: datetime) -> None:
    with writing(called) as connection:
        device = inventory.get(connection, name)
        origin = snapshots.Origin(device_id=device.id, job_id=1, run_id="r", attempt=1, captured_at=at)
        digest = sha256(text.encode()).hexdigest()
        snapshots.keep(connection, origin, Capture(text=text, digest=digest, lines=text.count("\n")))


def hours(number: int) -> str:
    return ago(number).isoformat()
