"""Eight runners at once: how long each waits for its claim, and what their signs of life cost."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from benchmarks.queue.product import NetRaven, claim, now, settle
from netraven_cli.store import orders, runners
from netraven_cli.store.database import Database

if TYPE_CHECKING:
    from multiprocessing.queues import Queue
    from multiprocessing.synchronize import Barrier

    from netraven_cli.store.claiming import Claimed

AT_ONCE = 8
WORKERS = 5  # of each runner: what a turn settles and claims
PAUSE_SECONDS = 0.025  # between its turns: 8 runners still ask for 1,600 jobs a second
TURNS = 120
LEASE_SECONDS = 60  # runner.lease_seconds; a runner renews it six times in that time


@dataclass(frozen=True, kw_only=True)
class Waits:
    """Milliseconds that a turn took: settle five jobs, claim the next five, in one transaction."""

    p50: float
    p99: float

    @staticmethod
    def of(milliseconds: list[float]) -> Waits:
        parts = statistics.quantiles(milliseconds, n=100)
        return Waits(p50=parts[49], p99=parts[98])


def waits(url: str, at_once: int) -> Waits:
    """Of so many runners at once, each a process of its own."""
    queue = NetRaven(url, WORKERS)
    queue.enqueue(at_once * WORKERS * (TURNS + 1), 1000)
    context = multiprocessing.get_context("spawn")
    answers: Queue[list[float]] = context.Queue()
    together = context.Barrier(at_once)
    processes = [context.Process(target=_turns, args=(url, answers, together)) for _ in range(at_once)]
    for process in processes:
        process.start()
    found = [one for _ in processes for one in answers.get(timeout=300)]
    for process in processes:
        process.join()
    queue.drain()
    queue.close()
    return Waits.of(found)


def _turns(url: str, answers: Queue[list[float]], together: Barrier) -> None:
    database, runner_id = Database(url), str(uuid4())
    held: list[Claimed] = []
    took: list[float] = []
    with database.read() as connection:
        connection.exec_driver_sql("SELECT 1")
    together.wait(120)
    for _ in range(TURNS):
        began = time.perf_counter()
        with database.write() as connection:
            settle(connection, held, runner_id)
            held = claim(connection, runner_id, WORKERS)
        took.append((time.perf_counter() - began) * 1000)
        time.sleep(PAUSE_SECONDS)
    with database.write() as connection:
        settle(connection, held, runner_id)
    database.close()
    answers.put(took[10:])


def heartbeat_share(url: str, jobs: int) -> tuple[float, float]:
    """Milliseconds of one heartbeat, and the share of one connection's time that those of all 8 runners take."""
    queue = NetRaven(url, jobs // AT_ONCE, devices=jobs)
    queue.enqueue(jobs, 1000)
    ids = [str(uuid4()) for _ in range(AT_ONCE)]
    for runner_id in ids:
        with queue.database.write() as connection:
            new = runners.Runner(id=runner_id, host="bench", pid=1, started_at=now(), lease_until=now())
            runners.register(connection, new)
            assert len(claim(connection, runner_id, jobs // AT_ONCE)) == jobs // AT_ONCE
    took = []
    for runner_id in ids * 25:
        began = time.perf_counter()
        with queue.database.direct() as connection:
            lease = timedelta(seconds=LEASE_SECONDS)
            assert runners.heartbeat(connection, runner_id, now=now(), lease=lease, figures=runners.Figures())
            orders.orders(connection, runner_id)
        took.append(time.perf_counter() - began)
    queue.close()
    one = statistics.median(took)
    return one * 1000, AT_ONCE * one / (LEASE_SECONDS / 6)
