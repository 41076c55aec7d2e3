"""The process that attempts of third-party handlers are forked from.

It has imported what every one of them needs, and no more: nothing of a third party ever runs in it, and it has one
thread, so that its forks are sound. It ends with its runner.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import traceback
from contextlib import suppress

from netraven_cli.runner.channel import send_begun
from netraven_cli.runner.leader import lead


def main() -> None:
    """Fork a leader for each socket that comes over standard input, until the runner is gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the leaders: man 2 sigaction
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the runner
    gc.freeze()  # leaves the pages of what was imported shared: https://docs.python.org/3/library/gc.html#gc.freeze
    with socket.socket(fileno=0) as requests:
        while True:
            _, descriptors, _, _ = socket.recv_fds(requests, 1, 1, socket.MSG_CMSG_CLOEXEC)
            if not descriptors:
                return
            with socket.socket(fileno=descriptors[0]) as channel:
                _fork(requests, channel)


def _fork(requests: socket.socket, channel: socket.socket) -> None:
    try:
        pid = os.fork()
    except OSError as error:
        with suppress(OSError):
            send_begun(channel, error.errno or 1)
        return
    if pid == 0:
        requests.close()
        try:
            lead(channel)
        except EOFError:
            pass  # the runner is gone
        except BaseException:
            traceback.print_exc()  # on standard error of the runner, which says that this leader died
        finally:
            os._exit(0)
