"""Raw sqlite3: the least that keeps a job and its result. No events, no attempts, no fairness, no guard."""

from __future__ import annotations

import sqlite3
import time

TABLE = """
CREATE TABLE job (
    id INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT NOT NULL, state TEXT NOT NULL, rank INTEGER NOT NULL,
    finished_at INTEGER
);
CREATE INDEX ix_ready ON job (rank, id) WHERE state = 'ready';
"""


class Floor:
    """A table and its partial index; SQLite, with fsync as ours."""

    def __init__(self, file: str, workers: int) -> None:
        self.connection, self.workers = sqlite3.connect(file, isolation_level=None), workers
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=FULL")
        self.connection.executescript(TABLE)

    def enqueue(self, jobs: int, batch: int) -> None:
        for start in range(0, jobs, batch):
            rows = [(f"device-{number}", number) for number in range(start, min(start + batch, jobs))]
            self.connection.execute("BEGIN IMMEDIATE")
            self.connection.executemany("INSERT INTO job (subject, state, rank) VALUES (?, 'ready', ?)", rows)
            self.connection.execute("COMMIT")

    def drain(self) -> int:
        done, held = 0, list[tuple[int, ...]]()
        while True:
            self.connection.execute("BEGIN IMMEDIATE")
            rows = [(time.time_ns() // 1000, row[0]) for row in held]
            self.connection.executemany("UPDATE job SET state = 'succeeded', finished_at = ? WHERE id = ?", rows)
            ready = "SELECT id FROM job WHERE state = 'ready' ORDER BY rank, id LIMIT ?"
            held = self.connection.execute(ready, (self.workers,)).fetchall()
            self.connection.executemany("UPDATE job SET state = 'running' WHERE id = ?", held)
            self.connection.execute("COMMIT")
            done += len(rows)
            if not held:
                return done

    def close(self) -> None:
        self.connection.close()
