"""Wall time of small commands beside `python -c pass`: python -m benchmarks.start_up PATH_OF_NETRAVEN."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 15


def milliseconds(command: list[str], folder: Path, environ: dict[str, str]) -> float:
    """The median wall time of a command."""
    times = []
    for _ in range(RUNS + 1):
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


if __name__ == "__main__":
    main()
