"""Asks a device for its host key alone: the connection ends before anybody logs in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import paramiko

from netraven_cli.device.jump import check_way, reached
from netraven_cli.device.line import Line
from netraven_cli.device.screen import printable
from netraven_cli.device.ssh import make_transport
from netraven_cli.errors import AttemptError, ErrorClass

if TYPE_CHECKING:
    from netraven_cli.device.session import Limits
    from netraven_cli.model import Device


def ask_for_key(device: Device, limits: Limits) -> str:
    """The key that a device shows now, "type base64".

    Raises:
        AttemptError: it cannot be reached, or shows none.
    """
    check_way(device, limits.jumps)
    with Line(device, limits.login_timeout_seconds, limits.jumps) as line:
        try:
            with reached(device, limits.jumps, line, limits.host_keys) as passage:
                return _key_of(device, passage, line)
        except (paramiko.SSHException, OSError, EOFError) as error:
            reason = f"{line.where} shows no host key: {printable(str(error)) or 'it closed the connection'}"
            raise AttemptError(ErrorClass.NETWORK, reason) from None


def _key_of(device: Device, passage: object, line: Line) -> str:
    legacy = device.options.legacy_algorithms
    transport = make_transport(passage, legacy=legacy, known_key=None)  # type: ignore[arg-type] # or a channel
    try:
        transport.start_client(timeout=line.limit_seconds)
        key = transport.get_remote_server_key()
        return f"{key.get_name()} {key.get_base64()}"
    finally:
        line.cut("closed")
        transport.close()
