"""`netraven run status-check` over many devices, behind one real sshd and one closed port on loopback.

python -m benchmarks.status_checks [--devices 10000] [--down 0.1] [--workers 50] [--rounds 2] [--postgresql]

The floor is the probe alone, in as many threads: no queue, no record, no verdict.
"""

from __future__ import annotations

import argparse
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from netraven_cli.device.reach import reach
from netraven_cli.device.session import Limits
from netraven_cli.errors import AttemptError
from netraven_cli.model import Device
from tests.postgres import PostgresServer
from tests.sshd import running_sshd

if TYPE_CHECKING:
    from collections.abc import Sequence

NETRAVEN = str(Path(sys.executable).with_name("netraven"))


def call(folder: Path, environ: dict[str, str], *arguments: str, stdin: str = "") -> tuple[float, str]:
    """Run the command; seconds, and what it said."""
    began = time.perf_counter()
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), **environ}
    done = subprocess.run(
        [NETRAVEN, *arguments], cwd=folder, env=environ, input=stdin, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return time.perf_counter() - began, done.stdout


def probe_alone(ports: Sequence[int], workers: int) -> float:
    """Seconds for all probes."""
    limits = Limits()

    def one(port: int) -> None:
        try:
            reach(Device(id=1, name="d", address="127.0.0.1", port=port, platform="linux"), limits, lambda _close: None)
        except AttemptError:
            return  # it is down

    began = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(one, ports))
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=10_000)
    parser.add_argument("--down", type=float, default=0.1)
    parser.add_argument("--workers", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--postgresql", action="store_true")
    options = parser.parse_args()
    down = int(options.devices * options.down)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(running_sshd(folder / "sshd"))
        closed = stack.enter_context(socket.socket())
        closed.bind(("127.0.0.1", 0))  # and never listened on
        environ = {}
        if options.postgresql:
            database = PostgresServer()
            stack.callback(database.stop)
            environ["NETRAVEN_DATABASE__URL"] = database.url(database.create())
        ports = [closed.getsockname()[1]] * down + [server.port] * (options.devices - down)
        measure(folder, environ, ports, options.workers, options.rounds)


def measure(folder: Path, environ: dict[str, str], ports: Sequence[int], workers: int, rounds: int) -> None:
    """Check all devices, `rounds` times, and see that each was found as it is."""
    netraven = partial(call, folder, environ)
    rows = "".join(f"dev-{number},127.0.0.1,{port},linux,,default\n" for number, port in enumerate(ports))
    netraven("init", "--dir", ".")
    netraven("device", "import", "-", stdin=f"name,address,port,platform,tags,zone\n{rows}")
    kinds = Counter(ports).most_common()
    print(f"{len(ports)} devices, {kinds[-1][1]} of them down, {workers} workers, {os.cpu_count()} cores")
    floor = probe_alone(ports, workers)
    print(f"{floor:6.1f} s   {len(ports) / floor:6.0f} probes a second   (the floor)")
    for number in range(rounds):
        seconds, _ = netraven("run", "status-check", "--workers", str(workers), "-q")
        rate, ratio = len(ports) / seconds, seconds / floor
        print(f"{seconds:6.1f} s   {rate:6.0f} checks a second   {ratio:.2f} of the floor (round {number + 1})")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    shown, states = netraven("device", "health")
    found = Counter(line.split("\t")[1] for line in states.splitlines())
    wanted = {"ok": kinds[0][1], "down": kinds[-1][1]}
    assert wanted == {state: found[state] for state in wanted}, found
    print(f"{peak:6.0f} MB at most; status {netraven('status')[0]:.2f} s; device health {shown:.2f} s")


if __name__ == "__main__":
    main()
