"""Which addresses answer an echo request, by the system's fping: ICMP needs privileges that we have not."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from netraven_cli.errors import AttemptError, ErrorClass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WAIT_MILLISECONDS = 500
UNREACHABLE = (0, 1, 2)  # fping(8): all answered, some did not, some have no address; the others are faults


def answering(
    addresses: Sequence[str], rate: int, on_abort: Callable[[Callable[[], None]], None] = lambda _close: None
) -> frozenset[str]:
    """Those of the addresses that answer; at most `rate` requests are sent in a second.

    Raises:
        AttemptError: there is no fping, or it may not do this.
    """
    program = shutil.which("fping")
    if program is None:
        raise AttemptError(ErrorClass.SETTINGS, "the range wants --ping, and there is no fping here; install it")
    pause = str(max(1000 // rate, 1))
    command = [program, "-a", "-r", "0", "-t", str(WAIT_MILLISECONDS), "-i", pause]
    with subprocess.Popen(command, stdin=-1, stdout=-1, stderr=-1, text=True) as process:
        on_abort(process.kill)
        said, complaint = process.communicate("\n".join(addresses) + "\n")
    if process.returncode not in UNREACHABLE:
        why = complaint.strip().splitlines()[-1:] or [f"it ended with {process.returncode}"]
        raise AttemptError(ErrorClass.SETTINGS, f"fping cannot send echo requests here: {why[0]}")
    return frozenset(said.split()) & frozenset(addresses)
