"""Where the processes of attempts come from: a fork server, started when it is first needed, and anew if it is gone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from threading import Lock

from netraven_cli.runner.channel import receive_begun, send_call
from netraven_cli.runner.pool import NotBegunError

END_SECONDS = 5
TRIES = 3  # a fork server that is killed again and again is not a mishap
# The working folder is no place to import from; it is the first one for `python -c`.
PROGRAM = "import sys; del sys.path[0]; from netraven_cli.runner.fork_server import main; main()"


class Processes:
    """Begins calls in processes of their own; from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._server: tuple[subprocess.Popen[bytes], socket.socket] | None = None

    def begin(self, call: bytes) -> socket.socket:
        """Begin a call; returns the socket to its leader, which is the caller's to close.

        Raises:
            NotBegunError: this machine has no room for another process.
        """
        reason = "its fork server was killed each time"
        for _ in range(TRIES):
            try:
                return self._begin(call)
            except (ConnectionError, EOFError):
                continue  # the server was killed, and nothing of this call has begun: the next one is new
            except OSError as error:
                reason = error.strerror or str(error)
                break
        raise NotBegunError(f"no process could be started for an attempt: {reason}")

    def close(self) -> None:
        """Let the fork server go; a leader that still has its socket is not touched."""
        with self._lock:
            self._stop()

    def _begin(self, call: bytes) -> socket.socket:
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._hand_over(theirs)
            send_call(ours, call)
            error_number = receive_begun(ours)
            if error_number:
                raise OSError(error_number, os.strerror(error_number))
        except BaseException:
            ours.close()
            raise
        return ours

    def _hand_over(self, channel: socket.socket) -> None:
        """Give the fork server one end of a pair of sockets."""
        with self._lock:
            if self._server is None or self._server[0].poll() is not None:
                self._stop()
                self._server = _started()
            socket.send_fds(self._server[1], [b"."], [channel.fileno()])

    def _stop(self) -> None:
        if self._server is None:
            return
        process, requests = self._server
        self._server = None
        requests.close()  # ends it
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:  # somebody has stopped it
            process.kill()
            process.wait()


def _started() -> tuple[subprocess.Popen[bytes], socket.socket]:
    """A new fork server, and the socket that takes its orders."""
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        except BaseException:
            ours.close()
            raise
    return process, ours
