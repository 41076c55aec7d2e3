"""The TCP connection to a device, and the one way to end it from any thread."""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
import time
from typing import TYPE_CHECKING

from netraven_cli.errors import AttemptError, ErrorClass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from netraven_cli.model import Device, Hop

ABORTED = "aborted"
LOGIN_LIMIT = "login limit"
GOODBYE_SECONDS = 1.0  # for a device to end a session by itself that is ended from outside
NOT_OURS = (errno.EADDRNOTAVAIL, socket.EAI_ADDRFAMILY)
_NO_WAY = {errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPERM, errno.EACCES}


AHEAD_BYTES = 65536


class NoWayError(AttemptError):
    """This machine knows no way to a device, so nothing is known of the device."""


def jump_host(device: Device) -> str:
    """A jump host, as sentences name it."""
    return f"the jump host {device.name} ({device.address} port {device.port})"


class _ReadingAhead(socket.socket):
    """Takes all that came at once, and hands it out piece by piece.

    paramiko asks twice for each packet. With many sessions in one process, each question that goes to the system may
    cost its thread a place in the line for the interpreter.
    """

    _came = b""
    _at = 0

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """As of any socket."""
        if self._at >= len(self._came):
            self._came, self._at = super().recv(AHEAD_BYTES, flags), 0
        piece = self._came[self._at : self._at + size]
        self._at += len(piece)
        return piece


class Line:
    """A connection that `cut()` ends at once: whoever waits on it notices at the same moment."""

    def __init__(self, device: Device, login_timeout_seconds: float, jumps: Sequence[Hop] = ()) -> None:
        """Behind jump hosts, the connection is the one to the first of them."""
        self.where = f"{device.address} port {device.port}"
        self.socket: socket.socket | None = None
        self.cut_by: str | None = None
        self.goodbye: Callable[[], None] | None = None  # asks the device to end the session
        self.latency_ms: float | None = None  # of the connect, once it was made
        self.limit_seconds = login_timeout_seconds
        first = jumps[0].device if jumps else device
        self._address = (first.address, first.port)
        self._source_address = first.options.source_address
        self._behind = bool(jumps)
        self._reached = jump_host(first) if jumps else self.where
        self._deadline = time.monotonic() + login_timeout_seconds
        # paramiko waits without limit in places (a shell that is never granted); this ends every wait of a login.
        self._timer = threading.Timer(login_timeout_seconds, self.cut, [LOGIN_LIMIT])
        self._timer.daemon = True

    def __enter__(self) -> Line:
        self._timer.start()
        return self

    def __exit__(self, *_error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.logged_in()
        if self.socket:
            self._shut_down(self.socket)
            self.socket.close()

    def logged_in(self) -> None:
        """The login is done: its limit holds no longer."""
        self._timer.cancel()

    def cut(self, cut_by: str = ABORTED) -> None:
        """End the connection, from any thread; a session that is ended from outside is given a moment to be left."""
        self.cut_by = self.cut_by or cut_by
        if cut_by == ABORTED and self.goodbye:
            # Neither thread is waited for: whoever ends sessions ends many at once.
            for late in (threading.Timer(GOODBYE_SECONDS, self._end), threading.Thread(target=self.goodbye)):
                late.daemon = True
                late.start()
            self.goodbye = None
        else:
            self._end()

    def _end(self) -> None:
        if self.socket:
            self._shut_down(self.socket)

    @property
    def is_aborted(self) -> bool:
        """True if the connection was cut from outside."""
        return self.cut_by == ABORTED

    def abort_error(self) -> AttemptError:
        """What to raise then."""
        return AttemptError(ErrorClass.CANCELLED, f"the session on {self.where} was ended by NetRaven itself")

    def connect(self) -> socket.socket:
        """Connect to the first address of the name that answers.

        Raises:
            AttemptError: none does.
            NoWayError: none could be asked.
        """
        reason = "has no address"
        error_class: type[AttemptError] = NoWayError
        for family, kind, protocol, _name, place in self._addresses():
            # paramiko does not set TCP_NODELAY, and loses up to 85 ms a login to Nagle's algorithm without it.
            self.socket = _ReadingAhead(family, kind, protocol)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket.settimeout(max(self._deadline - time.monotonic(), 0.001))
            began = time.monotonic()
            try:
                if self._source_address:
                    self.socket.bind((self._source_address, 0))
                self.socket.connect(place)
                self.latency_ms = (time.monotonic() - began) * 1000
                if not self.cut_by:
                    return self.socket
            except OSError as error:
                reason = self._in_words(error)
                error_class = error_class if error.errno in _NO_WAY else AttemptError
            self.socket.close()
            if self.cut_by:
                break
        if self.is_aborted:
            raise self.abort_error()
        raise (NoWayError if self._behind else error_class)(ErrorClass.NETWORK, f"{self._reached} {reason}")

    def _addresses(self) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        try:
            return socket.getaddrinfo(*self._address, type=socket.SOCK_STREAM)  # type: ignore[return-value] # IPv6 too
        except (socket.gaierror, UnicodeError) as error:
            why = error.strerror if isinstance(error, socket.gaierror) else "it is no host name"
            raise NoWayError(
                ErrorClass.NETWORK, f"the name {self._address[0]} cannot be resolved to an address: {why}"
            ) from None

    def _in_words(self, error: OSError) -> str:
        if self._source_address and error.errno in NOT_OURS:
            return f"cannot be reached from its source address {self._source_address}, which this machine has not"
        if isinstance(error, ConnectionRefusedError):
            return "refused the connection: nothing listens there, or a firewall rejects it"
        if isinstance(error, TimeoutError) or self.cut_by == LOGIN_LIMIT:
            return f"did not answer within {self.limit_seconds:g} seconds: it is down, or a firewall drops packets"
        return f"cannot be reached: {error.strerror or type(error).__name__}"

    @staticmethod
    def _shut_down(connected: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)
