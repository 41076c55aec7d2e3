"""Whether a device is there, and who it is: connects, reads the SSH greeting and the host key, and leaves.

Nothing secret is sent: the host key comes with the key exchange (RFC 4253, 8), before any login.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netraven_cli.device.line import Line
from netraven_cli.device.screen import printable
from netraven_cli.errors import AttemptError, ErrorClass

if TYPE_CHECKING:
    from collections.abc import Callable

    import paramiko

    from netraven_cli.device.session import Limits
    from netraven_cli.model import Device


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What a device showed that took the connection."""

    latency_ms: float
    banner: str | None = None  # "SSH-2.0-…"
    host_key: str | None = None  # "type base64"
    fault: str | None = None  # why there is no host key


def reach(
    device: Device,
    limits: Limits,
    on_abort: Callable[[Callable[[], None]], None] = lambda _close: None,
) -> Reached:
    """Connect to a device, within the limit of a login, and look at it.

    Raises:
        NoWayError: this machine knows no way to it.
        AttemptError: of the class network: it does not take the connection.
    """
    from netraven_cli.device.jump import check_way, reached  # noqa: PLC0415 - paramiko takes 120 ms
    from netraven_cli.device.ssh import make_transport  # noqa: PLC0415 - the same

    logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # it writes tracebacks to stderr
    check_way(device, limits.jumps)
    legacy, known_key = device.options.legacy_algorithms, device.host_key
    with Line(device, limits.login_timeout_seconds, limits.jumps) as line, ExitStack() as opened:
        on_abort(line.cut)
        try:
            passage = opened.enter_context(reached(device, limits.jumps, line, limits.host_keys))
            if device.options.telnet:  # it has no key to show, and a greeting only for who waits for it
                return Reached(latency_ms=line.latency_ms or 0)
            transport = make_transport(passage, legacy=legacy, known_key=known_key)
        except OSError as error:  # no socket to be had: `connect` tells of all that the network does
            raise AttemptError(ErrorClass.RESOURCE, f"no connection can be made here: {error.strerror}") from None
        try:
            return _look(transport, line)
        finally:
            line.cut("closed")  # the socket first: see connect.py
            transport.close()


def _look(transport: paramiko.Transport, line: Line) -> Reached:
    import paramiko  # noqa: PLC0415 - see above

    key, fault = None, None
    try:
        transport.start_client(timeout=line.limit_seconds + 5)  # the limit of the line ends it: see connect.py
        shown = transport.get_remote_server_key()
        key = f"{shown.get_name()} {shown.get_base64()}"
    except (paramiko.SSHException, OSError, EOFError, ValueError) as error:
        if line.is_aborted:
            raise line.abort_error() from None
        fault = _in_words(error, line)
    said = transport.remote_version or None
    return Reached(latency_ms=line.latency_ms or 0, banner=printable(said) if said else None, host_key=key, fault=fault)


def _in_words(error: Exception, line: Line) -> str:
    if line.cut_by:
        return f"{line.where} took the connection and said nothing of SSH within {line.limit_seconds:g} seconds"
    words = printable(str(error)) or type(error).__name__
    return f"{line.where} took the connection and does not speak SSH as expected: {words}"
