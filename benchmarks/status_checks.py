"""`netraven run status-check` over many devices, behind one real sshd and one closed port on loopback.

python -m benchmarks.status_checks [--devices 10000] [--down 0.1] [--workers 50] [--rounds 2]
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
from pathlib import Path

from tests.sshd import running_sshd

NETRAVEN = str(Path(sys.executable).with_name("netraven"))


def call(folder: Path, *arguments: str, stdin: str = "") -> tuple[float, str]:
    """Run the command; seconds, and what it said."""
    began = time.perf_counter()
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    done = subprocess.run(
        [NETRAVEN, *arguments], cwd=folder, env=environ, input=stdin, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return time.perf_counter() - began, done.stdout


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=10_000)
    parser.add_argument("--down", type=float, default=0.1)
    parser.add_argument("--workers", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    down = int(options.devices * options.down)
    with tempfile.TemporaryDirectory() as name, running_sshd(Path(name) / "sshd") as server, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and never listened on
        ports = [closed.getsockname()[1]] * down + [server.port] * (options.devices - down)
        rows = "".join(f"dev-{number},127.0.0.1,{port},linux,,default\n" for number, port in enumerate(ports))
        folder = Path(name)
        call(folder, "init", "--dir", ".")
        call(folder, "device", "import", "-", stdin=f"name,address,port,platform,tags,zone\n{rows}")
        print(f"{options.devices} devices, {down} of them down, {options.workers} workers, {os.cpu_count()} cores")
        for number in range(options.rounds):
            seconds, _ = call(folder, "run", "status-check", "--workers", str(options.workers), "-q")
            print(f"{seconds:6.1f} s   {options.devices / seconds:6.0f} checks a second   (round {number + 1})")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        states = call(folder, "device", "health")[1].splitlines()
        assert sum(line.split("\t")[1] == "ok" for line in states) == options.devices - down, states[-1]
        seconds, _ = call(folder, "status")
        print(
            f"{peak:6.0f} MB at most; status {seconds:.2f} s; device health {call(folder, 'device', 'health')[0]:.2f} s"
        )


if __name__ == "__main__":
    main()
