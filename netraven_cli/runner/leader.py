"""The leader: a process of ours that watches over the one process of an attempt, and leaves nothing of it behind.

It alone reads what the worker writes, so that a flood costs neither the runner's time nor its memory.
"""

from __future__ import annotations

import os
import selectors
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from netraven_cli.runner.channel import ANSWER_BYTES, Ended, receive_call, send_begun, send_ended
from netraven_cli.runner.process import adopt_orphans, kill_descendants
from netraven_cli.runner.worker import work

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

OUTPUT_BYTES = 16 << 10  # kept of standard output and error, half of it from the end
TRACE_BYTES = 16 << 10
TRACE_SECONDS = 3.0  # how long a worker may take to say where it is
CHUNK = 1 << 16
IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # who stops the runner stops this too, by its socket


class Kept:
    """What comes out of a descriptor: its beginning, its end, and how much it was."""

    def __init__(self, descriptor: int, head: int, tail: int = 0) -> None:
        self.descriptor, self.total = descriptor, 0
        self._head, self._tail = head, tail
        self._parts, self._end = bytearray(), b""
        os.set_blocking(descriptor, False)

    @property
    def data(self) -> bytes:
        """What is kept."""
        return bytes(self._parts) + self._end

    def read(self) -> bool:
        """Take what is there; False at its end."""
        try:
            data = os.read(self.descriptor, CHUNK)
        except BlockingIOError:
            return True
        self.total += len(data)
        room = max(self._head - len(self._parts), 0)
        self._parts += data[:room]
        if self._tail and data[room:]:
            self._end = (self._end + data[room:])[-self._tail :]
        return bool(data)

    def read_all(self) -> None:
        """Take all that is there."""
        before = -1
        while self.total > before:
            before = self.total
            self.read()


def lead(channel: socket.socket) -> None:
    """Do one call in a process of its own, and say how that ended."""
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)
    adopt_orphans()
    call = receive_call(channel)
    watch = _begin(channel, call)
    if watch is None:
        return
    watch.follow()
    kill_descendants()
    with suppress(OSError):  # the runner is gone
        send_ended(channel, watch.ended())


def _begin(channel: socket.socket, call: bytes) -> _Watch | None:
    """Fork the worker; None if the machine has no room for it: that was said then."""
    woken = _woken_by_children()
    (answer, answers), (output, outputs), (trace, traces) = (os.pipe() for _ in range(3))
    try:
        pid = os.fork()
    except OSError as error:
        send_begun(channel, error.errno or 1)
        return None
    if pid == 0:
        channel.close()
        work(call, answers, outputs, traces)
    for descriptor in (answers, outputs, traces):
        os.close(descriptor)
    send_begun(channel)
    half = OUTPUT_BYTES // 2
    return _Watch(channel, pid, woken, Kept(answer, ANSWER_BYTES), Kept(output, half, half), Kept(trace, TRACE_BYTES))


def _woken_by_children() -> int:
    """A descriptor that can be read when a child ended."""
    woken, wake = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    return woken


class _Watch:
    """A worker under way."""

    def __init__(
        self, channel: socket.socket, pid: int, woken: int, answer: Kept, output: Kept, trace: Kept
    ) -> None:  # fmt: skip
        self.pid = pid
        self._channel, self._woken = channel, woken
        self._answer, self._output, self._trace = answer, output, trace
        self._status: int | None = None
        self._kill_at: float | None = None  # seconds, monotonic
        self._selector = selectors.DefaultSelector()
        self._on(channel.fileno(), self._told)
        self._on(woken, lambda: bool(os.read(woken, CHUNK)))
        for kept in (answer, output, trace):
            self._on(kept.descriptor, kept.read)

    def follow(self) -> None:
        """Read and watch until the worker has ended, by itself or by a kill."""
        while self._status is None:
            for key, _ in self._selector.select(self._seconds_left()):
                if not key.data():
                    self._selector.unregister(key.fd)
            if self._seconds_left() == 0 or self._answer.total > ANSWER_BYTES:
                os.kill(self.pid, signal.SIGKILL)
            self._reap()

    def ended(self) -> Ended:
        """How it ended; nobody who could write is left."""
        for kept in (self._answer, self._output, self._trace):
            kept.read_all()
        return Ended(
            status=os.waitstatus_to_exitcode(self._status or 0),
            answer=self._answer.data if self._answer.total <= ANSWER_BYTES else b"",
            answer_bytes=self._answer.total,
            output=self._output.data,
            output_bytes=self._output.total,
            trace=self._trace.data,
        )

    def _on(self, descriptor: int, act: Callable[[], bool]) -> None:
        self._selector.register(descriptor, selectors.EVENT_READ, act)

    def _seconds_left(self) -> float | None:
        return None if self._kill_at is None else max(self._kill_at - time.monotonic(), 0)

    def _told(self) -> bool:
        """The runner wants it ended, or is gone: then another one may begin the same job at once."""
        with suppress(OSError):
            if self._channel.recv(1):
                os.kill(self.pid, signal.SIGABRT)  # faulthandler says where it is: worker.py
                self._kill_at = time.monotonic() + TRACE_SECONDS
                return True
        self._kill_at = 0.0
        return False

    def _reap(self) -> None:
        """Bury the worker if it ended, and what it left to this process meanwhile."""
        with suppress(ChildProcessError):
            while self._status is None:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
                if ended is None:
                    return
                if ended.si_pid == self.pid:
                    self._status = self._bury_the_worker()
                else:
                    os.waitpid(ended.si_pid, 0)

    def _bury_the_worker(self) -> int:
        """Kill its group while it lies there still: its number may be another's as soon as it is buried."""
        with suppress(ProcessLookupError):  # it ended before it had a group
            os.killpg(self.pid, signal.SIGKILL)
        return os.waitpid(self.pid, 0)[1]
