"""What work costs: by the clock, and in processor time, which other programs of the machine do not change much."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Seconds, for one job."""

    wall: float
    processor: float


def cost(work: Callable[[], int], server: Path | None) -> Cost:
    """Of one of the jobs that the work does; with that of the PostgreSQL server whose folder is given."""
    wall, processor = time.perf_counter(), _processor_seconds(server)
    jobs = work()
    return Cost(wall=(time.perf_counter() - wall) / jobs, processor=(_processor_seconds(server) - processor) / jobs)


def _processor_seconds(server: Path | None) -> float:
    return time.process_time() + (_of_server(server) if server else 0)


def _of_server(server: Path) -> float:
    """Of the postmaster, its children, and those of them that have ended: man 5 proc."""
    postmaster = (server / "data" / "postmaster.pid").read_text().split()[0]
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        if stat.parent.name == postmaster:
            ticks += sum(int(field) for field in fields[11:15])
        elif fields[1] == postmaster:
            ticks += sum(int(field) for field in fields[11:13])
    return ticks * TICK_SECONDS
