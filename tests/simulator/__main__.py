"""The simulated network as a process.

    python -m tests.simulator --spec devices.json      (without --spec: the first line of stdin)

The specification is a JSON list of devices:
    [{"name": "core-1", "platform": "cisco_ios", "port": 0, "username": …, "password": …, "enable": …,
      "config": "…" (or "seed": 1, "size": 60000), "fault": "cut", "latency_seconds": 0.05}, …]
All but name and platform have defaults. When all of them listen, one line says where:
    {"ports": {"core-1": 40001}, "host_key": "ssh-ed25519 AAAA…"}
Then each line on stdin changes one device, or only asks about it, and is answered by one line:
    {"device": "core-1", "fault": null, "config": "…"}
    {"device": "core-1", "port": 40001, "fault": null, "sessions": 3, "open_sessions": 0, "max_concurrent": 1,
     "shown": 3, "configuration": "…"}        (configuration: less its volatile lines)
It ends with its stdin, or by SIGTERM.
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.simulator import FAULTS, ROWS, SimulatedDevice, SimulatedNetwork

if TYPE_CHECKING:
    from types import FrameType


def main() -> int:
    legend = f"platforms: {', '.join(ROWS)}\nfaults: {', '.join(f'{name} ({what})' for name, what in FAULTS.items())}"
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulator",
        description=__doc__,
        epilog=legend,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--spec", type=Path, help="a file with the JSON list; default: the first line of stdin")
    options = parser.parse_args()
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it warns when a client hangs up first
    signal.signal(signal.SIGTERM, _end)
    text = options.spec.read_text() if options.spec else sys.stdin.readline()
    with SimulatedNetwork() as network:
        for given in json.loads(text):
            network.add(**given)
        ports = {name: device.port for name, device in network.devices.items()}
        _print({"ports": ports, "host_key": " ".join(_public_key(network).split()[:2])})
        for line in sys.stdin:
            _print(_control(network, line))
    return 0


def _public_key(network: SimulatedNetwork) -> str:
    return network.host_key.export_public_key("openssh").decode()


def _control(network: SimulatedNetwork, line: str) -> dict[str, Any]:
    try:
        values = json.loads(line)
        device = network.devices[values.pop("device")]
        if values:
            network.change(device, **values)
    except (ValueError, KeyError, AttributeError) as error:
        return {"error": str(error) or type(error).__name__}
    return _state(device)


def _state(device: SimulatedDevice) -> dict[str, Any]:
    return {
        "device": device.name,
        "port": device.port,
        "fault": device.fault,
        "sessions": len(device.sessions),
        "open_sessions": device.open_sessions,
        "max_concurrent": device.max_concurrent,
        "logins_refused": device.logins_refused,
        "shown": len(device.shown),
        "configuration": device.configuration,
    }


def _print(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
