"""A /16 of silent addresses: the sweep of NetRaven beside fping, in a network of its own where nobody answers.

python -m benchmarks.sweep [--rate 1000] (as root: it makes a network namespace)
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import time

from netraven_cli.device.sweep import sweep
from netraven_cli.model.addresses import Addresses

NETWORK = "10.99.0.0/16"
LINKS = (  # all of it lies behind a router that takes every packet and says nothing
    "link add here type veth peer name there", "addr add 10.98.0.1/24 dev here", "link set here up",
    "link set there up", "neigh add 10.98.0.2 lladdr 02:00:00:00:00:02 nud permanent dev here",
    f"route add {NETWORK} via 10.98.0.2",
)  # fmt: skip
INSIDE = "NETRAVEN_BENCH_INSIDE"
PORT = 22


def cpu_seconds(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def of_netraven(rate: int) -> tuple[int, float, float]:
    addresses = Addresses([NETWORK])
    began, before = time.monotonic(), cpu_seconds(resource.RUSAGE_SELF)
    swept = sweep(addresses.part(0, 1), [PORT], rate)
    assert not swept.alive
    return len(swept.asked), time.monotonic() - began, cpu_seconds(resource.RUSAGE_SELF) - before


def of_fping(rate: int) -> tuple[int, float, float]:
    program = shutil.which("fping")
    if program is None:
        raise SystemExit("there is no fping here; install it with: apt-get install fping")
    addresses = Addresses([NETWORK])
    given = "\n".join(addresses.at(place) for place in range(addresses.count))
    began, before = time.monotonic(), cpu_seconds(resource.RUSAGE_CHILDREN)
    command = [program, "-a", "-q", "-r", "0", "-t", "1000", "-i", f"{1000 / rate:g}"]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    assert done.stdout == "", done.stdout
    return addresses.count, time.monotonic() - began, cpu_seconds(resource.RUSAGE_CHILDREN) - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=1000, help="connections, or echo requests, in a second")
    rate = parser.parse_args().rate
    if INSIDE not in os.environ:
        again = [sys.executable, "-m", "benchmarks.sweep", *sys.argv[1:]]
        raise SystemExit(
            subprocess.run(["unshare", "--net", *again], env={**os.environ, INSIDE: "1"}, check=False).returncode
        )
    for words in LINKS:
        subprocess.run(["ip", *words.split()], check=True)
    print(f"{NETWORK}, nobody answers, at {rate} a second:")
    for name, measured in (("netraven", of_netraven), ("fping", of_fping)):
        asked, seconds, cpu = measured(rate)
        print(f"  {name:9} {asked} addresses in {seconds:6.1f} s, {asked / seconds:6.0f} a second, {cpu:5.1f} s of CPU")


if __name__ == "__main__":
    main()
