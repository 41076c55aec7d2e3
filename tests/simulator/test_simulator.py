"""The simulator as others use it: by its process, and by what it says of itself."""

from __future__ import annotations

import gc
import json
import signal
import socket
import subprocess
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.simulator import ROWS, SimulatedDevice, SimulatedNetwork
from tests.simulator.configurations import generate

if TYPE_CHECKING:
    from collections.abc import Iterator

STEADY = {
    "arista_eos", "hp_procurve", "paloalto_panos", "vyos", "linux", "ubiquiti_edgerouter", "hp_comware", "aruba_aoscx",
    "ruckus_fastiron", "frrouting",
}  # fmt: skip
SPECIFICATION = [
    {"name": "core-1", "platform": "cisco_ios"},
    {"name": "edge-1", "platform": "juniper_junos", "fault": "refused"},
]


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.simulator"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        yield running
        running.kill()


def say(process: subprocess.Popen[str], line: Any) -> dict[str, Any]:
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(line) + "\n")
    process.stdin.flush()
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer


def greeting(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connected:
        return connected.recv(100)


def test_the_process_says_its_ports_and_obeys_while_it_runs(process: subprocess.Popen[str]) -> None:
    ports = say(process, SPECIFICATION)["ports"]
    assert greeting(ports["core-1"]).startswith(b"SSH-2.0-")
    with pytest.raises(ConnectionRefusedError):
        greeting(ports["edge-1"])
    state = say(process, {"device": "edge-1", "fault": None, "config": "system {\n}\n"})
    assert (state["port"], state["configuration"], state["fault"]) == (ports["edge-1"], "system {\n}\n", None)
    assert greeting(ports["edge-1"]).startswith(b"SSH-2.0-")
    assert "error" in say(process, {"device": "edge-1", "fault": "unheard-of"})
    assert "error" in say(process, {"device": "none"})


def test_the_process_ends_with_its_stdin(process: subprocess.Popen[str]) -> None:
    say(process, SPECIFICATION)
    assert process.stdin
    process.stdin.close()
    assert process.wait(timeout=30) == 0


def test_the_process_ends_by_sigterm(process: subprocess.Popen[str]) -> None:
    say(process, SPECIFICATION)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0


def test_a_device_that_changes_while_clients_connect_keeps_none_of_them_half_open() -> None:
    with SimulatedNetwork() as network, warnings.catch_warnings(record=True) as leaks:
        warnings.simplefilter("always", ResourceWarning)
        for fault in (None, "silent", "no_shell") * 20:
            device = network.add(name="core-1", platform="cisco_ios", fault=fault)
            clients = [socket.create_connection((device.address, device.port), timeout=10) for _ in range(3)]
            network.remove(device)
            for client in clients:
                client.close()
        gc.collect()
    assert not [str(leak.message) for leak in leaks]


@pytest.mark.parametrize("platform", list(ROWS))
def test_a_configuration_depends_on_name_seed_and_size_alone(platform: str) -> None:
    text = generate(platform, "core-1", seed=7, size=60_000)
    assert text == generate(platform, "core-1", seed=7, size=60_000)
    assert text != generate(platform, "core-1", seed=8, size=60_000)
    assert text != generate(platform, "core-2", seed=7, size=60_000)
    assert 60_000 <= len(text) < 60_500


@pytest.mark.parametrize("platform", list(ROWS))
def test_each_fetch_shows_the_same_configuration_with_other_volatile_lines(platform: str) -> None:
    device = SimulatedDevice(name="core-1", platform=platform)
    first, second = device.next_answer(), device.next_answer()
    changing = platform not in STEADY
    assert (first != second) == changing
    kept = device.configuration.splitlines()
    assert [line for line in first.splitlines() if line in set(kept)].count(kept[-1]) >= 1
    assert set(kept) <= set(second.splitlines())
