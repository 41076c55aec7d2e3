"""A caller of the archive, to be killed: its durable list of what is pending is a SQLite file.

Called with the folder of the archive and the SQLite file, it adds snapshots, writes what is pending, records where it
stands, and goes on until it is killed.
"""

from __future__ import annotations

import random
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from netraven_cli.snapshot.archive import Archive
from tests.snapshot.archives import pending

TABLES = """
CREATE TABLE IF NOT EXISTS snapshot (id INTEGER PRIMARY KEY, device TEXT, text TEXT);
CREATE TABLE IF NOT EXISTS revision (snapshot_id INTEGER PRIMARY KEY, seq INTEGER, "commit" TEXT, path TEXT);
"""


def capture(database: sqlite3.Connection, rng: random.Random) -> None:
    (last,) = database.execute("SELECT coalesce(max(id), 0) FROM snapshot").fetchone()
    rows = [(f"r{rng.randrange(6)}", f"{last + n}\n" + rng.randbytes(2000).hex() + "\n") for n in range(1, 9)]
    with database:
        database.executemany("INSERT INTO snapshot (device, text) VALUES (?, ?)", rows)


def conclude(database: sqlite3.Connection, archive: Archive) -> None:
    rows = database.execute(
        "SELECT id, device, text FROM snapshot WHERE id NOT IN (SELECT snapshot_id FROM revision) ORDER BY id"
    ).fetchall()
    known = database.execute('SELECT "commit" FROM revision ORDER BY snapshot_id DESC LIMIT 1').fetchone()
    written = archive.write([pending(*row) for row in rows], known[0] if known else None)
    with database:
        database.executemany(
            'INSERT INTO revision (snapshot_id, "commit", path) VALUES (?, ?, ?)',
            [(entry.snapshot_id, entry.commit, entry.path) for entry in written],
        )


def main(folder: str, file: str, seed: str) -> None:
    rng = random.Random(seed)
    archive = Archive(Path(folder))
    with closing(sqlite3.connect(file, timeout=30)) as database:
        database.executescript(TABLES)
        conclude(database, archive)
        print("ready", flush=True)
        while True:
            capture(database, rng)
            conclude(database, archive)


if __name__ == "__main__":
    main(*sys.argv[1:])
