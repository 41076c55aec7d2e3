"""Logs in, and says in one sentence why it could not; imports netmiko, so import it where a session begins."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import paramiko
from netmiko.exceptions import NetmikoAuthenticationException, NetmikoBaseException, NetmikoTimeoutException

from netraven_cli.device.driver import ConfigurationModeError, EnableRefusedError, make_driver
from netraven_cli.device.jump import check_way, reached
from netraven_cli.device.key_file import check_key_file
from netraven_cli.device.screen import printable
from netraven_cli.device.telnet import TelnetRefusedError
from netraven_cli.device.waiting import NoPromptError, Waiting
from netraven_cli.device.wire import LostError
from netraven_cli.errors import AttemptError, ErrorClass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netraven_cli.device.line import Line
    from netraven_cli.device.session import Limits
    from netraven_cli.device.transcript import Transcript
    from netraven_cli.model import Device, Login, Platform

NOTHING_TO_TRY = "No authentication methods available"  # as paramiko says it
_FAILURES = (
    EnableRefusedError,
    ConfigurationModeError,
    NoPromptError,
    LostError,
    TelnetRefusedError,
    NetmikoBaseException,
    paramiko.SSHException,
    OSError,
    EOFError,
    ValueError,  # what netmiko raises where a device is not as its driver expects
)


@contextmanager
def connect(
    device: Device,
    platform: Platform,
    login: Login,
    line: Line,
    accept_key: Callable[[str], None],
    transcript: Transcript | None,
    limits: Limits,
) -> Iterator[Any]:
    """A driver that is logged in, prepared, and in privileged mode if the platform needs it; closed at the end.

    Raises:
        AttemptError: it cannot be had.
    """
    check_way(device, limits.jumps)
    check_key_file(login)
    try:
        driver = make_driver(platform, login, device, accept_key, transcript)
    except KeyError:
        raise AttemptError(ErrorClass.SETTINGS, f"netmiko has no device type {platform.driver!r} for SSH") from None
    try:
        with reached(device, limits.jumps, line, limits.host_keys) as driver.sock:
            _log_in(driver, platform, login, line)
            yield driver
    except paramiko.SSHException as error:
        reason = f"{line.where} broke the SSH connection: {printable(str(error))}"
        raise AttemptError(ErrorClass.NETWORK, reason) from None
    finally:
        # The socket first: paramiko looks only every 100 ms whether it was closed, but notices this at once.
        line.cut("closed")
        driver.disconnect()


def _log_in(driver: Any, platform: Platform, login: Login, line: Line) -> None:
    # The line's own limit ends the login; those of paramiko would only name it differently.
    driver.conn_timeout = driver.banner_timeout = driver.auth_timeout = line.limit_seconds + 5
    try:
        driver.open()
        if driver.shown_prompt is None:  # of a driver that does not look for it, or in a way of its own
            Waiting.find_prompt(driver)
        if platform.needs_enable and not driver.shown_prompt.line.endswith("#"):
            _enable(driver)
        for command in platform.prepare:
            driver.prepare(command)
    except _FAILURES as error:
        raise _attempt_error(error, driver, login, line) from None


def _enable(driver: Any) -> None:
    # Some drivers wait for no echo any more by now: then a prompt that comes late is taken for the answer.
    driver.global_cmd_verify = True
    try:
        driver.enable(check_state=False)
    except (ValueError, NetmikoTimeoutException):
        raise EnableRefusedError("it did not grant privileged mode") from None


def _attempt_error(error: BaseException, driver: Any, login: Login, line: Line) -> AttemptError:
    if line.is_aborted:
        return line.abort_error()
    if driver.logged_in:
        return _after_login(error, line, login)
    if line.cut_by:
        limit = f"{line.limit_seconds:g} seconds"
        return AttemptError(ErrorClass.NETWORK, f"{line.where} took the connection and gave no login within {limit}")
    return _during_login(_cause(error), login, line)


def _cause(error: BaseException) -> BaseException:
    """What paramiko raised, beneath the page of advice that netmiko makes of it."""
    wrapped = isinstance(error, (NetmikoAuthenticationException, NetmikoTimeoutException))
    return error.__context__ if wrapped and error.__context__ else error


def _during_login(error: BaseException, login: Login, line: Line) -> AttemptError:
    words = printable(str(error))
    if isinstance(error, paramiko.PasswordRequiredException):
        reason = f"the key file {login.key_file} is encrypted; give its passphrase as the credential's password"
        return AttemptError(ErrorClass.AUTHENTICATION, reason)
    if isinstance(error, (paramiko.AuthenticationException, TelnetRefusedError)) and "EOF" not in words:
        who = f"the login of {printable(login.username)} (credential {login.credential})"
        return AttemptError(ErrorClass.AUTHENTICATION, f"{line.where} refused {who}{_how(error)}")
    if words == NOTHING_TO_TRY:
        reason = (
            f"the credential {login.credential} has nothing to log in with: no password, key file or key of an agent"
        )
        return AttemptError(ErrorClass.AUTHENTICATION, reason)
    if isinstance(error, paramiko.ssh_exception.IncompatiblePeer):
        advice = "if it is that old: netraven device edit DEVICE --option legacy_algorithms=yes"
        reason = f"{line.where} offers no SSH algorithm that is let in for it ({words}); {advice}"
        return AttemptError(ErrorClass.PROTOCOL, reason)
    if isinstance(error, (LostError, OSError, EOFError)) or "banner" in words or "EOF" in words:
        return AttemptError(ErrorClass.NETWORK, f"{line.where} closed the connection during the login")
    return AttemptError(ErrorClass.PROTOCOL, f"{line.where} does not speak SSH as expected: {words}")


def _how(error: BaseException) -> str:
    if isinstance(error, TelnetRefusedError):
        return f" over telnet: {error}" if str(error) else " over telnet"
    if isinstance(error, paramiko.BadAuthenticationType):
        return f"; it takes {printable(', '.join(error.allowed_types))} only"
    return ""


def _after_login(error: BaseException, line: Line, login: Login) -> AttemptError:
    if isinstance(error, EnableRefusedError) or "enable mode" in str(error):
        why = error if isinstance(error, EnableRefusedError) else "it did not grant privileged mode"
        reason = f"{line.where}: {why} (credential {login.credential})"
        return AttemptError(ErrorClass.AUTHORIZATION, reason)
    if isinstance(error, ConfigurationModeError):
        reason = f"{line.where}: the driver of netmiko would enter configuration mode, which a backup never does"
        return AttemptError(ErrorClass.SETTINGS, reason)
    if isinstance(error, (LostError, OSError, EOFError)) and not line.cut_by:
        return AttemptError(ErrorClass.NETWORK, f"{line.where} closed the connection right after the login")
    if line.cut_by or isinstance(error, (NoPromptError, NetmikoTimeoutException)):
        limit = f"{line.limit_seconds:g} seconds"
        reason = f"{line.where} let us in, but showed no prompt as this platform has it within {limit}"
        return AttemptError(ErrorClass.PROTOCOL, reason)
    words = printable(str(error))
    return AttemptError(ErrorClass.PROTOCOL, f"{line.where} does not answer as this platform does: {words}")
