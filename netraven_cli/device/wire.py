"""The shell of a device as a stream of bytes that is waited on, never polled."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from netraven_cli.device.transcript import Transcript

CHUNK_BYTES = 65536
WRITE_SECONDS = 30.0  # a device that takes no more input for so long is as good as gone


class LostError(Exception):
    """The connection is gone."""


class Stream(Protocol):
    """What a shell is read from and written to: a channel of paramiko, or a connection that speaks telnet."""

    def settimeout(self, seconds: float, /) -> None:
        """How long to wait for what comes or goes next."""

    def recv(self, size: int, /) -> bytes:
        """What came; empty when the connection is gone. Raises TimeoutError."""

    def sendall(self, data: bytes, /) -> Any:
        """Send all of it."""


class Wire:
    """Reads and writes of one session; all that comes goes into the transcript."""

    def __init__(self, channel: Stream, transcript: Transcript | None) -> None:
        self._channel = channel
        self._transcript = transcript
        self._pending = b""

    def read(self, seconds: float) -> bytes | None:
        """What came, waiting for it at most so long; None: nothing did.

        Raises:
            LostError: the connection is gone, and all that came was read.
        """
        if not self._pending:
            self.wait(seconds)
        data, self._pending = self._pending, b""
        return data or None

    def wait(self, seconds: float) -> bool:
        """Wait until there is something to read; False: nothing came within the time.

        Raises:
            LostError: as for `read`.
        """
        if self._pending:
            return True
        self._channel.settimeout(max(seconds, 0))
        try:
            self._pending = self._channel.recv(CHUNK_BYTES)
        except TimeoutError:
            return False
        if not self._pending:
            raise LostError
        if self._transcript:
            self._transcript.add(self._pending)
        return True

    def wait_for_end(self, seconds: float) -> None:
        """Give the device a moment to close the connection by itself; what it still says is dropped."""
        deadline = time.monotonic() + seconds
        try:
            while self.read(deadline - time.monotonic()):
                pass
        except LostError:
            pass

    def write(self, text: str) -> None:
        """Send; what stands in the way is noticed at once.

        Raises:
            LostError: the connection is gone.
        """
        self._channel.settimeout(WRITE_SECONDS)
        try:
            self._channel.sendall(text.encode())
        except (OSError, EOFError):  # paramiko raises either, depending on where it notices
            raise LostError from None
