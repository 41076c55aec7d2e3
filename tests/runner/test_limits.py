"""What a run does under limits and breakers, and what it reads; on both databases."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, select

from netraven_cli.model import Limit, Secret, Selector
from netraven_cli.plugin import AttemptError, Context, ErrorClass, Job, NewJob, Result
from netraven_cli.runner.run import Options, Plan, run
from netraven_cli.settings.keys import Settings
from netraven_cli.settings.sections import BreakerSettings, RetrySettings, RunnerSettings
from netraven_cli.store import breakers, credentials, host_keys, inventory, jobs, limits
from netraven_cli.store.tables import job_event
from netraven_cli.store.vault import Vault, create_key_file
from tests.store.make import new_credential, new_device

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from netraven_cli.runner.attempts import AttemptEvent
    from netraven_cli.runner.tally import Summary
    from netraven_cli.store.database import Database

NOW = datetime.now(timezone.utc)
RIGHT = "the right one"
READS = ("device", "device_tag", "credential", "credential_tag", "session_limit")


class Visits:
    """A handler that logs in on devices: `passwords` says what lets in, if not all is let in."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.tried: list[tuple[str, str, str]] = []  # device, credential, password
        self.together = Counter[str]()
        self.most = 0
        self.passwords: Mapping[str, str] = {}
        self.meet: threading.Barrier | None = None
        self.on_first: Any = None

    def plan(self, context: Context, selector: Selector, params: Mapping[str, Any]) -> Iterable[NewJob]:
        for name in selector.names:
            yield NewJob(type="visits", subject=name, dedupe_key=name, exclusive_key=f"device:{name}")

    def run(self, context: Context, job: Job) -> Result:
        with self.lock:
            self.together["all"] += 1
            self.most = max(self.most, self.together["all"])
        try:
            return self._visit(job)
        finally:
            with self.lock:
                self.together["all"] -= 1

    def _visit(self, job: Job) -> Result:
        if self.on_first and job.attempt == 1:
            self.on_first()
            raise AttemptError(ErrorClass.COMMAND, "not yet")
        if job.subject.startswith("silent"):
            raise AttemptError(ErrorClass.NETWORK, "no answer")
        refused = ["nobody's"] if job.subject.startswith("liar") else []
        for login in job.logins:
            password = login.password.reveal() if login.password else ""
            with self.lock:
                self.tried.append((job.subject, login.credential, password))
            if self.passwords.get(login.credential, RIGHT) == password:
                return Result(credential=login.credential, refused=tuple(refused))
            refused.append(login.credential)
        error = AttemptError(ErrorClass.AUTHENTICATION, "login refused")
        error.refused = tuple(refused)
        raise error


@pytest.fixture
def visits() -> Visits:
    return Visits()


@pytest.fixture
def context(database: Database, visits: Visits, tmp_path: Path) -> Context:
    settings = Settings(
        data_dir=tmp_path / "data",
        runner=RunnerSettings(workers=20, retry_wait_seconds=0),
        retry=RetrySettings(first_backoff_seconds=0.05),
        breaker=BreakerSettings(device_failures=3),
    )
    create_key_file(settings.vault_key_file)
    found = Context(
        settings=settings, database=database, now=lambda: datetime.now(timezone.utc), handlers={"visits": visits}
    )
    enter(found, "radius", priority=1)
    return found


def enter(context: Context, credential: str, password: str = RIGHT, **more: Any) -> None:
    vault = Vault(context.settings.vault_key_file)
    with context.database.write() as connection:
        new = new_credential(credential, **more)
        credentials.add(connection, vault, new, {"password": Secret(password)}, NOW)


def fleet(context: Context, number: int, **more: Any) -> list[str]:
    names = [f"sw{one:03}" for one in range(number)]
    add(context, *names, **more)
    return names


def add(context: Context, *names: str, **more: Any) -> None:
    with context.database.write() as connection:
        inventory.add_devices(connection, [new_device(name, **more) for name in names], NOW)
        found = inventory.by_names(connection, names)
        host_keys.remember(connection, {one.id: "ssh-ed25519 AAAA" for one in found.values()})


def limit(context: Context, key: str, **numbers: int) -> None:
    with context.database.write() as connection:
        limits.add(connection, Limit(key=key, **numbers), NOW)


def go(context: Context, *names: str, **options: float) -> tuple[Summary, list[AttemptEvent]]:
    events: list[AttemptEvent] = []
    plan = Plan(type="visits", selector=Selector(names=names))
    return run(context, [plan], ["visits"], Options(**options), events.append), events  # type: ignore[arg-type]


def waiting(context: Context, seconds: float) -> Context:
    """The same, with a run that waits so long for retries."""
    runner = context.settings.runner.model_copy(update={"retry_wait_seconds": seconds})
    return replace(context, settings=context.settings.model_copy(update={"runner": runner}))


@contextmanager
def reads(database: Database) -> Iterator[Counter[str]]:
    """Counts the statements that read each of the tables that do not change during a run.

    But for those that ask what was last accepted of a device: that changes.
    """
    found = Counter[str]()

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        words = statement.replace(",", " ").split()
        if words[0] == "SELECT" and "snapshot" not in words:
            found.update({table for table in READS if table in words})

    event.listen(database.engine, "before_cursor_execute", note)
    yield found
    event.remove(database.engine, "before_cursor_execute", note)


def test_a_run_reads_inventory_credentials_and_limits_as_often_for_many_jobs_as_for_few(context: Context) -> None:
    names = fleet(context, 120)
    go(context, *names[:1])  # the credential is proven, so that nothing changes during the runs below
    with reads(context.database) as few:
        assert go(context, *names[:5], workers=2)[0].succeeded == 5
    with reads(context.database) as many:
        assert go(context, *names, workers=2)[0].succeeded == 120
    assert many == few
    assert max(many.values()) <= 3


def test_a_password_that_is_changed_during_a_run_is_used_by_the_next_attempt(context: Context, visits: Visits) -> None:
    def change() -> None:
        with context.database.write() as connection:
            credentials.lock(connection)
            found = credentials.get(connection, "radius")
            vault = Vault(context.settings.vault_key_file)
            credentials.edit(connection, vault, found, {"password": Secret("a new one")}, NOW)

    visits.on_first = change
    visits.passwords = {"radius": "a new one"}
    add(context, "sw1")
    summary, _ = go(waiting(context, 20), "sw1")
    assert summary.succeeded == 1
    assert visits.tried == [("sw1", "radius", "a new one")]


def test_a_device_that_is_changed_during_a_run_is_met_as_it_is_then(context: Context, visits: Visits) -> None:
    enter(context, "other", priority=2)

    def change() -> None:
        with context.database.write() as connection:
            inventory.edit(connection, replace(inventory.get(connection, "sw1"), credential="other"), NOW)

    visits.on_first = change
    add(context, "sw1")
    go(waiting(context, 20), "sw1")
    assert visits.tried == [("sw1", "other", RIGHT)]


def test_a_run_does_all_of_its_plan_at_the_pace_of_a_limit(context: Context) -> None:
    names = fleet(context, 8)
    limit(context, "zone:default", per_minute=600)
    summary, _ = go(context, *names)
    assert summary.succeeded == 8
    with context.database.read() as connection:
        claims = select(job_event.c.at).where(job_event.c.after == "running").order_by(job_event.c.at)
        times = list(connection.execute(claims).scalars())
    assert min(later - before for before, later in pairwise(times)) >= timedelta(seconds=0.1)


def test_a_run_keeps_a_limit_of_sessions_at_once_and_uses_all_of_it(context: Context, visits: Visits) -> None:
    names = fleet(context, 12, tags=("core",))
    go(context, names[0])
    limit(context, "tag:core", concurrent=3)
    visits.most = 0
    summary, _ = go(context, *names)
    assert (summary.succeeded, visits.most <= 3) == (12, True)


def test_max_runtime_ends_a_run_that_a_limit_holds_and_loses_nothing(context: Context) -> None:
    names = fleet(context, 3)
    limit(context, "global", per_minute=1)
    summary, _ = go(context, *names, max_runtime_seconds=1.0)
    assert (summary.succeeded, summary.retry) == (1, 2)


def test_a_run_without_a_plan_waits_for_what_starts_soon(context: Context) -> None:
    names = fleet(context, 4)
    limit(context, "global", per_minute=300)
    go(context, *names, max_runtime_seconds=0.05)
    summary = run(waiting(context, 20), [], ["visits"], Options(), lambda _: None)
    with context.database.read() as connection:
        assert {job.state.value for job in jobs.list_jobs(connection, limit=10)} == {"succeeded"}
    assert summary.succeeded >= 1


def test_a_wrong_password_is_tried_on_as_many_devices_as_the_breaker_allows_however_many_workers_there_are(
    context: Context, visits: Visits
) -> None:
    visits.passwords = {"radius": "another one"}
    names = fleet(context, 40)
    summary, _ = go(context, *names)
    assert len(visits.tried) == context.settings.breaker.credential_devices == 5
    assert (summary.dead, summary.retry) == (5, 35)
    with context.database.write() as connection:
        (found,) = breakers.list_breakers(connection, open_only=True)
        assert found.key == "credential:radius"
        breakers.reset(connection, [found.key], now=NOW, who="anna")
    visits.passwords = {}
    summary = run(context, [], ["visits"], Options(), lambda _: None)
    assert summary.succeeded == 35


def test_a_handler_stops_no_credential_that_it_was_not_given(context: Context) -> None:
    names = [f"liar-{number}" for number in range(8)]
    add(context, *names)
    assert go(context, *names)[0].succeeded == 8
    with context.database.read() as connection:
        assert {one.key for one in breakers.list_breakers(connection)} == {"credential:radius"}


def test_a_stopped_credential_is_left_out_and_others_are_tried(context: Context, visits: Visits) -> None:
    visits.passwords = {"radius": "another one"}
    enter(context, "local", priority=2)
    summary, _ = go(context, *fleet(context, 30))
    assert summary.succeeded == 30
    assert Counter(credential for _, credential, _ in visits.tried) == {"radius": 5, "local": 30}


def test_a_device_that_may_want_the_stopped_credential_is_not_given_up(context: Context, visits: Visits) -> None:
    visits.passwords = {"radius": "another one"}
    go(context, *fleet(context, 5))
    visits.passwords = {"local": "another one"}
    enter(context, "local", priority=2)
    add(context, "late")
    summary, events = go(context, "late")
    assert [(one.outcome.value, one.error_class) for one in events] == [("retry", "authentication")]
    assert (summary.dead, summary.retry) == (0, 1)


def test_a_run_does_not_wait_for_a_device_that_is_left_alone_for_longer_than_it_may(context: Context) -> None:
    fleet(context, 3)
    add(context, "silent")
    summary, events = go(waiting(context, 20), "silent", "sw000")
    assert [one.outcome.value for one in events if one.subject == "silent"] == ["retry", "retry", "dead"]
    summary, events = go(waiting(context, 20), "silent", "sw001")
    assert [one.subject for one in events] == ["sw001"]
    assert (summary.succeeded, summary.retry, summary.dead) == (1, 1, 0)
