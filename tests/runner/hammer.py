"""Processes that work on one queue until it is empty, and may be killed: forked, since a start takes a second.

`python -m tests.runner.hammer` reads lines of JSON; for each it forks a process and prints its number.
Its output ends when all of them have ended.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg  # noqa: F401 - imported once, before the first fork
import sqlalchemy.dialects.postgresql.psycopg
import sqlalchemy.dialects.sqlite.pysqlite  # noqa: F401 - the same

from netraven_cli.plugin import Context, Job, NewJob, Result, Selector
from netraven_cli.runner.run import Options, run
from netraven_cli.settings.keys import Settings
from netraven_cli.settings.sections import DatabaseSettings, RetrySettings, RunnerSettings
from netraven_cli.store import jobs
from netraven_cli.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LONGEST_LIFE_SECONDS = 250
BETWEEN_RUNS_SECONDS = 0.05


class Calls:
    """A handler whose session is a connection to where the devices are played; see test_hammer."""

    def __init__(self, port: int) -> None:
        self.port = port

    def plan(self, context: Context, selector: Selector, params: Mapping[str, Any]) -> Iterable[NewJob]:
        return []

    def run(self, context: Context, job: Job) -> Result:
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as session:
            session.sendall(f"{os.getpid()} {job.subject}\n".encode())
            session.recv(1)
        return Result(credential=job.logins[0].credential)


def live(wanted: Mapping[str, Any]) -> None:
    """Run until nothing is left."""
    signal.alarm(LONGEST_LIFE_SECONDS)
    settings = Settings(
        data_dir=Path(wanted["folder"]),
        database=DatabaseSettings(url=wanted["url"]),
        runner=RunnerSettings(workers=6, stop_grace_seconds=60),
        retry=RetrySettings(interruptions=1000),
    )
    context = Context(
        settings=settings,
        database=Database(wanted["url"]),
        now=lambda: datetime.now(timezone.utc),
        handlers={"calls": Calls(wanted["port"])},
    )
    while _is_work_left(context):
        run(context, [], ["calls"], Options(), lambda _event: None)
        time.sleep(BETWEEN_RUNS_SECONDS)  # a timer that wakes often


def _is_work_left(context: Context) -> bool:
    with context.database.read() as connection:
        return any(job.finished_at is None for job in jobs.list_jobs(connection, limit=None))


def _main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os.close(0)
            try:
                live(json.loads(line))
            finally:
                os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    _main()
