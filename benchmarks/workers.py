"""The built-in backup in the threads of one process beside those of two, on the same simulated devices.

python -m benchmarks.workers [--devices 200] [--workers 50] [--size 60000] [--latency 0.1]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netraven_cli.handlers.backup import BackupHandler
from netraven_cli.model import Device, Login, Secret
from netraven_cli.plugin import Context, Job
from netraven_cli.settings.keys import Settings

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized
    from multiprocessing.synchronize import Barrier

LOGIN = {"username": "backup", "password": "lab-password", "enable": "lab-enable"}


def context_in(folder: Path) -> Context:
    """All that a handler's `run` needs; it touches no database."""
    settings = Settings(data_dir=folder)
    nothing: Any = None
    return Context(settings=settings, database=nothing, now=lambda: datetime.now(timezone.utc), handlers={})


def job_of(device: dict[str, Any], number: int) -> Job:
    """The backup of one simulated device."""
    values = {"name": device["name"], "address": "127.0.0.1", "port": device["port"], "platform": device["platform"]}
    login = Login(
        credential="lab", username=LOGIN["username"], password=Secret(LOGIN["password"]),
        enable=Secret(LOGIN["enable"]),
    )  # fmt: skip
    return Job(
        id=number, type="backup", subject=device["name"], attempt=1, run_id="r",
        device=Device(id=number, **values), logins=(login,),
    )  # fmt: skip


def share(folder: Path, jobs: list[Job], workers: int, barrier: Barrier, cpu: Synchronized[float]) -> None:
    """One process: its jobs in its threads."""
    handler, context = BackupHandler(), context_in(folder)
    handler.run(context, jobs[0])  # imports all there is
    barrier.wait()
    began = time.process_time()
    with ThreadPoolExecutor(workers) as pool:
        results = list(pool.map(lambda job: handler.run(context, job), jobs))
    assert all(result.capture and not result.capture.reasons for result in results)
    with cpu.get_lock():
        cpu.value += time.process_time() - began
    barrier.wait()


def seconds(folder: Path, jobs: list[Job], workers: int, processes: int) -> tuple[float, float]:
    """One round: so many processes with an equal share of jobs and threads; wall, and CPU of all."""
    context = multiprocessing.get_context("fork")
    barrier, cpu = context.Barrier(processes + 1), context.Value("d", 0.0)
    parts = [jobs[number::processes] for number in range(processes)]
    started = [
        context.Process(target=share, args=(folder, part, workers // processes, barrier, cpu)) for part in parts
    ]  # fmt: skip
    for process in started:
        process.start()
    barrier.wait(60)
    began = time.perf_counter()
    barrier.wait(600)
    took = time.perf_counter() - began
    for process in started:
        process.join()
    return took, cpu.value


def compare(folder: Path, options: argparse.Namespace) -> None:
    """Threads of one process beside those of two, turn by turn."""
    spec = [
        {
            "name": f"eos-{number}",
            "platform": "arista_eos",
            "seed": number,
            "size": options.size,
            **LOGIN,
            "latency_seconds": options.latency,
        }
        for number in range(options.devices)
    ]
    simulator = subprocess.Popen(
        [sys.executable, "-m", "tests.simulator"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert simulator.stdin and simulator.stdout
    simulator.stdin.write(json.dumps(spec) + "\n")
    simulator.stdin.flush()
    ports = json.loads(simulator.stdout.readline())["ports"]
    jobs = [job_of({**one, "port": ports[one["name"]]}, number) for number, one in enumerate(spec)]
    ratios = []
    for _ in range(options.rounds):
        one, two = (seconds(folder, jobs, options.workers, count) for count in (1, 2))
        ratios.append(two[0] / one[0])
        shown = [f"{wall:5.2f} s (CPU {cpu / len(jobs) * 1000:4.1f} ms a device)" for wall, cpu in (one, two)]
        print(f"1 process {shown[0]}   2 processes {shown[1]}   ratio {ratios[-1]:4.2f}")
    print(f"median ratio of two processes to one: {statistics.median(ratios):.2f}")
    simulator.stdin.close()
    simulator.wait(30)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=200)
    parser.add_argument("--workers", type=int, default=50)
    parser.add_argument("--size", type=int, default=60_000)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer of a device")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        compare(Path(name), options)


if __name__ == "__main__":
    main()
