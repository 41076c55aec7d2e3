"""The telnet front of a simulated device: it negotiates as IOS does, asks for name and password, and echoes."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from tests.simulator.terminal import SessionOverError, Terminal

if TYPE_CHECKING:
    from tests.simulator.device import Session, SimulatedDevice

# WILL echo and suppress go ahead, DO terminal type and window size: what an IOS router begins with.
OFFERS = b"\xff\xfb\x01\xff\xfb\x03\xff\xfd\x18\xff\xfd\x1f"
NEGOTIATION = re.compile(rb"\xff\xfa.*?\xff\xf0|\xff[\xfb-\xfe].", re.DOTALL)
TRIES = 3


class TelnetConnection:
    """A connection, as a Terminal wants the process of an SSH session."""

    def __init__(self, device: SimulatedDevice, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.device, self.username = device, ""
        self._reader, self._writer = reader, writer
        self.stdin = self.stdout = self.channel = self

    async def serve(self) -> None:
        """Let somebody in, and serve the session until it ends."""
        self.device.connections += 1
        self.device.clients.append(self._writer.get_extra_info("peername")[0])
        session: Session | None = None
        try:
            terminal = Terminal(self.device, self)
            if await self._let_in(terminal):
                session = self.device.begin_session(self.username)
                terminal.user = self.username
                await terminal.run()
        except (SessionOverError, OSError):
            pass
        finally:
            if session:
                session.ended = asyncio.get_running_loop().time()
            self.device.connections -= 1
            self._writer.close()

    async def _let_in(self, terminal: Terminal) -> bool:
        self._writer.write(OFFERS)
        self.write(b"\r\n\r\nUser Access Verification\r\n\r\n")
        for _ in range(TRIES):
            self.write(b"Username: ")
            self.username = (await terminal.read_line()).partition("+")[0]  # as over SSH
            self.write(b"Password: ")
            if (self.username, await terminal.read_line(echo=False)) == (self.device.username, self.device.password):
                return True
            self.device.logins_refused += 1
            self.write(b"% Login invalid\r\n\r\n")
        return False

    def get_extra_info(self, _name: str) -> str:
        return self.username

    async def read(self, size: int) -> bytes:
        data = await self._reader.read(size)
        text = NEGOTIATION.sub(b"", data).replace(b"\r\0", b"\r").replace(b"\xff\xff", b"\xff")
        return text if text or not data else await self.read(size)

    def write(self, data: bytes) -> None:
        self._writer.write(data.replace(b"\xff", b"\xff\xff"))

    async def drain(self) -> None:
        await self._writer.drain()

    def is_closing(self) -> bool:
        return self._writer.is_closing()

    def exit(self, _status: int) -> None:
        self._writer.close()

    def get_connection(self) -> TelnetConnection:
        return self

    def abort(self) -> None:
        self._writer.transport.abort()
