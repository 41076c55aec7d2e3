"""The drivers of netmiko, waiting on the channel instead of polling it, and kept from changing a configuration.

Each driver stands between two classes of ours: `Waiting` beneath it replaces the primitives of BaseConnection (all of
which sleep), `_Session` above it decides what a driver may do.
"""

from __future__ import annotations

import logging
import re
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import netmiko
import paramiko
from netmiko.fortinet import FortinetSSH
from netmiko.ruckus import RuckusFastironSSH

from netraven_cli.device.ssh import HostKeyPolicy, make_transport
from netraven_cli.device.telnet import TelnetStream, log_in
from netraven_cli.device.waiting import Waiting, WireChannel
from netraven_cli.device.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from netraven_cli.device.transcript import Transcript
    from netraven_cli.model import Device, Login, Platform


class EnableRefusedError(Exception):
    """The device did not let us into privileged mode."""


class ConfigurationModeError(Exception):
    """A driver wants to enter configuration mode."""


class _Session(Waiting):
    """What stands above the driver: our client, our wire, and nothing that changes a configuration."""

    login: Login
    transcript: Transcript | None = None
    accept_key: Callable[[str], None]
    known_key: str | None = None
    legacy_algorithms = False
    logged_in = False
    leaves_paging = False

    def special_login_handler(self, delay_factor: float = 1.0) -> None:
        """The shell is there: read it through a Wire from here on."""
        self.logged_in = True
        self.wire = Wire(cast("paramiko.Channel", self.remote_conn), self.transcript)
        self.channel = WireChannel(self.wire)
        super().special_login_handler(delay_factor)

    def open(self) -> None:
        """Log in and prepare the session."""
        self._open()

    def prepare(self, command: str) -> None:
        """Send a command whose answer does not matter; the prompt may be another one after it."""
        self.write_channel(self.normalize_cmd(command))
        self.find_prompt()

    def _try_session_preparation(self, force_data: bool = True) -> None:
        if force_data:  # some drivers count on the second prompt that this brings
            self.write_channel(self.RETURN)
        self.session_preparation()

    def _get_ssh_client_instance(self) -> paramiko.SSHClient:
        # Drivers that answer the login's questions themselves know nothing of keys.
        return paramiko.SSHClient() if self.key_file or self.allow_agent else super()._get_ssh_client_instance()

    def _build_ssh_client(self) -> paramiko.SSHClient:
        client: paramiko.SSHClient = self._get_ssh_client_instance()
        client.set_missing_host_key_policy(HostKeyPolicy(self.accept_key))
        return client

    def _connect_params_dict(self) -> dict[str, Any]:
        make = partial(make_transport, legacy=self.legacy_algorithms, known_key=self.known_key)
        return {**super()._connect_params_dict(), "transport_factory": make}

    def disable_paging(self, *arguments: Any, **options: Any) -> str:
        """Not where that would change the configuration: our reader answers the pager."""
        return "" if self.leaves_paging else super().disable_paging(*arguments, **options)

    def enable_secret_handler(self, pattern: str, output: str, re_flags: int = re.IGNORECASE) -> str:
        """Give the enable password once: a device asks three times, and counts."""
        if not re.search(pattern, output, flags=re_flags):
            return ""
        if not self.secret:
            raise EnableRefusedError("it asks for an enable password, and the credential has none")
        self.write_channel(self.normalize_cmd(self.secret))
        answer: str = self.read_until_prompt_or_pattern(pattern=pattern, re_flags=re_flags)
        if re.search(pattern, answer, flags=re_flags):
            raise EnableRefusedError("it refused the enable password")
        return answer

    def config_mode(self, *_arguments: Any, **_options: Any) -> str:
        """Refuse: a backup reads."""
        raise ConfigurationModeError

    def send_config_set(self, *_arguments: Any, **_options: Any) -> str:
        """Refuse: a backup reads."""
        raise ConfigurationModeError

    def disconnect(self) -> None:
        """Close without the driver's farewell: some take seconds for it, and some change the configuration."""
        # netmiko adds a filter to its logger for each session, and only its own disconnect() removes it.
        netmiko.log.removeFilter(self._secrets_filter)
        client: paramiko.SSHClient | None = getattr(self, "remote_conn_pre", None)
        if client:
            client.close()


class _TelnetSession(_Session):
    """The same over telnet; `sock` is what it is spoken over."""

    def establish_connection(self, width: int = 511, height: int = 1000) -> None:  # noqa: ARG002 - netmiko's signature
        """Log in; the driver's own farewells and questions belong to SSH."""
        self.wire = Wire(TelnetStream(self.sock), self.transcript)
        self.channel = WireChannel(self.wire)
        self._read_buffer = log_in(self.wire, self.login, self.username)
        self.logged_in = True


class _ReadOnlyFortinet(FortinetSSH):
    """The driver of netmiko sets `config system console / set output standard`; our reader answers the pager."""

    def session_preparation(self) -> None:
        """Find the prompt, after a banner that wants to be accepted."""
        if "to accept" in self.read_until_pattern(pattern=f"to accept|{self.prompt_pattern}"):
            self.write_channel("a\r")
        self.set_base_prompt()


class _CarefulFastiron(RuckusFastironSSH):
    """The driver of netmiko gives a refused enable password three times, past our own handler."""

    def enable(
        self,
        cmd: str = "enable",
        pattern: str = "ssword",
        enable_pattern: str | None = None,  # noqa: ARG002 - netmiko's signature
        check_state: bool = True,
        re_flags: int = re.IGNORECASE,
    ) -> str:
        """Enter privileged mode as on other devices; where RADIUS asks for a name, give it first."""
        if check_state and self.check_enable_mode():
            return ""
        self.write_channel(self.normalize_cmd(cmd))
        self.read_until_pattern(pattern=re.escape(cmd))
        asked = self.read_until_prompt_or_pattern(pattern=f"{pattern}|User Name:|Login:", re_flags=re_flags)
        if re.search("User Name:|Login:", asked):
            self.write_channel(self.normalize_cmd(self.username))
            asked = self.read_until_prompt_or_pattern(pattern=pattern, re_flags=re_flags)
        self.enable_secret_handler(pattern, asked, re_flags)
        if not self.check_enable_mode():
            raise EnableRefusedError("it did not grant privileged mode")
        return asked


_ABOVE: dict[str, tuple[type, ...]] = {
    "fortinet": (_ReadOnlyFortinet,),
    "ruckus_fastiron": (_CarefulFastiron,),
    "brocade_fastiron": (_CarefulFastiron,),
}


def make_driver(
    platform: Platform,
    login: Login,
    device: Device,
    accept_key: Callable[[str], None],
    transcript: Transcript | None,
) -> _Session:
    """A driver for a platform, not connected yet.

    Raises:
        KeyError: netmiko has no driver of that name.
    """
    _silence_libraries()
    kind = netmiko.ssh_dispatcher(platform.driver)
    above = _TelnetSession if device.options.telnet else _Session
    driver: _Session = type(kind.__name__, (above, *_ABOVE.get(platform.driver, ()), kind, Waiting), {})(
        device_type=platform.driver,
        host=device.address,
        port=device.port,
        username=login.username,
        password=login.password.reveal() if login.password else None,
        secret=login.enable.reveal() if login.enable else "",
        key_file=login.key_file,
        allow_agent=login.agent,
        global_delay_factor=0.01,
        allow_auto_change=False,
        auto_connect=False,
    )
    driver.login = login
    driver.accept_key = accept_key
    driver.known_key = device.host_key
    driver.legacy_algorithms = device.options.legacy_algorithms
    driver.transcript = transcript
    driver.leaves_paging = platform.leave_paging
    driver.prompt_varies = platform.prompt_varies
    return driver


def _silence_libraries() -> None:
    """Keep paramiko's tracebacks off stderr, and netmiko's record of all that it sends out of every log."""
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
    logging.getLogger("netmiko").setLevel(logging.WARNING)
