"""Connects to many addresses at a pace, and tells which of them took a connection.

Plain non-blocking sockets under asyncio: no name is resolved and nothing is sent. Of SSH servers the greeting is read
(RFC 4253, 4.2): they send it first.
"""

from __future__ import annotations

import asyncio
import errno
import re
import resource
import socket
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from netraven_cli.device.pace import Pace, abortable, paced
from netraven_cli.errors import AttemptError, ErrorClass
from netraven_cli.model.discovery import Sighting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

CONNECT_SECONDS = 1.0
BANNER_SECONDS = 2.0
BANNER_BYTES = 4096
MOST_AT_ONCE = 4096  # open sockets
SPARE_DESCRIPTORS = 512  # for all else that this process does
NO_SHELL = (830,)  # NETCONF over SSH (RFC 6242): greets like a shell's server, and has none
_SILENT = (443,)  # those that wait for the client to speak
_NAMES_ITSELF = re.compile(rb"^SSH-[^\n]*(?=\n)", re.MULTILINE)
_NO_ROUTE = {errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EPERM, errno.EACCES, errno.EAFNOSUPPORT}
_CLOSE_AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER of no time: no port is kept waiting here for a sweep's end


@dataclass(slots=True)
class Swept:
    """What a sweep met."""

    ports: dict[str, list[int]] = field(default_factory=dict)  # those that took a connection, by address
    banners: dict[tuple[str, int], str] = field(default_factory=dict)
    alive: set[str] = field(default_factory=set)  # addresses that answered at all, if only with a refusal
    asked: set[str] = field(default_factory=set)
    no_route: str | None = None  # why an address could not even be asked
    fault: BaseException | None = None  # what this machine could not do

    def sightings(self) -> Iterator[Sighting]:
        """What was found, address by address."""
        for address, ports in self.ports.items():
            shells = [one for one in sorted(ports) if (address, one) in self.banners and one not in NO_SHELL]
            port = shells[0] if shells else None
            banner = self.banners[address, port] if port else None
            yield Sighting(address=address, ports=tuple(sorted(ports)), port=port, banner=banner)


def sweep(
    addresses: Iterable[str],
    ports: Sequence[int],
    rate: int,
    on_abort: Callable[[Callable[[], None]], None] = lambda _close: None,
) -> Swept:
    """Try all ports of all addresses, in their order, beginning at most `rate` connections in a second.

    Raises:
        AttemptError: it was ended from outside, or no address could be asked at all.
    """
    swept = Swept()
    try:
        asyncio.run(_sweep(swept, addresses, ports, rate, on_abort))
    except asyncio.CancelledError:
        raise AttemptError(ErrorClass.CANCELLED, "the sweep was ended by NetRaven itself") from None
    if swept.fault:
        raise AttemptError(ErrorClass.RESOURCE, f"the sweep could not go on here: {swept.fault}")
    if swept.no_route and not swept.alive:
        raise AttemptError(ErrorClass.NETWORK, f"no address of the range can be reached from here: {swept.no_route}")
    return swept


async def _sweep(
    swept: Swept,
    addresses: Iterable[str],
    ports: Sequence[int],
    rate: int,
    on_abort: Callable[[Callable[[], None]], None],
) -> None:
    abortable(on_abort)
    places = _places(addresses, ports)
    swept.fault = await paced(lambda place: _try(swept, *place), places, Pace(rate), _room_for(rate))


def _room_for(rate: int) -> int:
    """How many sockets may be open at once: those that wait in vain at this pace, where this process may have them.

    The soft limit of descriptors is raised to what is needed: 1024 is there for programs that use select(2).
    """
    wanted = min(int(rate * CONNECT_SECONDS * 1.1) + 64, MOST_AT_ONCE)
    needed = wanted + SPARE_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return wanted
    raised = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    return max(min(wanted, raised - SPARE_DESCRIPTORS), 64)


def _places(addresses: Iterable[str], ports: Sequence[int]) -> Iterator[tuple[str, int]]:
    return ((address, port) for address in addresses for port in ports)


async def _try(swept: Swept, address: str, port: int) -> None:
    swept.asked.add(address)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as connected:
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _CLOSE_AT_ONCE)
        try:
            await _connect(connected, address, port)
        except asyncio.CancelledError:  # its time is up, or that of the whole sweep
            return
        except OSError as error:
            _take_error(swept, address, error)
            return
        swept.alive.add(address)
        swept.ports.setdefault(address, []).append(port)
        if port not in _SILENT and (greeting := await _greeting(connected)):
            swept.banners[address, port] = greeting


async def _connect(connected: socket.socket, address: str, port: int) -> None:
    """Connect, or be cancelled: `wait_for` would make a task more for each, half of all that a silent address costs."""
    loop, me = asyncio.get_running_loop(), asyncio.current_task()
    timer = loop.call_later(CONNECT_SECONDS, me.cancel) if me else None
    try:
        await loop.sock_connect(connected, (address, port))
    finally:
        if timer:
            timer.cancel()


def _take_error(swept: Swept, address: str, error: OSError) -> None:
    if isinstance(error, ConnectionRefusedError):
        swept.alive.add(address)
    elif error.errno in _NO_ROUTE:
        swept.no_route = f"{address}: {error.strerror}"


async def _greeting(connected: socket.socket) -> str:
    """The line with which an SSH server names itself, others may come before it (RFC 4253, 4.2); empty: none came."""
    loop, said = asyncio.get_running_loop(), b""
    until = loop.time() + BANNER_SECONDS
    try:
        while not (found := _NAMES_ITSELF.search(said)) and len(said) < BANNER_BYTES:
            data = await asyncio.wait_for(loop.sock_recv(connected, BANNER_BYTES), until - loop.time())
            if not data:
                break
            said += data
    except (OSError, asyncio.TimeoutError):
        return ""
    line = found[0].decode("ascii", "replace").strip() if found else ""
    return "".join(sign for sign in line if sign.isprintable())
