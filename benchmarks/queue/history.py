"""Finished jobs, as each system keeps them, written by the database itself: a million of them in some seconds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Callable

NUMBERS = {
    "sqlite": "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {finished})",
    "postgresql": "WITH n (i) AS (SELECT generate_series(1, {finished}))",
}
THEN = {"sqlite": "1700000000000000 + i", "postgresql": "timestamptz '2024-01-01' + i * interval '1 second'"}
BATCH = 1000  # jobs that were queued together
NO, NOTHING = {"sqlite": "0", "postgresql": "false"}, {"sqlite": "'{{}}'", "postgresql": "'{{}}'::json"}


def netraven(kind: str) -> list[str]:
    """A job with its attempt and its three events each, and as many batches, of which few have the jobs."""
    then, runner = THEN[kind], "'22222222-2222-2222-2222-222222222222'"
    steps = (
        ("NULL", "'ready'", "'submitted'"),
        ("'ready'", "'running'", "'claimed'"),
        ("'running'", "'succeeded'", "'done'"),
    )
    jobs = {
        "type": "'bench'", "subject": "'device-' || i", "params": NOTHING[kind], "state": "'succeeded'",
        "priority": "50", "rank": "i", "exclusive_key": "'device:device-' || i", "attempt": "1",
        "interruptions": "0", "token": "1", "cancel_requested": NO[kind], "reason": "'done'", "created_at": then,
        "ready_at": then, "started_at": then, "finished_at": then, "batch_id": f"(i - 1) / {BATCH} + 1",
    }  # fmt: skip
    batches = {"who": "'anna'", "created_at": then}
    ends = {"batch_id": "i", "at": then, "who": runner, "why": "'done'"}
    attempts = {
        "job_id": "i", "number": "1", "token": "1", "runner_id": runner, "outcome": "'succeeded'", "reason": "'done'",
        "started_at": then, "finished_at": then,
    }  # fmt: skip
    events = [
        {"job_id": "i", "at": then, "before": before, "after": after, "who": runner, "why": why}
        for before, after, why in steps
    ]
    before = [_insert("batch", batches), _insert("job", jobs), _insert("batch_end", ends)]
    return [*before, _insert("attempt", attempts), *(_insert("job_event", event) for event in events)]


def _insert(table: str, values: dict[str, str]) -> str:
    return f"{{numbers}} INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values.values())} FROM n"


HISTORIES: dict[str, Callable[[str], list[str]]] = {
    "netraven": netraven,
    "floor": lambda _kind: [
        "{numbers} INSERT INTO job (subject, state, rank, finished_at) SELECT 'device-' || i, 'succeeded', i, i FROM n"
    ],
    "huey": lambda _kind: [
        "{numbers} INSERT INTO kv (queue, key, value)"
        " SELECT 'bench', printf('%08x-0000-4000-8000-000000000000', i * 2654435761 % 4294967296), x'8004954e2e' FROM n"
    ],
    "procrastinate": lambda _kind: [
        "ALTER TABLE procrastinate_jobs DISABLE TRIGGER USER",
        "{numbers} INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, attempts)"
        " SELECT 'default', 'bench', '{{}}', 'succeeded', 1 FROM n",
        "ALTER TABLE procrastinate_jobs ENABLE TRIGGER USER",
        "{numbers} INSERT INTO procrastinate_events (job_id, type, at)"
        " SELECT i, what::procrastinate_job_event_type, now()"
        " FROM n, unnest(ARRAY['deferred', 'started', 'succeeded']) AS what",
    ],
    "pgqueuer": lambda _kind: [
        "{numbers} INSERT INTO pgqueuer_log (job_id, status, priority, entrypoint, aggregated)"
        " SELECT i, what::pgqueuer_status, 0, 'bench', true"
        " FROM n, unnest(ARRAY['queued', 'picked', 'successful']) AS what",
    ],
}


def write(system: str, url: str, finished: int) -> None:
    """Let so many jobs have been done; PostgreSQL is told how large its tables are now, as its autovacuum would."""
    kind = "postgresql" if url.startswith("postgresql") else "sqlite"
    numbers = NUMBERS[kind].format(finished=finished)
    statements = [one.format(numbers=numbers) for one in HISTORIES[system.partition(",")[0]](kind)]
    if kind == "postgresql":
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in [*statements, "VACUUM ANALYZE"]:
                connection.execute(statement.encode())
        return
    with closing(sqlite3.connect(url)) as file, file:
        for statement in statements:
            file.execute(statement)
