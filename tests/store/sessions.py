"""A small fleet, its jobs, and claims that go by limits and breakers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from netraven_cli.model import Heard, Incident, Limit, NewJob, Outcome, Secret
from netraven_cli.model.discovery import Range
from netraven_cli.settings.sections import BreakerSettings
from netraven_cli.store import breakers, claiming, credentials, fleet, inventory, limits, queue, ranges, settling
from netraven_cli.store.admission import Gate
from netraven_cli.store.held import holds_of_job
from netraven_cli.store.rules import read_rules
from netraven_cli.store.session_keys import device_key, login_key
from tests.store.make import NOW as EARLIER
from tests.store.make import new_credential, new_device

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from netraven_cli.model import Hold
    from netraven_cli.store.database import Database
    from netraven_cli.store.vault import Vault

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=timezone.utc)
OFF = BreakerSettings(device_failures=0, credential_devices=0, credential_refusals=0)


@dataclass
class Sessions:
    """Its `now` is the time of the queue; `gate` is that of the last claim."""

    database: Database
    settings: BreakerSettings = OFF
    now: datetime = NOW
    gate: Gate | None = field(default=None, init=False)

    def credential(self, vault: Vault, name: str, **more: Any) -> None:
        with self.database.write() as connection:
            credentials.add(connection, vault, new_credential(name, **more), {"password": Secret("x")}, EARLIER)

    def devices(self, *names: str, **more: Any) -> None:
        with self.database.write() as connection:
            inventory.add_devices(connection, [new_device(name, **more) for name in names], EARLIER)

    def limit(self, key: str, **numbers: int) -> None:
        with self.database.write() as connection:
            limits.add(connection, Limit(key=key, **numbers), EARLIER)

    def put(self, *names: str, priority: int = 50) -> list[int]:
        new = [NewJob(type="backup", subject=name, priority=priority, exclusive_key=f"device:{name}") for name in names]
        with self.database.write() as connection:
            return queue.enqueue(connection, new, now=self.now, run_id=None, who="test")

    def range(self, name: str, **more: Any) -> None:
        with self.database.write() as connection:
            ranges.add(connection, Range(name=name, networks=("192.0.2.0/24",), **more), EARLIER)

    def log_in(self, range_name: str, number: int) -> list[int]:
        """Queue logins on so many addresses of a range."""
        new = [
            NewJob(type="backup", subject=f"192.0.2.{one}", exclusive_key=login_key(range_name, one))
            for one in range(1, number + 1)
        ]
        with self.database.write() as connection:
            return queue.enqueue(connection, new, now=self.now, run_id=None, who="test")

    def end_all(self) -> None:
        with self.database.read() as connection:
            running = claiming.held_by(connection, "r1")
        for held in running:
            self.end(held)

    def holds_of(self, job_id: int) -> list[Hold]:
        with self.database.read() as connection:
            return holds_of_job(connection, self.settings, job_id, self.now)

    def make_gate(self, connection: Connection) -> Gate:
        known = credentials.list_credentials(connection)
        rules = read_rules(connection, self.settings)
        return Gate(connection, rules, fleet.load(connection, known), self.now)

    def take(self, limit: int = 100, runner: str = "r1") -> list[claiming.Claimed]:
        with self.database.write() as connection:

            def gate() -> Gate:
                self.gate = self.make_gate(connection)
                return self.gate

            return claiming.claim(
                connection, runner_id=runner, types=["backup"], limit=limit, now=self.now, make_gate=gate
            )

    def names(self, limit: int = 100) -> list[str]:
        return [held.subject for held in self.take(limit)]

    def end(self, held: claiming.Claimed, outcome: Outcome = Outcome.SUCCEEDED, runner: str = "r1") -> None:
        with self.database.write() as connection:
            settled = settling.Settlement(
                job=held, runner_id=runner, outcome=outcome, retry_at=self.now if outcome is Outcome.RETRY else None
            )
            assert settling.settle(connection, [settled], self.now) == [True]

    def hear(self, *told: Heard) -> list[Incident]:
        with self.database.write() as connection:
            known = breakers.of_credentials(connection)
            return breakers.learn(connection, self.settings, told, known, now=self.now, who="r1")

    def holds(self, name: str) -> list[Hold]:
        with self.database.read() as connection:
            return self.make_gate(connection).holds(connection, [device_key(name)])[device_key(name)]

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
