"""The network: one event loop in a thread of its own serves every device."""

from __future__ import annotations

import asyncio
import socket
import threading
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import asyncssh

from tests.simulator.device import FAULTS, Session, SimulatedDevice
from tests.simulator.telnet import TelnetConnection
from tests.simulator.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from types import TracebackType

Returned = TypeVar("Returned")
LEGACY = {  # what an IOS 12/15 offers at most
    "kex_algs": ["diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1"],
    "encryption_algs": ["aes128-cbc", "3des-cbc"],
    "mac_algs": ["hmac-sha1"],
    "signature_algs": ["ssh-rsa"],
}


class _Server(asyncssh.SSHServer):
    def __init__(self, device: SimulatedDevice, open_connections: set[asyncssh.SSHServerConnection]) -> None:
        self.device = device
        self.open_connections = open_connections
        self.username = ""
        self.session: Session | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self.device.connections += 1
        self.connection = conn
        self.device.clients.append(conn.get_extra_info("peername")[0])
        self.open_connections.add(conn)

    def connection_lost(self, _exc: Exception | None) -> None:
        self.device.connections -= 1
        self.open_connections.discard(self.connection)
        if self.session:
            self.session.ended = asyncio.get_running_loop().time()

    def begin_auth(self, username: str) -> bool:
        self.username = username.partition("+")[0]  # RouterOS takes options of the console after a plus sign
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, _username: str, password: str) -> bool:
        fits = (self.username, password) == (self.device.username, self.device.password)
        self.device.logins_refused += not fits
        return fits

    def public_key_auth_supported(self) -> bool:
        return bool(self.device.public_key)

    def validate_public_key(self, _username: str, key: asyncssh.SSHKey) -> bool:
        known = asyncssh.import_public_key(self.device.public_key or "")
        return self.username == self.device.username and key.public_data == known.public_data

    def connection_requested(self, dest_host: str, dest_port: int, _orig_host: str, _orig_port: int) -> bool:
        if not self.device.forwards:
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, "open failed")
        self.device.forwarded.append((dest_host, dest_port))
        return True

    def auth_completed(self) -> None:
        self.session = self.device.begin_session(self.username)


@dataclass
class _Place:
    """What listens on a device's port."""

    opened: socket.socket
    acceptor: asyncssh.SSHAcceptor | asyncio.Server | None = None  # None: nobody listens
    silent: set[asyncio.StreamWriter] = field(default_factory=set)  # connections that no SSH server has

    async def keep_silent(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hold a connection until the client hangs up; a stream that nobody reads stays half open for ever."""
        self.silent.add(writer)
        try:
            await reader.read()
        finally:
            self.silent.discard(writer)
            writer.close()

    async def talk(self, device: SimulatedDevice, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak telnet."""
        self.silent.add(writer)
        try:
            await TelnetConnection(device, reader, writer).serve()
        finally:
            self.silent.discard(writer)


class SimulatedNetwork:
    """Simulated devices on loopback; a context manager."""

    def __init__(self) -> None:
        self.devices: dict[str, SimulatedDevice] = {}
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self._old_host_key: asyncssh.SSHKey | None = None
        self._places: dict[str, _Place] = {}
        self._open_connections: set[asyncssh.SSHServerConnection] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="simulated network", daemon=True)
        self._thread.start()

    def __enter__(self) -> SimulatedNetwork:
        return self

    def __exit__(self, *_error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def add(self, **given: Any) -> SimulatedDevice:
        """Put a device into the network; see SimulatedDevice for what can be given."""
        device = SimulatedDevice(**given)
        if device.name in self.devices:
            raise ValueError(f"there is a device {device.name!r} already")
        self._call(self._open(device))
        self.devices[device.name] = device
        return device

    def change(self, device: SimulatedDevice, **values: Any) -> None:
        """Change a device while it runs: config, fault, password, latency_seconds, host_key…"""
        unknown = set(values) - set(SimulatedDevice.__dataclass_fields__)
        if unknown or values.get("fault") not in (None, *FAULTS):
            raise ValueError(f"cannot change {values}; faults are {', '.join(FAULTS)}")
        self._call(self._change(device, values))

    def remove(self, device: SimulatedDevice) -> None:
        """Take a device out of the network."""
        del self.devices[device.name]
        self._call(self._close(device))

    def close(self) -> None:
        """Take all devices out and end the thread."""
        for device in list(self.devices.values()):
            self.remove(device)
        self._call(self._end_tasks())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end_tasks(self) -> None:
        for connection in list(self._open_connections):
            connection.abort()
            await connection.wait_closed()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.01)  # transports that were aborted are closed by the loop's next turns

    def _call(self, work: Coroutine[Any, Any, Returned]) -> Returned:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    async def _change(self, device: SimulatedDevice, values: dict[str, Any]) -> None:
        for name, value in values.items():
            setattr(device, name, value)
        if {"fault", "host_key", "legacy", "telnet"} & set(values):
            await self._close(device)
            await self._open(device)

    async def _open(self, device: SimulatedDevice) -> None:
        opened = socket.socket()
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((device.address, device.port))
        device.port = opened.getsockname()[1]
        place = self._places[device.name] = _Place(opened)
        if device.fault == "refused":
            return  # bound, so that nobody else takes it, and never listened on
        if device.fault == "silent":
            place.acceptor = await asyncio.start_server(place.keep_silent, sock=opened, backlog=200)
        elif device.telnet:
            place.acceptor = await asyncio.start_server(partial(place.talk, device), sock=opened, backlog=200)
        else:
            opened.listen(200)
            place.acceptor = await self._listen(device, opened)

    async def _listen(self, device: SimulatedDevice, opened: socket.socket) -> asyncssh.SSHAcceptor:
        key = device.host_key or (self._legacy_key() if device.legacy else self.host_key)
        return await asyncssh.listen(
            sock=opened,
            server_factory=lambda: _Server(device, self._open_connections),
            process_factory=lambda process: Terminal(device, process).run(),
            server_host_keys=key if isinstance(key, list) else [key],
            encoding=None,
            line_editor=False,
            login_timeout=60,
            server_version=device.banner,
            **{**(LEGACY if device.legacy else {}), **device.algorithms},
        )

    def _legacy_key(self) -> asyncssh.SSHKey:
        if self._old_host_key is None:
            self._old_host_key = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
        return self._old_host_key

    async def _close(self, device: SimulatedDevice) -> None:
        place = self._places.pop(device.name)
        if not place.acceptor:
            place.opened.close()
            return
        # asyncio drops a connection that it accepted for a server that closes before its transport exists, and leaves
        # its socket open (Server._attach asserts): those that came have their turns before.
        self._loop.remove_reader(place.opened)
        await asyncio.sleep(0.001)
        place.acceptor.close()
        for writer in place.silent:
            writer.transport.abort()
        if isinstance(place.acceptor, asyncssh.SSHAcceptor):
            await place.acceptor.wait_closed()
