"""What a run needs of memory grows by the numbers of its jobs, not by their contents."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

DRAINED = int(os.environ.get("NETRAVEN_MANY_JOBS", "2000"))  # 100,000 by `make crash`
PLANNED = 50_000
MEGABYTE = 1_000_000


@pytest.mark.timeout(3600)
def test_a_run_of_many_jobs_needs_little_more_memory_than_a_small_one(tmp_path: Path) -> None:
    small, large = (run_of(tmp_path / str(jobs), jobs) for jobs in (500, DRAINED))
    assert large["succeeded"] == DRAINED
    more = large["bytes"] - small["bytes"]
    assert more < (10 + DRAINED * 300e-6) * MEGABYTE, (small, large)


def test_a_plan_of_fifty_thousand_jobs_needs_little_more_memory_than_a_small_one(tmp_path: Path) -> None:
    small, large = (run_of(tmp_path / str(jobs), jobs, seconds=0.001) for jobs in (500, PLANNED))
    assert (large["jobs"], large["succeeded"]) == (PLANNED, 0)
    assert large["bytes"] - small["bytes"] < 25 * MEGABYTE, (small, large)


def run_of(folder: Path, jobs: int, seconds: float = 3600) -> dict[str, int]:
    """A process of its own that does so many jobs, or begins to, and what it needed at its height."""
    folder.mkdir()
    command = [sys.executable, "-m", "tests.runner.many", str(folder), str(jobs), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, int] = json.loads(done.stdout)
    return found
