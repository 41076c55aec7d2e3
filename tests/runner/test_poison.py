"""A job that kills its runner costs the others nothing, by processes that really die; on both databases."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from netraven_cli.model import JobState, Selector
from netraven_cli.store import batches, jobs, queue
from netraven_cli.store.vault import create_key_file
from tests.runner.poisoned import INTERRUPTIONS, Poisoned, context_of

if TYPE_CHECKING:
    from pathlib import Path

    from netraven_cli.plugin import Context
    from netraven_cli.store.database import Database

OTHERS = 100


def test_a_poison_job_ends_dead_with_its_reason_and_a_hundred_others_succeed_before(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    context = context_of(database, tmp_path / "data")
    create_key_file(context.settings.vault_key_file)
    batch = submit(context, ["poison", *(f"good{number}" for number in range(OTHERS))])
    ends: list[int] = []
    while not ends or ends[-1] != 0:
        assert len(ends) <= INTERRUPTIONS, f"it goes on for ever: {ends}"
        command = [sys.executable, "-m", "tests.runner.poisoned", database_url, str(context.settings.data_dir)]
        ends.append(subprocess.run(command, timeout=120, check=False).returncode)
    assert ends == [-signal.SIGKILL] * INTERRUPTIONS + [0]
    with database.read() as connection:
        found = {job.subject: job for job in jobs.list_jobs(connection, limit=None)}
        ended = batches.get(connection, batch)
    poison = found.pop("poison")
    assert {job.state for job in found.values()} == {JobState.SUCCEEDED}
    assert (poison.state, poison.error_class, poison.attempt) == (JobState.DEAD, "interrupted", 0)
    assert poison.reason == "its runner died 5 times while doing it, the last 3 times with nothing else to do"
    assert poison.finished_at is not None
    assert all(job.finished_at and job.finished_at < poison.finished_at for job in found.values())
    assert {job.interruptions for job in found.values()} <= {0, 1, 2}, "they are near it until it runs alone"
    assert any(job.interruptions for job in found.values()), "the poison killed nobody beside itself"
    assert ended.end == f"{OTHERS} succeeded, 1 dead"


def submit(context: Context, names: list[str]) -> int:
    new = list(Poisoned().plan(context, Selector(names=tuple(names)), {}))
    with context.database.write() as connection:
        queued = queue.submit(connection, new, now=context.now(), run_id=None, who="anna")
    assert queued.batch_id is not None
    return queued.batch_id
