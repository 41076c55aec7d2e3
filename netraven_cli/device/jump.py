"""The way to a device: over TCP, or through the SSH servers of jump hosts, each inside the connection before it."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import paramiko

from netraven_cli.device.host_keys import check_jump_key
from netraven_cli.device.key_file import check_key_file
from netraven_cli.device.line import NoWayError, jump_host
from netraven_cli.device.screen import printable
from netraven_cli.device.secret import with_secrets
from netraven_cli.device.ssh import HostKeyPolicy, make_transport
from netraven_cli.errors import AttemptError, ErrorClass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from netraven_cli.device.line import Line
    from netraven_cli.model import Device, Hop, Login

_FORBIDDEN = 1  # SSH_OPEN_ADMINISTRATIVELY_PROHIBITED of RFC 4254, 5.1


def check_way(device: Device, jumps: Sequence[Hop]) -> None:
    """Refuse jump hosts that are not those of the device: it is never reached by another way than it should be.

    Raises:
        AttemptError: its way is not whole.
    """
    behind = device
    for hop in reversed(jumps):
        if hop.device.name != behind.options.jump:
            break
        behind = hop.device
    if behind.options.jump:
        reason = f"there is no way through {behind.options.jump}, the jump host of {behind.name}"
        raise AttemptError(ErrorClass.SETTINGS, f"{reason}; see: netraven device show {behind.name}")


class _Passage:
    """A channel as the socket of another transport: closing it is no error when the connection is gone already."""

    def __init__(self, channel: paramiko.Channel) -> None:
        self._channel = channel

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)

    def close(self) -> None:
        with suppress(OSError, EOFError, paramiko.SSHException):
            self._channel.close()


@contextmanager
def reached(device: Device, jumps: Sequence[Hop], line: Line, policy: str) -> Iterator[Any]:
    """What to speak SSH over with a device: a socket, or a channel of the last jump host.

    Raises:
        AttemptError: it cannot be had; refusals of a jump host's credentials are in `refused`.
    """
    passage: Any = line.connect()
    with ExitStack() as opened:
        for hop, then in zip(jumps, [*(hop.device for hop in jumps[1:]), device], strict=False):
            client = paramiko.SSHClient()
            opened.callback(client.close)
            # paramiko looks only every 100 ms whether it was closed, but notices a lost connection at once.
            opened.callback(line.cut, "closed")
            passage = _pass(hop, client, passage, then, line, policy)
        yield passage


def _pass(hop: Hop, client: paramiko.SSHClient, passage: Any, then: Device, line: Line, policy: str) -> Any:
    """A channel through a jump host to what comes then."""
    where = jump_host(hop.device)
    try:
        _log_in(hop, client, passage, line, policy)
        transport = client.get_transport()
        assert transport is not None  # noqa: S101 - it is connected
        place = (then.address, then.port)
        return _Passage(transport.open_channel("direct-tcpip", place, ("127.0.0.1", 0), timeout=line.limit_seconds))
    except paramiko.ChannelException as error:
        if error.code == _FORBIDDEN:
            reason = f"{where} forbids connections through it; let its SSH server forward TCP"
            raise AttemptError(ErrorClass.SETTINGS, reason) from None
        reason = f"{where} cannot connect to {then.address} port {then.port}: {printable(error.text)}"
        raise AttemptError(ErrorClass.NETWORK, reason) from None
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise _lost(error, where, line) from None


def _lost(error: BaseException, where: str, line: Line) -> AttemptError:
    if line.is_aborted:
        return line.abort_error()
    if line.cut_by:
        return NoWayError(ErrorClass.NETWORK, f"{where} gave no way through within {line.limit_seconds:g} seconds")
    if isinstance(error, paramiko.ssh_exception.IncompatiblePeer):
        return AttemptError(
            ErrorClass.PROTOCOL, f"{where} offers no SSH algorithm that it may: {printable(str(error))}"
        )
    return NoWayError(ErrorClass.NETWORK, f"{where} broke the connection: {printable(str(error))}")


def _log_in(hop: Hop, client: paramiko.SSHClient, passage: Any, line: Line, policy: str) -> None:
    where = jump_host(hop.device)
    client.set_missing_host_key_policy(HostKeyPolicy(lambda key: check_jump_key(where, hop.device, key, policy)))
    if hop.device.options.telnet:
        raise AttemptError(ErrorClass.SETTINGS, f"{where} is reached by telnet, which connects nobody to others")
    if not hop.logins:
        raise AttemptError(ErrorClass.SETTINGS, f"no credential fits {where}, or those that do are stopped")
    login = with_secrets(hop.logins[0])
    check_key_file(login)
    try:
        _connect(hop.device, login, client, passage, line)
    except paramiko.AuthenticationException as error:
        if line.cut_by or "EOF" in str(error):
            raise _lost(error, where, line) from None
        refused = AttemptError(ErrorClass.SETTINGS, f"{where} refused the credential {login.credential}")
        refused.refused = (login.credential,)
        raise refused from None


def _connect(device: Device, login: Login, client: paramiko.SSHClient, passage: Any, line: Line) -> None:
    seconds = line.limit_seconds + 5  # the line's own limit ends it
    client.connect(
        device.address,
        device.port,
        login.username,
        login.password.reveal() if login.password else None,
        key_filename=login.key_file,
        sock=passage,
        allow_agent=login.agent,
        look_for_keys=False,
        timeout=seconds,
        banner_timeout=seconds,
        auth_timeout=seconds,
        transport_factory=partial(make_transport, legacy=device.options.legacy_algorithms, known_key=device.host_key),
    )
