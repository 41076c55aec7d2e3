from __future__ import annotations

import socket
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import asyncssh
import pytest

from netraven_cli.device.line import NoWayError
from netraven_cli.device.reach import reach
from netraven_cli.device.session import Limits
from netraven_cli.errors import AttemptError, ErrorClass
from netraven_cli.model import Device
from tests.device.conftest import device_of, wait_until
from tests.sshd import running_sshd

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simulator import SimulatedDevice, SimulatedNetwork


def at(address: str, port: int) -> Device:
    return Device(id=1, name="d", address=address, port=port, platform="linux")


def test_a_device_shows_its_banner_and_its_host_key_and_nobody_logs_in(ios: SimulatedDevice) -> None:
    found = reach(device_of(ios), Limits(login_timeout_seconds=5))
    assert (found.banner or "").startswith("SSH-2.0-")
    assert (found.host_key or "").startswith("ssh-ed25519 ")
    assert (found.fault, found.latency_ms > 0) == (None, True)
    wait_until(lambda: ios.connections == 0)
    assert (ios.sessions, ios.logins_refused) == ([], 0)


def test_of_several_host_keys_the_one_on_record_is_asked_for(network: SimulatedNetwork) -> None:
    keys = [asyncssh.generate_private_key(kind) for kind in ("ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa")]
    device = network.add(name="several", platform="cisco_ios", host_key=keys)
    for key in keys:
        known = " ".join(key.export_public_key("openssh").decode().split()[:2])
        assert reach(device_of(device, known), Limits(login_timeout_seconds=5)).host_key == known
    network.remove(device)


def test_openssh_shows_the_key_of_its_file(tmp_path: Path) -> None:
    with running_sshd(tmp_path / "sshd") as server:
        assert reach(at(server.address, server.port), Limits(login_timeout_seconds=5)).host_key == server.host_key


def test_a_closed_port_is_a_failure_of_the_network(network: SimulatedNetwork) -> None:
    device = network.add(name="closed", platform="cisco_ios", fault="refused")
    with pytest.raises(AttemptError, match="refused the connection") as failed:
        reach(device_of(device), Limits(login_timeout_seconds=5))
    assert (failed.value.error_class, isinstance(failed.value, NoWayError)) == (ErrorClass.NETWORK, False)
    network.remove(device)


@pytest.mark.parametrize(
    ("said", "fault"),
    [(b"220 ftp.example.net ready\r\n", "does not speak SSH as expected"), (b"SSH-1.5-old\r\n", "does not speak SSH")],
)
def test_a_port_that_speaks_something_else_is_told(said: bytes, fault: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connected, _ = server.accept()
            with connected:
                connected.sendall(said)
                connected.recv(1000)

        thread = threading.Thread(target=serve)
        thread.start()
        found = reach(at("127.0.0.1", server.getsockname()[1]), Limits(login_timeout_seconds=2))
        thread.join()
    assert (found.host_key, fault in (found.fault or "")) == (None, True), found


def test_a_name_without_an_address_is_no_failure_of_the_device(ios: SimulatedDevice) -> None:
    with pytest.raises(NoWayError, match="cannot be resolved"):
        reach(replace(device_of(ios), address="nowhere.invalid"), Limits(login_timeout_seconds=5))


def test_a_look_that_is_aborted_ends_at_once(network: SimulatedNetwork) -> None:
    device = network.add(name="silent", platform="cisco_ios", fault="silent")
    closing: list[object] = []

    def abort(close: object) -> None:
        closing.append(close)

    caught: list[AttemptError] = []

    def look() -> None:
        try:
            reach(device_of(device), Limits(login_timeout_seconds=600), abort)
        except AttemptError as error:
            caught.append(error)

    thread = threading.Thread(target=look)
    thread.start()
    wait_until(lambda: closing)
    closing[0]()  # type: ignore[operator]  # what on_abort was handed
    thread.join()
    assert [one.error_class for one in caught] == [ErrorClass.CANCELLED]
    network.remove(device)
