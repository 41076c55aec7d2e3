"""A simulated network: SSH devices on loopback that answer as the real ones do, with faults on demand.

    with SimulatedNetwork() as network:
        device = network.add(name="core-1", platform="cisco_ios", size=60_000)
        ...                        # connect to device.address, device.port as device.username
        device.shown[-1]           # what it showed last, with LF line ends
        device.configuration       # the same less its volatile lines: what an archive should hold
        network.change(device, fault="cut")

As a process, for the demo and acceptance tests: `python -m tests.simulator --help`.
"""

from tests.simulator.device import FAULTS, Session, SimulatedDevice
from tests.simulator.network import SimulatedNetwork
from tests.simulator.rows import ROWS

__all__ = ["FAULTS", "ROWS", "Session", "SimulatedDevice", "SimulatedNetwork"]
