"""A listener on every address of loopback, with its own log of who was asked: proof of what a sweep touched."""

from __future__ import annotations

import selectors
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Listener:
    """Where it listens, and which addresses of it were connected to, in order."""

    port: int
    asked: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)  # seconds, monotonic


@contextmanager
def listening() -> Iterator[Listener]:
    """Listen on one port of all addresses of IPv4 (127.0.0.0/8 is one host on Linux), and close each connection."""
    with socket.create_server(("0.0.0.0", 0), backlog=4096) as server, selectors.DefaultSelector() as waiting:  # noqa: S104 - loopback has 2^24 addresses
        server.settimeout(0)
        listener, stop = Listener(server.getsockname()[1]), socket.socketpair()
        waiting.register(server, selectors.EVENT_READ)
        waiting.register(stop[0], selectors.EVENT_READ, data=stop)
        thread = threading.Thread(target=_serve, args=(listener, server, waiting))
        thread.start()
        try:
            yield listener
        finally:
            stop[1].send(b"x")
            thread.join()
            for end in stop:
                end.close()


def _serve(listener: Listener, server: socket.socket, waiting: selectors.BaseSelector) -> None:
    while not any(key.data for key, _ in waiting.select()):
        _take_all(listener, server)
    _take_all(listener, server)


def _take_all(listener: Listener, server: socket.socket) -> None:
    while True:
        try:
            taken, _ = server.accept()
        except BlockingIOError:
            return
        except ConnectionError:  # it was reset while it waited here
            continue
        with taken:
            listener.asked.append(taken.getsockname()[0])
            listener.times.append(time.monotonic())
