"""One job a chore: which are due, what each does, and what is on record of it."""

from __future__ import annotations

import socket
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest
from sqlalchemy import event, func, select

from netraven_cli.errors import DataError
from netraven_cli.handlers.chore import LARGEST, Work
from netraven_cli.handlers.maintenance import CHORES, MaintenanceHandler, Name, standing
from netraven_cli.handlers.pruning import prune
from netraven_cli.model import NewJob, Selector
from netraven_cli.plugin import AttemptError, Context, ErrorClass, Job
from netraven_cli.runner.run import Options, Plan, run
from netraven_cli.settings.upkeep import Every, Keep, MaintenanceSettings
from netraven_cli.store import chores, claiming, jobs, queue, runners
from netraven_cli.store.database import Database
from netraven_cli.store.tables import job
from tests.handlers.conftest import BEGIN, Archiving, later, spoil_object
from tests.store.test_retention import add_jobs

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])
DAY = timedelta(days=1)


def planned(context: Context, **params: str) -> list[str]:
    return [one.subject for one in MaintenanceHandler().plan(context, Selector(), params)]


def test_each_chore_has_its_own_last_and_next(kept: Archiving) -> None:
    assert planned(kept.context) == list(CHORES)
    kept.keep_in_order()
    assert planned(kept.context) == []
    assert planned(later(kept.context, timedelta(hours=1))) == ["health"]
    kept.context = later(kept.context, timedelta(hours=2))
    kept.keep_in_order("prune")
    assert "prune" not in planned(later(kept.context, DAY))
    found = {one.chore: one for one in standing(kept.context)}
    assert (found["prune"].last_at, found["prune"].next_at) == (BEGIN + timedelta(hours=2), BEGIN + timedelta(hours=26))
    assert (found["database"].last_at, found["database"].next_at) == (BEGIN, BEGIN + DAY)


def test_one_chore_or_all_can_be_asked_for_and_one_that_is_never_due_only_so(kept: Archiving) -> None:
    settings = kept.context.settings.model_copy(update={"maintenance": MaintenanceSettings(every=Every(prune="never"))})
    context = replace(kept.context, settings=settings)
    assert planned(context, chore="database") == ["database"]
    assert planned(context, chore="all") == list(CHORES)
    assert set(CHORES) - set(planned(context)) == {"prune"}
    assert planned(context, chore="prune") == ["prune"]
    with pytest.raises(DataError, match="leave the selector away"):
        MaintenanceHandler().plan(context, Selector(names=("r1",)), {})


def test_chores_of_a_host_are_its_own_and_the_others_are_done_once_for_all(kept: Archiving) -> None:
    kept.keep_in_order()
    with kept.context.database.read() as connection:
        hosts = {one.name: one.host for one in chores.last(connection)}
        elsewhere = {one.name for one in chores.last(connection, "another")}
    assert elsewhere == {"database-backup", "prune", "database"}
    assert {name for name, host in hosts.items() if host == socket.gethostname()} == set(CHORES) - elsewhere


def test_a_run_does_what_is_due_one_after_the_other_and_its_findings_are_on_record(kept: Archiving) -> None:
    with kept.context.database.write() as connection:
        add_jobs(connection, 3, BEGIN - 100 * DAY)
    plan = [Plan(type="maintenance", selector=Selector())]
    order: list[str] = []
    done = run(kept.context, plan, ["maintenance"], Options(), lambda one: order.append(one.subject))
    assert (done.succeeded, done.failure, order) == (len(CHORES), None, list(CHORES))
    with kept.context.database.read() as connection:
        number = next(one.id for one in jobs.list_jobs(connection, subject="prune", limit=1))
        (attempt,) = jobs.attempts(connection, number)
    assert attempt.findings is not None
    assert (attempt.findings["did"]["jobs"], attempt.findings["found"]) == (3, [])
    again = run(kept.context, plan, ["maintenance"], Options(), lambda _one: None)
    assert again.jobs == 0


@ON_SQLITE
def test_what_cannot_be_done_now_is_tried_again_and_is_not_on_record_as_done(kept: Archiving) -> None:
    busy = Database(kept.context.settings.database_url, busy_timeout_seconds=0)
    context = replace(kept.context, database=busy)
    with kept.context.database.write(), pytest.raises(AttemptError, match="locked by another program") as caught:
        MaintenanceHandler().run(context, Job(id=1, type="maintenance", subject="prune", attempt=1, run_id="r"))
    busy.close()
    assert caught.value.error_class is ErrorClass.RESOURCE
    assert {one.last_at for one in standing(kept.context)} == {None}


class Claiming(threading.Event):
    """Whenever the pruning rests, another program claims and settles: it finds the database free at once."""

    def __init__(self, database: Database, limit: int | None = None) -> None:
        super().__init__()
        self.database, self.claimed, self.limit = database, 0, limit

    def wait(self, timeout: float | None = None) -> bool:
        with self.database.write() as connection:
            queue.submit(connection, [NewJob(type="backup", subject="x")], now=BEGIN, run_id="r", who="me")
            found = claiming.claim(connection, runner_id="other", types=["backup"], limit=1, now=BEGIN)
        self.claimed += len(found)
        if self.limit and self.claimed >= self.limit:
            self.set()
        return self.is_set()


@pytest.fixture
def other(kept: Archiving, database_url: str) -> Any:
    """Another program's database, which waits for nobody."""
    opened = Database(database_url, busy_timeout_seconds=0)
    with opened.write() as connection:
        here = runners.Runner(id="other", host="h", pid=1, started_at=BEGIN, lease_until=BEGIN + DAY)
        runners.register(connection, here)
    yield opened
    opened.close()


def test_the_queue_is_claimable_all_along_while_old_jobs_go(kept: Archiving, other: Database) -> None:
    with kept.context.database.write() as connection:
        for days in range(100, 105):
            add_jobs(connection, 1000, BEGIN - days * DAY)
    deleted: list[int] = []

    @event.listens_for(kept.context.database.engine, "after_cursor_execute")
    def note(_connection: Any, cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith("DELETE FROM job "):
            deleted.append(cursor.rowcount)

    claims = Claiming(other)
    report = prune(Work(context=kept.context, now=BEGIN, seconds=600, stop=claims))
    assert report.did["jobs"] == sum(deleted) == 5000
    assert claims.claimed >= len(deleted) >= 3
    assert max(deleted) <= LARGEST
    with kept.context.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(job)).scalar() == claims.claimed


def test_a_chore_that_is_stopped_ends_in_order_and_the_next_goes_on(kept: Archiving, other: Database) -> None:
    with kept.context.database.write() as connection:
        for days in range(100, 105):
            add_jobs(connection, 1000, BEGIN - days * DAY)
    first = prune(Work(context=kept.context, now=BEGIN, seconds=600, stop=Claiming(other, limit=1)))
    assert 0 < first.did["jobs"] < 5000
    assert [one.check for one in first.found] == ["prune"]
    second = prune(Work(context=kept.context, now=BEGIN, seconds=600))
    assert first.did["jobs"] + second.did["jobs"] == 5000


def test_a_chore_that_is_not_known_is_a_dead_job(kept: Archiving) -> None:
    with pytest.raises(AttemptError, match="there is no chore"):
        MaintenanceHandler().run(kept.context, Job(id=1, type="maintenance", subject="dust", attempt=1, run_id="r"))


def test_every_chore_has_a_setting_of_how_often_it_is_due_and_a_name_that_can_be_given() -> None:
    assert {name.replace("-", "_") for name in CHORES} == set(Every.model_fields)
    assert {*CHORES, "all"} == set(get_args(Name))


@ON_SQLITE
def test_snapshots_stay_while_the_archive_is_not_sound(kept: Archiving) -> None:
    settings = kept.context.settings.model_copy(update={"maintenance": MaintenanceSettings(snapshots=Keep(count=1))})
    kept.context = replace(kept.context, settings=settings)
    spoil_object(kept.folder)
    found = kept.keep_in_order("prune")["prune"].findings
    assert (found["did"]["snapshots"], [one["check"] for one in found["found"]]) == (0, ["snapshots"])
    kept.keep_in_order("archive")
    assert kept.keep_in_order("prune")["prune"].findings["did"]["snapshots"] == 2
