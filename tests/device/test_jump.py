"""Devices behind jump hosts: simulated ones, and a real OpenSSH server."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import asyncssh
import pytest

from netraven_cli.device.session import Fetched, Limits, fetch
from netraven_cli.errors import AttemptError, ErrorClass
from netraven_cli.model import Device, Hop, Login
from tests.device.conftest import PLATFORMS, device_of, login_of, wait_until
from tests.sshd import OpenSshServer, running_sshd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulator import SimulatedDevice, SimulatedNetwork


def key_of(network: SimulatedNetwork) -> str:
    return " ".join(network.host_key.export_public_key("openssh").decode().split()[:2])


def hop_of(network: SimulatedNetwork, simulated: SimulatedDevice, jump: str | None = None, **changed: Any) -> Hop:
    key = changed.pop("host_key", key_of(network))
    return Hop(device=device_of(simulated, key, jump=jump), logins=(login_of(simulated, **changed),))


def fetch_through(simulated: SimulatedDevice, *hops: Hop, **options: Any) -> Fetched:
    jump = options.pop("jump", hops[-1].device.name if hops else None)
    limits = Limits(login_timeout_seconds=options.pop("seconds", 15), idle_timeout_seconds=5, jumps=hops)
    device = device_of(simulated, jump=jump, telnet=options.pop("telnet", False))
    return fetch(device, PLATFORMS[simulated.platform], login_of(simulated), limits, **options)


def refused_through(simulated: SimulatedDevice, *hops: Hop, **options: Any) -> AttemptError:
    with pytest.raises(AttemptError) as caught:
        fetch_through(simulated, *hops, **options)
    assert simulated.password not in str(caught.value)
    assert not simulated.sessions
    return caught.value


@pytest.fixture
def bastion(network: SimulatedNetwork) -> Iterator[SimulatedDevice]:
    simulated = network.add(name="bastion", platform="linux", username="hop", password="h0p-Pa55", forwards=True)
    yield simulated
    wait_until(lambda: simulated.connections == 0)
    network.remove(simulated)


def test_a_device_is_fetched_through_a_jump_host(
    network: SimulatedNetwork, ios: SimulatedDevice, bastion: SimulatedDevice
) -> None:
    assert fetch_through(ios, hop_of(network, bastion)).text == ios.shown[-1]
    assert bastion.forwarded == [(ios.address, ios.port)]
    assert "exit" in ios.commands


def test_jump_hosts_are_chained_each_with_its_own_credential(
    network: SimulatedNetwork, ios: SimulatedDevice, bastion: SimulatedDevice
) -> None:
    inner = network.add(name="inner", platform="linux", username="in", password="1nner-Pa55", forwards=True)
    hops = (hop_of(network, bastion), hop_of(network, inner, jump="bastion"))
    assert fetch_through(ios, *hops).text == ios.shown[-1]
    assert bastion.forwarded == [(inner.address, inner.port)]
    assert inner.forwarded == [(ios.address, ios.port)]
    wait_until(lambda: inner.connections == 0)
    network.remove(inner)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenSshServer]:
    with running_sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running


def test_a_real_openssh_server_is_a_jump_host(server: OpenSshServer, ios: SimulatedDevice) -> None:
    device = Device(
        id=2, name="sshd", address=server.address, port=server.port, platform="linux", host_key=server.host_key
    )
    login = Login(credential="hop", username=server.username, key_file=str(server.key_file))
    assert fetch_through(ios, Hop(device=device, logins=(login,))).text == ios.shown[-1]


def test_a_jump_host_whose_key_is_not_on_record_gets_no_password(
    network: SimulatedNetwork, ios: SimulatedDevice, bastion: SimulatedDevice
) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key("openssh").decode()
    for key in (None, " ".join(other.split()[:2])):
        error = refused_through(ios, hop_of(network, bastion, host_key=key))
        assert error.error_class is ErrorClass.PROTOCOL
        assert "netraven host-key accept bastion" in str(error)
        assert error.refused_key is None  # it is not a key of the device
    assert not bastion.sessions
    assert not bastion.logins_refused


def test_a_jump_host_that_refuses_the_credential_is_named_and_asked_once(
    network: SimulatedNetwork, ios: SimulatedDevice, bastion: SimulatedDevice
) -> None:
    error = refused_through(ios, hop_of(network, bastion, password="not-the-one"))
    assert error.error_class is ErrorClass.SETTINGS
    assert "the jump host bastion" in str(error)
    assert error.refused == ("lab",)
    assert bastion.logins_refused == 1


def test_a_jump_host_that_forbids_forwarding_is_named(
    network: SimulatedNetwork, ios: SimulatedDevice, bastion: SimulatedDevice
) -> None:
    network.change(bastion, forwards=False)
    error = refused_through(ios, hop_of(network, bastion))
    assert error.error_class is ErrorClass.SETTINGS
    assert "forbids connections through it" in str(error)


def test_a_device_that_the_jump_host_cannot_reach_is_a_network_error(
    network: SimulatedNetwork, ios: SimulatedDevice, bastion: SimulatedDevice
) -> None:
    network.change(ios, fault="refused")
    error = refused_through(ios, hop_of(network, bastion))
    assert error.error_class is ErrorClass.NETWORK
    assert f"cannot connect to {ios.address} port {ios.port}" in str(error)


@pytest.mark.parametrize("fault", ["refused", "silent"])
def test_a_jump_host_that_is_down_is_named(
    fault: str, network: SimulatedNetwork, ios: SimulatedDevice, bastion: SimulatedDevice
) -> None:
    network.change(bastion, fault=fault)
    error = refused_through(ios, hop_of(network, bastion), seconds=0.5)
    assert error.error_class is ErrorClass.NETWORK
    assert "the jump host bastion (127.0.0.1 port" in str(error)


@pytest.mark.parametrize("jump", ["bastion", "other"])
def test_a_device_is_never_reached_by_another_way_than_its_own(jump: str, ios: SimulatedDevice) -> None:
    error = refused_through(ios, jump=jump)
    assert error.error_class is ErrorClass.SETTINGS
    assert f"there is no way through {jump}" in str(error)
    assert ios.connections == 0


def test_a_chain_that_lacks_its_first_jump_host_is_not_used(
    network: SimulatedNetwork, ios: SimulatedDevice, bastion: SimulatedDevice
) -> None:
    assert "there is no way through outer" in str(refused_through(ios, hop_of(network, bastion, jump="outer")))
    assert not bastion.sessions


def test_an_abort_ends_a_session_behind_a_jump_host(
    network: SimulatedNetwork, ios: SimulatedDevice, bastion: SimulatedDevice
) -> None:
    network.change(ios, fault="stall")
    with pytest.raises(AttemptError) as caught:
        fetch_through(ios, hop_of(network, bastion), on_abort=lambda close: threading.Timer(0.5, close).start())
    assert caught.value.error_class is ErrorClass.CANCELLED


def test_a_session_comes_from_the_source_address_of_the_device(ios: SimulatedDevice) -> None:
    device = device_of(ios, source_address="127.0.0.77")
    fetch(device, PLATFORMS["cisco_ios"], login_of(ios), Limits())
    assert ios.clients == ["127.0.0.77"]


def test_a_source_address_that_is_not_ours_is_said(ios: SimulatedDevice) -> None:
    device = device_of(ios, source_address="192.0.2.99")
    with pytest.raises(AttemptError, match=r"source address 192\.0\.2\.99, which this machine has not"):
        fetch(device, PLATFORMS["cisco_ios"], login_of(ios), Limits())


def test_a_jump_host_that_is_reached_by_telnet_is_none(
    network: SimulatedNetwork, ios: SimulatedDevice, bastion: SimulatedDevice
) -> None:
    hop = Hop(device=device_of(bastion, key_of(network), telnet=True), logins=(login_of(bastion),))
    error = refused_through(ios, hop)
    assert error.error_class is ErrorClass.SETTINGS
    assert "is reached by telnet" in str(error)
    assert not bastion.sessions
