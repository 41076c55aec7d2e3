"""Eight runners on one queue, killed at random: each job succeeds once, and no device sees two sessions at once.

The full size runs by `make crash`. Who is killed, and after how many sessions, follows from the seed, which is
printed; NETRAVEN_SEED replays it. The rest goes as the kernel schedules it.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import subprocess
import sys
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from netraven_cli.store import tables
from netraven_cli.store.vault import create_key_file
from tests.crash.journal import Journal
from tests.crash.sessions import most_at_once_within, sessions_of
from tests.crash.soak import Soak

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from netraven_cli.store.database import Database

FULL = "NETRAVEN_CRASHES" in os.environ
SIZE = {"jobs": 20_000, "devices": 500, "kills": 200} if FULL else {"jobs": 400, "devices": 40, "kills": 8}


@pytest.mark.timeout(1800 if FULL else 300)
def test_runners_killed_at_random_do_each_job_once_and_never_two_of_a_device(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    seed = int(os.environ.get("NETRAVEN_SEED") or random.randrange(10**9))
    print(f"NETRAVEN_SEED={seed}")
    soak = Soak(seed=seed, folder=str(tmp_path), url=database_url, runners=8, **SIZE)
    create_key_file(soak.settings.vault_key_file)
    soak.enqueue(database)
    subprocess.run([sys.executable, "-m", "tests.crash.soak", soak.argument()], check=True)
    journal = Journal(soak.journal_path)
    no_device_had_two_sessions_at_once(journal)
    assert journal.all("failed") == []
    assert len(journal.all("doomed")) == soak.kills
    with database.read() as connection:
        every_job_succeeded_once(connection, soak)
        every_claim_is_accounted_for(connection, journal)
        assert connection.execute(select(tables.runner)).all() == []


def every_job_succeeded_once(connection: Connection, soak: Soak) -> None:
    states = connection.execute(select(tables.job.c.state, tables.job.c.attempt)).all()
    assert Counter(states) == {("succeeded", 1): soak.jobs}
    columns = (tables.attempt.c.job_id, tables.attempt.c.outcome, tables.attempt.c.number)
    attempts = connection.execute(select(*columns)).all()
    assert Counter((row.outcome, row.number) for row in attempts) == {("succeeded", 1): soak.jobs}
    assert len({row.job_id for row in attempts}) == soak.jobs


def every_claim_is_accounted_for(connection: Connection, journal: Journal) -> None:
    """A job was claimed once more than it was interrupted; no device saw it more often, and one saw it to its end."""
    jobs = {row.id: row for row in connection.execute(select(tables.job))}
    begun = Counter(line["job"] for line in journal.all("login"))
    ended = Counter(line["job"] for line in journal.all("logout"))
    steps = defaultdict(list)
    for row in connection.execute(select(tables.job_event).order_by(tables.job_event.c.id)):
        steps[row.job_id].append((row.before, row.after))
    for id_, job in jobs.items():
        assert job.token == job.interruptions + 1, job
        assert 1 <= ended[id_] <= begun[id_] <= job.token, (job, begun[id_], ended[id_])
        lives = [("ready", "running"), ("running", "ready")] * job.interruptions
        assert steps[id_] == [(None, "ready"), *lives, ("ready", "running"), ("running", "succeeded")], steps[id_]


def no_device_had_two_sessions_at_once(journal: Journal) -> None:
    """Whoever began while another's session was open: that other was killed before, and says nothing from then on."""
    doomed = {line["victim"]: number for number, line in enumerate(journal.read()) if line["what"] == "doomed"}
    for sessions in sessions_of(journal).values():
        for earlier, later in itertools.pairwise(sessions):
            if earlier.ended_line is None:
                assert doomed[earlier.process] < later.began_line, (earlier, later)
            else:
                assert earlier.ended_line < later.began_line, (earlier, later)


def journal_of(tmp_path: Path, *lines: tuple[str, int, int, float]) -> Journal:
    """A journal of one device: login or logout, the process, the job, when; or who is doomed."""
    path = tmp_path / "journal"
    about = [
        {"what": what, "process": process, "victim": process, "device": "core-1", "job": job, "attempt": 1, "at": at}
        for what, process, job, at in lines
    ]
    path.write_text("".join(f"{json.dumps(one)}\n" for one in about))
    return Journal(path)


def test_two_sessions_at_once_are_seen_in_the_devices_log(tmp_path: Path) -> None:
    one_while_another = (("login", 1, 10, 0.0), ("login", 2, 11, 0.1), ("logout", 1, 10, 0.2), ("logout", 2, 11, 0.3))
    with pytest.raises(AssertionError):
        no_device_had_two_sessions_at_once(journal_of(tmp_path, *one_while_another))
    killed_in_between = (("login", 1, 10, 0.0), ("doomed", 1, 0, 0.05), ("login", 2, 10, 0.1), ("logout", 2, 10, 0.2))
    no_device_had_two_sessions_at_once(journal_of(tmp_path, *killed_in_between))
    killed_too_late = (("login", 1, 10, 0.0), ("login", 2, 10, 0.1), ("logout", 2, 10, 0.2), ("doomed", 1, 0, 0.3))
    with pytest.raises(AssertionError):
        no_device_had_two_sessions_at_once(journal_of(tmp_path, *killed_too_late))


def test_the_most_sessions_within_a_time_are_counted_in_the_devices_log(tmp_path: Path) -> None:
    sessions = sessions_of(journal_of(tmp_path, *(("login", 1, job, at) for job, at in enumerate((0, 10, 59, 60, 61)))))
    assert most_at_once_within(sessions["core-1"], 60) == 4
    assert most_at_once_within(sessions["core-1"], 1) == 1
    assert most_at_once_within(sessions["core-1"], 2) == 2
