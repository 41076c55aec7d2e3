"""Rates of the queue beside its peers: python -m benchmarks.queue [--jobs 5000] [--finished 1000000] [--rounds 3].

The systems take turns in each round, so that a busy machine is busy for all of them; figures are medians.
"""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import statistics
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import psycopg

from benchmarks.queue import history, runners
from benchmarks.queue.cost import Cost, cost
from benchmarks.queue.floor import Floor
from benchmarks.queue.peers import Huey, PgQueuer, PgQueuerByDevice, Procrastinate
from benchmarks.queue.product import NetRaven
from netraven_cli.settings.sections import RunnerSettings
from tests.postgres import PostgresServer

if TYPE_CHECKING:
    from collections.abc import Callable

WORKERS = RunnerSettings().workers
BATCH = 1000


class System(Protocol):
    """A queue that can be filled and emptied; its jobs do nothing."""

    def enqueue(self, jobs: int, batch: int) -> None: ...

    def drain(self) -> int: ...

    def close(self) -> None: ...


SYSTEMS: dict[str, dict[str, Callable[[str, int], System]]] = {
    "SQLite": {
        "netraven": lambda file, workers: NetRaven(f"sqlite:///{file}", workers), "floor": Floor, "huey": Huey,
    },
    "PostgreSQL": {
        "netraven": NetRaven, "procrastinate": Procrastinate, "pgqueuer": PgQueuer,
        "pgqueuer, by device": PgQueuerByDevice,
    },
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Costs:
    """Of one job."""

    single: Cost
    enqueue: Cost
    drain: Cost


def measure(queue: System, jobs: int, server: Path | None) -> Costs:
    """Fill it one by one, then in batches, and empty it."""
    few = jobs // 10

    def enqueue(count: int, batch: int) -> int:
        queue.enqueue(count, batch)
        return count

    single = cost(lambda: enqueue(few, 1), server)
    many = cost(lambda: enqueue(jobs, BATCH), server)

    def empty() -> int:
        done = queue.drain()
        assert done == jobs + few, (queue, done)
        return done

    drain = cost(empty, server)
    return Costs(single=single, enqueue=many, drain=drain)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=5000)
    parser.add_argument("--finished", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    server = PostgresServer(durable=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            places = {
                "SQLite": lambda name: str(Path(folder) / f"{name}.db"),
                "PostgreSQL": lambda _name: server.url(server.create()),
            }
            about(server)
            for kind, place in places.items():
                for finished in (0, options.finished):
                    rates(kind, place, options, finished, server.folder)
                together(kind, place)
    finally:
        server.stop()


def about(server: PostgresServer) -> None:
    with psycopg.connect(server.url("postgres")) as connection:
        version = connection.execute("SHOW server_version").fetchone()
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"PostgreSQL {version[0] if version else '?'}; fsync and synchronous_commit on; {WORKERS} jobs in a turn"
    )


def rates(kind: str, place: Callable[[str], str], options: argparse.Namespace, finished: int, server: Path) -> None:
    """One table: each system with so many finished jobs."""
    found: dict[str, list[Costs]] = defaultdict(list)
    queues: dict[str, System] = {}
    for name, make in SYSTEMS[kind].items():
        where = place(f"{name}-{finished}")
        queues[name] = make(where, WORKERS)
        if finished:
            history.write(name, where, finished)
    for _ in range(options.rounds):
        for name, queue in queues.items():
            found[name].append(measure(queue, options.jobs, server if kind == "PostgreSQL" else None))
    for queue in queues.values():
        queue.close()
    print(f"\n{kind}, {finished} finished jobs: jobs in a second of the clock, and of processor time (netraven : it)")
    print(f"  {'':19} {'enqueue one':>34} {f'enqueue {BATCH}':>34} {'claim and settle':>34}")
    for name, measured in found.items():
        print(f"  {name:19}", *(column(found["netraven"], measured, what) for what in ("single", "enqueue", "drain")))


def column(ours: list[Costs], its: list[Costs], what: str) -> str:
    """Rates of one thing, each with its ratio."""
    shown = []
    for clock in ("wall", "processor"):
        mine, theirs = (
            statistics.median(getattr(getattr(one, what), clock) for one in measured) for measured in (ours, its)
        )
        shown.append(f"{1 / theirs:7.0f} ({theirs / mine:6.2f})")
    return f"{' '.join(shown):>34}"


def together(kind: str, place: Callable[[str], str]) -> None:
    """Several runners at once."""
    where = (lambda name: f"sqlite:///{place(name)}") if kind == "SQLite" else place
    alone, many = runners.waits(where("alone"), 1), runners.waits(where("many"), runners.AT_ONCE)
    print(f"\n{kind}, settle {runners.WORKERS} and claim {runners.WORKERS}, ms")
    print(f"  one runner          p50 {alone.p50:7.1f}   p99 {alone.p99:7.1f}")
    print(f"  {runners.AT_ONCE} runners at once   p50 {many.p50:7.1f}   p99 {many.p99:7.1f}   ratio "
          f"{many.p50 / alone.p50:.1f}, {many.p99 / alone.p99:.1f}")  # fmt: skip
    one, share = runners.heartbeat_share(where("heartbeats"), 1000)
    print(
        f"  a heartbeat {one:.1f} ms; {runners.AT_ONCE} runners with 1000 running jobs: {share:.2%} of one connection"
    )


if __name__ == "__main__":
    main()
