"""`netraven run backup` beside bare netmiko in a thread pool, on the same simulated devices.

python -m benchmarks.throughput [--devices 500] [--workers 30] [--size 60000] [--rounds 3] [--latency-ms 0]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from netmiko import ConnectHandler

NETRAVEN = str(Path(sys.executable).with_name("netraven"))
LOGIN = {"username": "backup", "password": "lab-password", "enable": "lab-enable"}


def bare(device: dict[str, Any]) -> int:
    """What everybody writes first: log in, ask, leave."""
    with ConnectHandler(
        device_type=device["platform"], host="127.0.0.1", port=device["port"],
        username=LOGIN["username"], password=LOGIN["password"], secret=LOGIN["enable"],
    ) as connection:  # fmt: skip
        connection.enable()
        return len(connection.send_command("show running-config", read_timeout=60))


def seconds_bare(devices: list[dict[str, Any]], workers: int) -> float:
    """One round of bare netmiko."""
    began = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        sizes = list(pool.map(bare, devices))
    assert min(sizes) > 1000
    return time.perf_counter() - began


def seconds_netraven(folder: Path, workers: int) -> float:
    """One round of the product, its start and its git included."""
    began = time.perf_counter()
    done = subprocess.run(
        [NETRAVEN, "run", "backup", "--json", "--workers", str(workers)],
        cwd=folder, env=environ(folder), capture_output=True, text=True, check=False,
    )  # fmt: skip
    took = time.perf_counter() - began
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return took


def environ(folder: Path) -> dict[str, str]:
    """A bare environment."""
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "LAB": LOGIN["password"], "ENABLE": LOGIN["enable"]}


def prepare(folder: Path, devices: list[dict[str, Any]]) -> None:
    """An installation with these devices."""
    rows = "\n".join(f"{one['name']},127.0.0.1,{one['port']},{one['platform']},,default" for one in devices)
    for arguments, stdin in (
        (["init", "--dir", str(folder)], ""),
        (
            ["credential", "add", "lab", "--username", LOGIN["username"], "--password-from", "env:LAB",
             "--enable-from", "env:ENABLE"],
            "",
        ),
        (["device", "import", "-"], f"name,address,port,platform,tags,zone\n{rows}\n"),
    ):  # fmt: skip
        subprocess.run(
            [NETRAVEN, *arguments],
            cwd=folder,
            env=environ(folder),
            input=stdin,
            text=True,
            capture_output=True,
            check=True,
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=500)
    parser.add_argument("--workers", type=int, default=30)
    parser.add_argument("--size", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latency-ms", type=float, default=0, help="until a device answers what was sent to it")
    options = parser.parse_args()
    spec = [
        {
            "name": f"eos-{number}", "platform": "arista_eos", "seed": number, "size": options.size,
            "latency_seconds": options.latency_ms / 1000, **LOGIN,
        }
        for number in range(options.devices)
    ]  # fmt: skip
    simulator = subprocess.Popen(
        [sys.executable, "-m", "tests.simulator"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert simulator.stdin and simulator.stdout
    with tempfile.TemporaryDirectory() as name:
        simulator.stdin.write(json.dumps(spec) + "\n")
        simulator.stdin.flush()
        ports = json.loads(simulator.stdout.readline())["ports"]
        devices = [{**one, "port": ports[one["name"]]} for one in spec]
        prepare(Path(name), devices)
        print(
            f"{options.devices} devices of {options.size} bytes that answer after {options.latency_ms:g} ms, "
            f"{options.workers} workers, {os.cpu_count()} cores"
        )
        ratios = []
        for number in range(options.rounds):
            floor, ours = seconds_bare(devices, options.workers), seconds_netraven(Path(name), options.workers)
            ratios.append(ours / floor)
            what = "first backup of all" if number == 0 else "nothing changed"
            print(f"bare netmiko {floor:6.2f} s   netraven {ours:6.2f} s   ratio {ours / floor:4.2f}   ({what})")
        print(f"median ratio {statistics.median(ratios):.2f}")
    simulator.stdin.close()
    simulator.wait(30)


if __name__ == "__main__":
    main()
