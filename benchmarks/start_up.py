"""Wall time of small commands beside `python -c pass`: python -m benchmarks.start_up PATH_OF_NETRAVEN."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.postgres import PostgresServer

RUNS = 15


def milliseconds(command: list[str], folder: Path, environ: dict[str, str], forget: Path | None = None) -> float:
    """The median wall time of a command; `forget`: a file to be removed before each."""
    times = []
    for _ in range(RUNS + 1):
        if forget:
            forget.unlink(missing_ok=True)
        began = time.perf_counter()
        subprocess.run(command, cwd=folder, env=environ, capture_output=True, check=True)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times[1:])


def main() -> None:
    """Measure and print."""
    netraven = str(Path(sys.argv[1]).absolute())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environ = {"PATH": os.environ["PATH"], "HOME": name}
        subprocess.run([netraven, "init", "--dir", name], cwd=folder, env=environ, capture_output=True, check=True)
        subprocess.run([netraven, "run", "--due"], cwd=folder, env=environ, capture_output=True, check=True)
        floor = milliseconds([sys.executable, "-c", "pass"], folder, environ)
        print(f"{'command':28} {'median ms':>9} {'x python -c pass':>17}   ({RUNS} runs)")
        print(f"{'python -c pass':28} {floor:9.1f} {1:17.1f}")
        for arguments in (["run", "--due"], ["--version"], ["--help"], ["device", "list"], ["status"]):
            took = milliseconds([netraven, *arguments], folder, environ)
            print(f"{'netraven ' + ' '.join(arguments):28} {took:9.1f} {took / floor:17.1f}")
        with_postgresql(netraven, folder, environ, floor)


def with_postgresql(netraven: str, folder: Path, environ: dict[str, str], floor: float) -> None:
    """The idle look by libpq, beside psycopg alone and beside the full start that it saves."""
    server = PostgresServer()
    try:
        url = server.url(server.create())
        environ = {**environ, "NETRAVEN_DATABASE__URL": url}
        subprocess.run([netraven, "init", "--dir", str(folder)], env=environ, capture_output=True, check=True)
        look, full = [netraven, "run", "--due"], folder / ".netraven-idle"
        subprocess.run(look, cwd=folder, env=environ, capture_output=True, check=True)
        psycopg = f"import psycopg; psycopg.connect({url!r}).execute('SELECT count(*) FROM job').fetchone()"
        for what, command, forget in (
            ("run --due, PostgreSQL", look, None),
            ("psycopg alone, one query", [sys.executable, "-c", psycopg], None),
            ("run --due, no note of it", look, full),
        ):
            took = milliseconds(command, folder, environ, forget)
            print(f"{what:28} {took:9.1f} {took / floor:17.1f}")
    finally:
        server.stop()


if __name__ == "__main__":
    main()
