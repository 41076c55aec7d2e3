"""What a process of ours asks of Linux about itself and its children."""

from __future__ import annotations

import os
import resource
import signal
from contextlib import suppress
from pathlib import Path

SET_PDEATHSIG, SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h, man 2 prctl
KILLED_FIRST = "500"  # of 1000: the out-of-memory killer takes a handler before the runner, man 5 proc


def die_with_parent() -> None:
    """Be killed when the process that forked this one is gone."""
    _prctl(SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of all descendants whose own parent is gone, those that left their session too."""
    _prctl(SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    with suppress(ImportError, MemoryError, AttributeError):  # ctypes is missing or forbidden on some hardened systems
        import ctypes  # noqa: PLC0415 - as it may be missing

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def limit(memory_bytes: int) -> None:
    """Bound this process's memory (0: it is not), leave no core file, and be the first to go when the machine is short.

    RLIMIT_DATA counts what is written to; RLIMIT_AS would count the reserved space of every thread (man 2 getrlimit).
    """
    with suppress(OSError, ValueError):  # a smaller hard limit than ours is there already
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _limit_data(memory_bytes or resource.RLIM_INFINITY)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(KILLED_FIRST, encoding="ascii")


def unlimit() -> None:
    """Give a process that reached its limit the memory to say so."""
    with suppress(OSError, ValueError):
        _limit_data(resource.RLIM_INFINITY)


def _limit_data(wanted: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    both = {wanted, hard} - {resource.RLIM_INFINITY}
    resource.setrlimit(resource.RLIMIT_DATA, (min(both, default=resource.RLIM_INFINITY), hard))


def kill_descendants() -> None:
    """Kill all descendants of this process; come back when there are none."""
    with suppress(ChildProcessError):  # no child is left
        while True:
            killed = [child for child in _children() if _kill(child)]
            # What a killed child leaves becomes a child of this process, and is killed in the next round.
            if os.waitpid(-1, 0 if killed else os.WNOHANG)[0] == 0:
                return


def _kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except PermissionError:
        return False  # it became another user's, as sudo does
    return True


def _children() -> list[int]:
    pid = os.getpid()
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(word) for word in text.split()]
