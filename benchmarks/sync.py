"""`schedule sync` beside the number of schedules: python -m benchmarks.sync PATH_OF_NETRAVEN [SCHEDULES].

The whole command into a folder (--dir), its start included: with nothing changed, one schedule changed, and all new. A
tenth of the schedules is measured too: ten times as many may take ten times as long, and no more. Last, what the same
units cost to be verified, which only those are that are to be written into a running system.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from netraven_cli.schedule.compare import SyncPlan
from netraven_cli.schedule.verify import verify

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata", "UTC")
TARGETS = ("systemd", "supercronic")


@dataclass(frozen=True)
class Fleet:
    """A data folder with many schedules, and the command in it."""

    netraven: str
    folder: Path

    def call(self, *arguments: str) -> float:
        """Seconds that a command takes."""
        began = time.perf_counter()
        environ = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        subprocess.run([self.netraven, *arguments], cwd=self.folder, env=environ, capture_output=True, check=True)
        return time.perf_counter() - began

    def add(self, count: int) -> None:
        """Enter schedules: a daily time each, in six zones, and an interval for each tenth."""
        self.call("schedule", "add", "s0", "--daily", "00:00", "--tz", "UTC")
        with closing(sqlite3.connect(self.folder / "netraven.db")) as database, database:
            columns = [row[1] for row in database.execute("PRAGMA table_info(schedule)") if row[1] != "id"]
            row = database.execute(f"SELECT {', '.join(columns)} FROM schedule").fetchone()
            first = dict(zip(columns, row, strict=True))
            rows = [{**first, **_schedule(number)} for number in range(1, count)]
            places = ", ".join(f":{name}" for name in columns)
            database.executemany(f"INSERT INTO schedule ({', '.join(columns)}) VALUES ({places})", rows)

    def sync(self, target: str) -> float:
        """Seconds of a sync into a folder of its own."""
        return self.call("schedule", "sync", "--target", target, "--dir", f"out-{target}")


def _schedule(number: int) -> dict[str, str]:
    times = f"cron {number % 60} {number // 60 % 24} * * *"
    pattern = f"every {(number % 48 + 1) * 1800}" if number % 10 == 0 else times
    return {"name": f"s{number}", "pattern": pattern, "timezone": ZONES[number % len(ZONES)]}


def measure(netraven: str, count: int) -> dict[str, float]:
    """Seconds by what is measured."""
    with tempfile.TemporaryDirectory() as name:
        fleet = Fleet(netraven, Path(name))
        fleet.call("init", "--dir", name)
        fleet.add(count)
        found = {}
        for target in TARGETS:
            found[f"{target}: all new"] = fleet.sync(target)
            found[f"{target}: nothing changed"] = fleet.sync(target)
            fleet.call("schedule", "edit", "s1", "--daily", f"03:{len(found):02}")
            found[f"{target}: one changed"] = fleet.sync(target)
        if shutil.which("systemd-analyze"):
            found["all units verified"] = _verify(fleet.folder / "out-systemd")
    return found


def _verify(folder: Path) -> float:
    plan = SyncPlan(folder=folder, write={path: path.read_text() for path in folder.iterdir() if path.is_file()})
    began = time.perf_counter()
    verify(plan, "systemd")
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    netraven = str(Path(sys.argv[1]).absolute())
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    few, many = measure(netraven, count // 10), measure(netraven, count)
    print(f"{'schedules':36} {count // 10:>8} {count:>8} {'times':>6}")
    for name, took in many.items():
        print(f"{name:36} {few[name]:7.2f}s {took:7.2f}s {took / few[name]:6.1f}")


if __name__ == "__main__":
    main()
