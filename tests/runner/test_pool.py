"""Workers that hang, and a machine that has no room for another one."""

from __future__ import annotations

import logging
import resource
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import pytest

from netraven_cli.model import JobState, Outcome, Selector
from netraven_cli.plugin import Result
from netraven_cli.runner import watchdog
from netraven_cli.runner.pool import NotBegunError, Pool, Slot
from netraven_cli.runner.processes import Processes
from netraven_cli.runner.run import Options, Plan, run
from netraven_cli.store import jobs, runners
from tests.runner.test_run import all_jobs, go, states

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netraven_cli.plugin import Context
    from netraven_cli.runner.attempts import AttemptEvent
    from tests.runner.conftest import Steps


@contextmanager
def no_room_for_threads() -> Iterator[None]:
    """No thread can be started: its stack would fill the whole address space."""
    threading.stack_size(1 << 47)
    try:
        yield
    finally:
        threading.stack_size(0)


def test_a_worker_that_does_not_come_back_is_counted_and_says_where_it_is(
    context: Context, steps: Steps, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watchdog, "LEAVE_BEHIND_SECONDS", 0.1)
    counts: list[int] = []

    def look(event: AttemptEvent) -> None:
        if event.subject == "hanging" and event.outcome is Outcome.DEAD:
            until = time.monotonic() + 60  # the heartbeat tells it
            while counts != [3] and time.monotonic() < until:
                with context.database.read() as connection:
                    counts[:] = [one.left_behind for one in runners.list_runners(connection)]

    plan = Plan(type="steps", selector=Selector(names=("hanging", "sw1", "sw2")))
    with caplog.at_level(logging.ERROR, "netraven"):
        summary = run(context, [plan], ["steps"], Options(workers=1), look)
    assert (summary.succeeded, summary.dead, counts) == (2, 1, [3])
    said = [record.getMessage() for record in caplog.records]
    for event in ("attempt_timed_out", "worker_left_behind"):
        lines = [line for line in said if line.startswith(event)]
        assert len(lines) == 3  # attempts
        assert all("job=1" in line and "in hanging" in line for line in lines)


def test_a_pool_without_room_for_a_thread_takes_less_until_there_is_room_again() -> None:
    pool, begun, release = Pool(3), threading.Event(), threading.Event()

    def work() -> Result:
        begun.set()
        release.wait(60)
        return Result()

    first, second, third = (Slot(cast("Any", None)) for _ in range(3))
    pool.start(first, work)
    assert begun.wait(60)
    with no_room_for_threads():
        pool.start(second, work)
        assert pool.wait(60) == [second]
    assert second.not_begun is not None
    assert "can't start new thread" in second.not_begun
    assert (pool.workers, pool.free, pool.shortage) == (1, 0, second.not_begun)
    release.set()
    assert pool.wait(60) == [first]
    assert (first.not_begun, pool.workers, pool.free) == (None, 2, 2)
    pool.start(third, work)
    assert pool.wait(60) == [third]
    assert pool.free == 3
    pool.close()


def test_a_run_that_can_start_no_worker_says_why_and_puts_its_jobs_back_uncounted(
    context: Context, steps: Steps
) -> None:
    with no_room_for_threads(), pytest.raises(NotBegunError, match=r"can't start new thread; its job was put back"):
        go(context, *(f"sw{number}" for number in range(9)))
    assert NotBegunError.exit_status == 75
    assert set(states(context).values()) == {JobState.READY}
    assert {job.attempt for job in all_jobs(context)} == {0}
    with context.database.read() as connection:
        assert any("no thread could be started" in event.why for event in jobs.events(connection, 1))
        assert runners.list_runners(connection) == []
    summary, events = go(context, *(f"sw{number}" for number in range(9)))
    assert (summary.succeeded, {event.attempt for event in events}) == (9, {1})


def test_without_room_for_a_process_an_attempt_does_not_begin() -> None:
    processes = Processes()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(NotBegunError, match="Too many open files"):
            processes.begin(b"")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    processes.close()
