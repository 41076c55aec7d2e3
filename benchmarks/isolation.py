"""What a process for each attempt costs: the standard library's ways beside ours.

python -m benchmarks.isolation [--attempts 60]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netraven_cli.plugin import Context, Job
from netraven_cli.runner.isolated import IsolatedHandler
from netraven_cli.runner.processes import Processes
from netraven_cli.settings.keys import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

HANDLER = """
from netraven_cli.plugin import Result
class Nothing:
    def plan(self, context, selector, params): return []
    def run(self, context, job): return Result()
"""


def nothing(_: object) -> None:
    """What a process of the standard library is asked to do."""


def standard(method: str) -> Callable[[], None]:
    """An attempt in a process of multiprocessing."""
    context: Any = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["netraven_cli.settings.keys", "netraven_cli.plugin"])

    def attempt() -> None:
        process = context.Process(target=nothing, args=(1,))
        process.start()
        process.join()

    return attempt


def ours(folder: Path) -> tuple[Callable[[], None], Processes]:
    """An attempt of a third-party handler as the runner makes it."""
    (folder / "nothing.py").write_text(HANDLER)
    os.environ["PYTHONPATH"] = str(folder)
    processes = Processes()
    unused: Any = None
    handler = IsolatedHandler(type="nothing", point="nothing:Nothing", processes=processes)
    context = Context(
        settings=Settings(data_dir=folder), database=unused, now=lambda: datetime.now(timezone.utc), handlers={}
    )
    job = Job(id=1, type="nothing", subject="-", attempt=1, run_id="r")

    def attempt() -> None:
        handler.run(context, job)

    return attempt, processes


def milliseconds(attempt: Callable[[], None], attempts: int) -> tuple[float, float, float, float]:
    """The first attempt, the least and the median of the rest, and the rate of eight threads."""
    times = []
    for _ in range(attempts):
        began = time.perf_counter()
        attempt()
        times.append((time.perf_counter() - began) * 1000)
    began = time.perf_counter()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: attempt(), range(attempts)))
    return times[0], min(times[1:]), statistics.median(times[1:]), attempts / (time.perf_counter() - began)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attempts", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        attempt, processes = ours(Path(name))
        ways = {"spawn": standard("spawn"), "forkserver": standard("forkserver"), "ours": attempt}
        for way, one in ways.items():
            first, least, median, rate = milliseconds(one, options.attempts)
            print(f"{way:10}  first {first:5.0f} ms   least {least:5.1f}   median {median:5.1f}   {rate:5.0f}/s by 8")
        processes.close()


if __name__ == "__main__":
    main()
