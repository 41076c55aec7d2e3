"""Telnet, for devices that are said to speak nothing else."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netraven_cli.device.reach import reach
from netraven_cli.device.session import Limits
from netraven_cli.device.telnet import LONGEST_COMMAND_BYTES, TelnetStream
from netraven_cli.errors import ErrorClass
from tests.device.conftest import device_of, fetch_from, login_of, refused, wait_until
from tests.device.test_jump import fetch_through, hop_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulator import SimulatedDevice, SimulatedNetwork

TELNET = {"telnet": True}
WILL_ECHO, DONT_ECHO, DO_ECHO = b"\xff\xfb\x01", b"\xff\xfe\x01", b"\xff\xfd\x01"


@pytest.fixture
def old(network: SimulatedNetwork) -> Iterator[SimulatedDevice]:
    simulated = network.add(name="old-1", platform="cisco_ios", size=6000, telnet=True)
    yield simulated
    wait_until(lambda: simulated.connections == 0)
    network.remove(simulated)


@pytest.mark.parametrize(
    "platform",
    [
        "cisco_ios",
        "cisco_nxos",
        "cisco_xr",
        "arista_eos",
        "huawei",
        "hp_procurve",
        "mikrotik_routeros",
        "juniper_junos",
    ],
)
def test_a_configuration_is_fetched_over_telnet_as_it_is_over_ssh(platform: str, network: SimulatedNetwork) -> None:
    simulated = network.add(name="old", platform=platform, size=6000, telnet=True)
    fetched = fetch_from(simulated, options=TELNET)
    assert fetched.text == simulated.shown[-1]
    assert (fetched.prompt_seen, fetched.host_key) == (True, None)
    wait_until(lambda: simulated.open_sessions == 0)
    network.remove(simulated)


def test_a_pager_is_answered_over_telnet(network: SimulatedNetwork) -> None:
    simulated = network.add(name="old", platform="cisco_ios", size=6000, telnet=True, always_pages=True)
    assert fetch_from(simulated, options=TELNET).text == simulated.shown[-1]
    network.remove(simulated)


@pytest.mark.parametrize("given_to", ["username", "password"])
def test_a_wrong_name_or_password_is_given_once_and_is_an_authentication_error(
    given_to: str, old: SimulatedDevice
) -> None:
    error = refused(old, login_of(old, **{given_to: "not-the-one"}), options=TELNET)
    assert error.error_class is ErrorClass.AUTHENTICATION
    assert "(credential lab) over telnet" in str(error)
    assert old.logins_refused == 1


def test_a_credential_without_a_password_is_an_authentication_error(old: SimulatedDevice) -> None:
    error = refused(old, login_of(old, password=None), options=TELNET)
    assert error.error_class is ErrorClass.AUTHENTICATION
    assert "asks for a password, and the credential has none" in str(error)


def test_a_wrong_enable_password_is_an_authorization_error_over_telnet_too(old: SimulatedDevice) -> None:
    error = refused(old, login_of(old, enable="not-the-one"), options=TELNET)
    assert error.error_class is ErrorClass.AUTHORIZATION


@pytest.mark.parametrize(
    ("fault", "error_class"),
    [
        ("refused", ErrorClass.NETWORK),
        ("silent", ErrorClass.NETWORK),
        ("no_shell", ErrorClass.NETWORK),
        ("no_prompt", ErrorClass.NETWORK),
        ("cut_before", ErrorClass.NETWORK),
        ("stall_before", ErrorClass.TIMEOUT),
    ],
)
def test_each_fault_over_telnet_ends_in_its_class(
    fault: str, error_class: ErrorClass, network: SimulatedNetwork
) -> None:
    simulated = network.add(name="old", platform="cisco_ios", telnet=True, fault=fault)
    error = refused(simulated, options=TELNET, login_timeout_seconds=1, idle_timeout_seconds=0.5)
    assert error.error_class is error_class
    network.remove(simulated)


def test_a_connection_that_is_lost_in_the_middle_is_never_whole(network: SimulatedNetwork) -> None:
    simulated = network.add(name="old", platform="cisco_ios", size=6000, telnet=True, fault="cut")
    fetched = fetch_from(simulated, options=TELNET)
    assert "the connection was lost after line" in str(fetched.ended)
    assert not fetched.prompt_seen
    network.remove(simulated)


def test_a_prompt_within_the_configuration_ends_nothing_over_telnet(network: SimulatedNetwork) -> None:
    simulated = network.add(name="old", platform="cisco_ios", size=3000, telnet=True, fault="prompt_in_config")
    assert fetch_from(simulated, options=TELNET).text == simulated.shown[-1]
    network.remove(simulated)


def test_ssh_is_never_replaced_by_telnet_unasked(old: SimulatedDevice) -> None:
    error = refused(old, login_timeout_seconds=2)
    assert error.error_class in (ErrorClass.NETWORK, ErrorClass.PROTOCOL)
    assert not (old.sessions or old.logins_refused)


def test_a_device_behind_a_jump_host_is_reached_by_telnet_from_there(network: SimulatedNetwork) -> None:
    hop = network.add(name="hop", platform="linux", forwards=True)
    old = network.add(name="old", platform="cisco_ios", telnet=True)
    assert fetch_through(old, hop_of(network, hop), telnet=True).text == old.shown[-1]
    assert hop.forwarded == [(old.address, old.port)]
    wait_until(lambda: hop.connections == 0)
    network.remove(old)
    network.remove(hop)


def test_a_look_at_a_device_with_telnet_finds_it_and_sends_nothing(old: SimulatedDevice) -> None:
    found = reach(device_of(old, telnet=True), Limits())
    assert found.latency_ms > 0
    assert (found.banner, found.host_key, found.fault) == (None, None, None)
    assert not old.sessions


def through(*chunks: bytes) -> tuple[bytes, bytes]:
    """What a shell would be read from these chunks, and what was answered to the device."""
    near, far = socket.socketpair()
    with near, far:
        stream, text = TelnetStream(near), b""
        stream.settimeout(5)
        for chunk in chunks:
            far.sendall(chunk)
            stream.settimeout(0)
            try:
                text += stream.recv(65536)
            except TimeoutError:
                continue
        near.shutdown(socket.SHUT_WR)
        return text, far.recv(65536)


def test_what_is_offered_is_taken_once_and_the_rest_is_declined() -> None:
    text, said = through(b"a" + WILL_ECHO + WILL_ECHO + b"\xff\xfb\x05\xff\xfd\x27b")
    assert text == b"ab"
    assert said == DO_ECHO + b"\xff\xfe\x05\xff\xfc\x27"


def test_an_option_that_is_taken_back_is_given_up() -> None:
    assert through(WILL_ECHO + b"\xff\xfc\x01" + b"\xff\xfc\x01x") == (b"x", DO_ECHO + DONT_ECHO)


def test_a_wide_terminal_is_told_so_that_no_line_is_folded() -> None:
    _text, said = through(b"\xff\xfd\x1f\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0")
    assert said == b"\xff\xfb\x1f\xff\xfa\x1f\x01\xff\xff\x03\xe8\xff\xf0\xff\xfb\x18\xff\xfa\x18\x00VT100\xff\xf0"


@given(st.lists(st.sampled_from([b"plain", b"\xff\xff", WILL_ECHO, b"\xff\xfa\x18\x01\xff\xf0", b"\xff\xf9"])))
def test_commands_may_be_split_anywhere(parts: list[bytes]) -> None:
    sent = b"".join(parts)
    expected = b"".join({b"plain": b"plain", b"\xff\xff": b"\xff"}.get(part, b"") for part in parts)
    whole, in_bytes = through(sent), through(*(sent[at : at + 1] for at in range(len(sent))))
    assert whole[0] == in_bytes[0] == expected
    assert whole[1] == in_bytes[1]


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_an_error(data: bytes) -> None:
    assert b"\xff\xfa" not in through(data)[0]


def test_a_command_that_has_no_end_ends_the_session() -> None:
    assert through(b"\xff\xfa" + b"x" * (LONGEST_COMMAND_BYTES + 1))[0] == b""


def test_what_is_typed_ends_in_cr_lf_and_no_byte_of_it_is_a_command() -> None:
    near, far = socket.socketpair()
    with near, far:
        stream = TelnetStream(near)
        stream.settimeout(5)
        stream.sendall(b"a\nb\r\nc\r\xff")
        assert far.recv(100) == b"a\r\nb\r\nc\r\0\xff\xff"
