"""What the tests of sessions share: one simulated network, and the call that fetches from it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from netraven_cli.device.platforms import load_platforms
from netraven_cli.device.session import Fetched, Limits, fetch
from netraven_cli.errors import AttemptError
from netraven_cli.model import Device, Login, Options, Secret
from tests.simulator import SimulatedDevice, SimulatedNetwork

if TYPE_CHECKING:
    from collections.abc import Iterator

PLATFORMS = load_platforms()
TOTAL_WAIT_SECONDS = 10


def wait_until(holds: Any) -> None:
    deadline = time.monotonic() + TOTAL_WAIT_SECONDS
    tick = threading.Event()
    while not holds():
        assert time.monotonic() < deadline, "the state never came"
        tick.wait(0.01)


@pytest.fixture(scope="session")
def network() -> Iterator[SimulatedNetwork]:
    with SimulatedNetwork() as running:
        yield running


def device_of(simulated: SimulatedDevice, host_key: str | None = None, **options: Any) -> Device:
    return Device(
        options=Options(**options),
        id=1,
        name=simulated.name,
        address=simulated.address,
        port=simulated.port,
        platform=simulated.platform,
        host_key=host_key,
    )


def login_of(simulated: SimulatedDevice, **changed: Any) -> Login:
    given = {"username": simulated.username, "password": simulated.password, "enable": simulated.enable, **changed}
    password, enable = (Secret(given[name]) if given[name] else None for name in ("password", "enable"))
    return Login(
        credential="lab",
        username=given["username"],
        key_file=given.get("key_file"),
        agent=given.get("agent", False),
        password=password,
        enable=enable,
    )


def fetch_from(simulated: SimulatedDevice, login: Login | None = None, **options: Any) -> Fetched:
    limits = Limits(
        login_timeout_seconds=options.pop("login_timeout_seconds", 15),
        idle_timeout_seconds=options.pop("idle_timeout_seconds", 5),
        host_keys=options.pop("host_keys", "accept-new"),
    )
    device = device_of(simulated, options.pop("host_key", None), **options.pop("options", {}))
    platform = options.pop("platform", PLATFORMS[simulated.platform])
    return fetch(device, platform, login or login_of(simulated), limits, **options)


@pytest.fixture
def ios(network: SimulatedNetwork) -> Iterator[SimulatedDevice]:
    simulated = network.add(name="core-1", platform="cisco_ios", size=6000)
    yield simulated
    wait_until(lambda: simulated.connections == 0)
    network.remove(simulated)


def refused(simulated: SimulatedDevice, *arguments: Any, **options: Any) -> AttemptError:
    with pytest.raises(AttemptError) as caught:
        fetch_from(simulated, *arguments, **options)
    reason = str(caught.value)
    assert "\n" not in reason
    assert reason.isprintable()
    assert simulated.password not in reason
    assert simulated.enable not in reason
    return caught.value
