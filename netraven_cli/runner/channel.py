"""What a runner and the leader of an attempt's process say to each other, over a pair of sockets.

The runner sends the call; the leader says that it began, or why not; the runner may send END; the leader says how it
ended. A runner or a leader that was killed is noticed by the end of the stream.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

LENGTH = struct.Struct("!Q")
BEGUN = struct.Struct("!i")  # 0, or the number of the error that kept it from beginning
ENDED = struct.Struct("!iQQQQQ")
END = b"E"
ANSWER_BYTES = 32 << 20  # the largest answer of a worker process


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a worker process ended, and what came out of it."""

    status: int  # its exit status, or the number of the signal that killed it, below 0
    answer: bytes
    answer_bytes: int  # that it wrote; `answer` is empty if that was too much
    output: bytes  # of standard output and error: the beginning and the end
    output_bytes: int
    trace: bytes  # where its threads were when it was ended, or crashed


def send_call(channel: socket.socket, call: bytes) -> None:
    """Send what is to be done."""
    channel.sendall(LENGTH.pack(len(call)) + call)


def receive_call(channel: socket.socket) -> bytes:
    """Take what is to be done.

    Raises:
        EOFError: the runner is gone.
    """
    (size,) = LENGTH.unpack(_exactly(channel, LENGTH.size))
    return _exactly(channel, size)


def send_begun(channel: socket.socket, error_number: int = 0) -> None:
    """Say that it began, or what kept it from beginning."""
    channel.sendall(BEGUN.pack(error_number))


def receive_begun(channel: socket.socket) -> int:
    """0, or the number of the error that kept it from beginning.

    Raises:
        EOFError: who should have begun it is gone.
    """
    (error_number,) = BEGUN.unpack(_exactly(channel, BEGUN.size))
    return int(error_number)


def send_ended(channel: socket.socket, ended: Ended) -> None:
    """Say how it ended."""
    parts = ended.answer, ended.output, ended.trace
    head = ENDED.pack(ended.status, *(len(part) for part in parts), ended.answer_bytes, ended.output_bytes)
    for part in (head, *parts):
        channel.sendall(part)


def receive_ended(channel: socket.socket) -> Ended:
    """Wait until it ended.

    Raises:
        EOFError: the leader was killed.
    """
    status, answer, output, trace, answer_bytes, output_bytes = ENDED.unpack(_exactly(channel, ENDED.size))
    return Ended(
        status=status,
        answer=_exactly(channel, answer),
        output=_exactly(channel, output),
        trace=_exactly(channel, trace),
        answer_bytes=answer_bytes,
        output_bytes=output_bytes,
    )


def _exactly(channel: socket.socket, size: int) -> bytes:
    """So many bytes.

    Raises:
        EOFError: there are no more.
    """
    parts = bytearray()
    while len(parts) < size:
        part = channel.recv(min(size - len(parts), 1 << 20))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)
