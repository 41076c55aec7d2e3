"""Schedules by the thousand: an idle wake-up, `schedule next`, and a wake-up that finds some of them due.

python -m benchmarks.schedules PATH_OF_NETRAVEN [COUNT…]
"""

from __future__ import annotations

import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

from netraven_cli.model import NewDevice, NewSchedule, Selector
from netraven_cli.schedule import record
from netraven_cli.store import inventory, schedules
from netraven_cli.store.database import Database

RUNS = 7
DEVICES = 1000
DUE = 100  # of them at once


def milliseconds(command: list[str], folder: Path, environ: dict[str, str], runs: int = RUNS) -> tuple[float, float]:
    """The median wall time and the median processor time of a command."""
    walls, processors = [], []
    for _ in range(runs):
        began, used = time.perf_counter(), _processor_seconds()
        subprocess.run(command, cwd=folder, env=environ, capture_output=True, check=True)
        walls.append((time.perf_counter() - began) * 1000)
        processors.append((_processor_seconds() - used) * 1000)
    return statistics.median(walls), statistics.median(processors)


def _processor_seconds() -> float:
    """What all processes that ended so far have used; it says more than wall time on a machine that is shared."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def populate(database: Database, count: int, now: datetime) -> None:
    """Schedules at random times of the day, none of them due for an hour."""
    chance = random.Random(7)
    with database.write() as connection:
        devices = [NewDevice(name=f"sw{n}", address="192.0.2.1", platform="cisco_ios") for n in range(DEVICES)]
        inventory.add_devices(connection, devices, now)
        for number in range(count):
            at = now + timedelta(minutes=chance.randrange(60, 1400))
            new = NewSchedule(
                name=f"s{number:05}", type="backup", pattern=f"cron {at.minute} {at.hour} * * *", timezone="UTC",
                selector=Selector(names=(f"sw{number % DEVICES}",)),
            )  # fmt: skip
            record.add(connection, new, now)


def make_due(database: Database, now: datetime) -> None:
    """Let some of them have become due a moment ago."""
    with database.write() as connection:
        for one in schedules.list_all(connection)[:DUE]:
            moment = now - timedelta(days=1)
            schedules.seen(connection, one.id, moment, now - timedelta(seconds=1))


def measure(netraven: str, count: int) -> list[tuple[float, float]]:
    """Idle wake-up, `schedule next`, the same from another time on, a list, and a wake-up with some due."""
    with tempfile.TemporaryDirectory() as name:
        folder, now = Path(name), datetime.now(timezone.utc)
        environ = {"PATH": os.environ["PATH"], "HOME": name}
        subprocess.run([netraven, "init", "--dir", name], cwd=folder, env=environ, capture_output=True, check=True)
        database = Database(f"sqlite:///{folder / 'netraven.db'}")
        populate(database, count, now)
        subprocess.run([netraven, "queue", "pause", "backup"], cwd=folder, env=environ, capture_output=True, check=True)
        subprocess.run([netraven, "run", "--due"], cwd=folder, env=environ, capture_output=True, check=True)
        times = [
            milliseconds([netraven, *arguments], folder, environ)
            for arguments in (
                ["run", "--due"],
                ["schedule", "next"],
                ["schedule", "next", "--at", "2030-01-01T00:00Z"],
                ["schedule", "list"],
            )
        ]
        make_due(database, now)
        times.append(milliseconds([netraven, "run", "--due"], folder, environ, runs=1))
        database.close()
    return times


def main() -> None:
    """Measure and print."""
    netraven = str(Path(sys.argv[1]).absolute())
    head = ("schedules", "run --due, idle", "next", "next --at", "list", f"run --due, {DUE} due")
    print("  ".join(f"{text:>18}" for text in head) + "   (median ms: wall / processor)")
    for count in [int(text) for text in sys.argv[2:]] or [10, 100, 1000, 10_000]:
        times = [f"{wall:.0f} / {processor:.0f}" for wall, processor in measure(netraven, count)]
        print("  ".join(f"{text:>18}" for text in [str(count), *times]))


if __name__ == "__main__":
    main()
