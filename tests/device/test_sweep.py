from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from netraven_cli.device.pace import CATCH_UP_SECONDS
from netraven_cli.device.sweep import sweep
from netraven_cli.errors import AttemptError, ErrorClass
from netraven_cli.model.addresses import Addresses
from tests.listener import listening
from tests.simulator import SimulatedNetwork

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

NOBODY = 1  # the port tcpmux: nothing listens there


def test_every_address_is_asked_once_and_none_that_is_excluded() -> None:
    wanted = Addresses(["127.11.0.0/23"], ["127.11.0.64/26", "127.11.1.7"])
    with listening() as listener:
        swept = sweep(wanted.part(0, 1), [listener.port], 5000)
    assert Counter(listener.asked) == Counter(wanted.at(place) for place in range(wanted.count))
    assert not [address for address in listener.asked if address in Addresses(["127.11.0.64/26", "127.11.1.7"])]
    assert swept.asked == swept.alive == set(swept.ports) == set(listener.asked)


def test_connections_are_not_begun_faster_than_the_rate() -> None:
    """However slow this machine is, it can only be slower than that."""
    with listening() as listener:
        began = time.monotonic()
        sweep(Addresses(["127.12.0.0/24"]).part(0, 1), [listener.port], 400)
    assert len(listener.asked) == 254
    assert time.monotonic() - began >= 253 / 400 - CATCH_UP_SECONDS


def test_an_address_that_refuses_is_there_and_has_no_open_port() -> None:
    swept = sweep(["127.13.0.1"], [NOBODY], 100)
    assert (swept.alive, swept.ports, list(swept.sightings())) == ({"127.13.0.1"}, {}, [])


def test_of_several_ports_that_of_the_ssh_server_is_told_with_its_greeting() -> None:
    with SimulatedNetwork() as network, listening() as listener:
        device = network.add(name="core-1", platform="cisco_ios", address="127.13.0.2", banner="Cisco-1.25")
        (one,) = sweep(["127.13.0.2"], [listener.port, device.port, NOBODY], 100).sightings()
    assert one.ports == tuple(sorted((listener.port, device.port)))
    assert (one.port, one.banner) == (device.port, "SSH-2.0-Cisco-1.25")


def test_a_server_that_says_nothing_has_no_greeting() -> None:
    with SimulatedNetwork() as network:
        device = network.add(name="mute", platform="cisco_ios", address="127.13.0.3", fault="silent")
        (one,) = sweep(["127.13.0.3"], [device.port], 100).sightings()
    assert (one.ports, one.port, one.banner) == ((device.port,), None, None)


def test_a_sweep_is_ended_from_outside_at_once() -> None:
    closes: list[Callable[[], None]] = []
    begun = threading.Event()
    failed: list[AttemptError] = []

    def slowly() -> None:
        def hand_over(close: Callable[[], None]) -> None:
            closes.append(close)
            begun.set()

        try:
            sweep(Addresses(["127.14.0.0/16"]).part(0, 1), [NOBODY], 1, hand_over)
        except AttemptError as error:
            failed.append(error)

    thread = threading.Thread(target=slowly)
    thread.start()
    assert begun.wait(30)
    closes[0]()
    thread.join(30)
    assert not thread.is_alive()
    assert [error.error_class for error in failed] == [ErrorClass.CANCELLED]


def test_a_host_without_a_way_to_the_range_says_so_and_takes_nothing_for_gone() -> None:
    with pytest.raises(AttemptError, match="can be reached from here") as failed:
        sweep(
            ["255.255.255.255"], [NOBODY], 100
        )  # a connection to the broadcast address is refused by this host itself
    assert failed.value.error_class is ErrorClass.NETWORK


def test_a_server_may_say_other_lines_before_it_names_itself_and_never_ends_a_line() -> None:
    said = {"127.13.1.1": b"Authorized use only\r\nSSH-2.0-OpenSSH_9.2\r\n", "127.13.1.2": b"SSH-2.0-" + b"x" * 9000}
    with saying(said) as port:
        one, other = sorted(sweep(list(said), [port], 100).sightings(), key=lambda one: one.address)
    assert (one.port, one.banner) == (port, "SSH-2.0-OpenSSH_9.2")
    assert (other.ports, other.port, other.banner) == ((port,), None, None)


def test_addresses_of_ipv6_are_swept_where_there_is_a_way_to_them() -> None:
    try:
        server = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:  # not even loopback has IPv6 here
        with pytest.raises(AttemptError, match="can be reached from here"):
            sweep(["::1"], [NOBODY], 100)
        return
    with server:
        port = server.getsockname()[1]
        swept = sweep(Addresses(["::1"]).part(0, 1), [port], 100)
    assert swept.ports == {"::1": [port]}


@contextmanager
def saying(said: Mapping[str, bytes]) -> Iterator[int]:
    """Servers on some addresses that say something to whoever comes; their port."""
    with ExitStack() as servers:
        port = 0
        for address, text in said.items():
            server = servers.enter_context(socket.create_server((address, port)))
            port = server.getsockname()[1]
            thread = threading.Thread(target=_say, args=(server, text))
            thread.start()
            servers.callback(thread.join)
        yield port


def _say(server: socket.socket, text: bytes) -> None:
    taken, _ = server.accept()
    with taken, suppress(ConnectionError):
        taken.sendall(text)
        taken.recv(1)  # until the other end goes
