"""Which addresses answer an echo request, by the system's fping or ping: ICMP needs privileges that we have not."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from netraven_cli.device.pace import Pace, abortable, paced
from netraven_cli.errors import AttemptError, ErrorClass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    OnAbort = Callable[[Callable[[], None]], None]

WAIT_MILLISECONDS = 500
UNREACHABLE = (0, 1, 2)  # fping(8): all answered, some did not, some have no address; the others are faults
PINGS_AT_ONCE = 64  # processes: ping asks one address
NOT_LET = (
    "permitted",
    "denied",
    "privilege",
    "lacking",
    "invalid option",
    "unrecognized",
)  # by the kernel, or its kind


def check_there() -> None:
    """See whether one of the programs is there.

    Raises:
        AttemptError: neither is.
    """
    if not (shutil.which("fping") or shutil.which("ping")):
        raise AttemptError(ErrorClass.SETTINGS, "the range wants --ping, and there is no fping here; install it")


def answering(addresses: Sequence[str], rate: int, on_abort: OnAbort = lambda _close: None) -> frozenset[str]:
    """Those of the addresses that answer; at most `rate` requests are sent in a second.

    Raises:
        AttemptError: neither program is there, or it may not do this, or it was ended from outside.
    """
    check_there()
    if program := shutil.which("fping"):
        return _by_fping(program, addresses, rate, on_abort)
    found: set[str] = set()
    try:
        fault = asyncio.run(_ping_all(found, addresses, rate, on_abort))
    except asyncio.CancelledError:
        raise AttemptError(ErrorClass.CANCELLED, "the echo requests were ended by NetRaven itself") from None
    if fault:
        raise AttemptError(ErrorClass.SETTINGS, f"ping cannot send echo requests here: {fault}")
    return frozenset(found)


def _by_fping(program: str, addresses: Sequence[str], rate: int, on_abort: OnAbort) -> frozenset[str]:
    pause = str(max(1000 // rate, 1))
    command = [program, "-a", "-r", "0", "-t", str(WAIT_MILLISECONDS), "-i", pause]
    with subprocess.Popen(command, stdin=-1, stdout=-1, stderr=-1, text=True) as process:
        on_abort(process.kill)
        said, complaint = process.communicate("\n".join(addresses) + "\n")
    if process.returncode not in UNREACHABLE:
        why = complaint.strip().splitlines()[-1:] or [f"it ended with {process.returncode}"]
        raise AttemptError(ErrorClass.SETTINGS, f"fping cannot send echo requests here: {why[0]}")
    return frozenset(said.split()) & frozenset(addresses)


async def _ping_all(
    found: set[str], addresses: Sequence[str], rate: int, on_abort: OnAbort
) -> BaseException | str | None:
    """What kept ping from asking, if anything did."""
    faults: list[str] = []
    abortable(on_abort)

    async def ask(address: str) -> None:
        status, complaint = await _ping(address)
        if status == 0:
            found.add(address)
        elif any(word in complaint.lower() for word in NOT_LET):
            faults[:] = complaint.strip().splitlines()[:1]

    return await paced(ask, addresses, Pace(rate), PINGS_AT_ONCE) or (faults[0] if faults else None)


async def _ping(address: str) -> tuple[int, str]:
    """The status of one ping, and what it complained of.

    Not by asyncio's own subprocesses: one that is cancelled while it starts is waited for without an end.
    """
    command = ["ping", "-q", "-c", "1", "-W", "1", address]
    none = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=none, stdout=none, stderr=subprocess.PIPE) as process:
        try:
            complaint = await _all_of(process.stderr.fileno()) if process.stderr else b""
        except BaseException:  # it is cancelled, too
            process.kill()
            raise
    return process.returncode, complaint.decode(errors="replace")


async def _all_of(pipe: int) -> bytes:
    """What comes out of a pipe until it is closed."""
    loop, said = asyncio.get_running_loop(), b""
    while True:
        readable = asyncio.Event()
        loop.add_reader(pipe, readable.set)
        try:
            await readable.wait()
        finally:
            loop.remove_reader(pipe)
        data = os.read(pipe, 4096)
        if not data:
            return said
        said += data
