"""Devices, and what it takes to log in on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from netraven_cli.model.options import Options
from netraven_cli.model.snmp import PUBLIC_COMMUNITIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netraven_cli.model.reference import Reference
    from netraven_cli.model.snmp import Snmp


class Secret:
    """Text that never shows itself: no representation, formatted message, JSON or copy in a log has it.

    Call `reveal()` at the one place where the text is needed.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(•••)"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._text)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDevice:
    """A managed network element as it is to be entered into the inventory."""

    name: str
    address: str
    platform: str
    port: int = 22
    zone: str = "default"
    enabled: bool = True
    credential: str | None = None  # the one credential to use, by name; None: those whose tags fit
    tags: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)  # description, serial_number, model, source, notes
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Device(NewDevice):
    """A device of the inventory."""

    id: int
    host_key: str | None = None  # "type base64" as first seen; None: not seen yet
    last_credential: str | None = None  # the one that last logged in: tried first
    refused_key: str | None = None  # another one, that it showed and that was refused; None: it shows the one on record


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """A jump host on the way to a device, with the ways to log in on it, in the order to try."""

    device: Device
    logins: tuple[Login, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Which devices a command means: any of `names`, or all that have every tag, the platform and the zone."""

    names: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    platform: str | None = None
    zone: str | None = None
    all: bool = False

    @property
    def is_open(self) -> bool:
        """True if nothing was selected: every enabled device is meant."""
        return not (self.names or self.tags or self.platform or self.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A named way to log in, without its secrets."""

    id: int
    name: str
    username: str
    priority: int  # the lower number is tried first
    tags: tuple[str, ...] = ()  # none: fits every device
    key_file: str | None = None
    has_password: bool = False
    has_enable: bool = False
    agent: bool = False  # the keys of the ssh-agent of whoever runs NetRaven are tried
    has_privacy: bool = False
    snmp: Snmp | None = None  # None: it logs in


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A credential opened for use in one session."""

    credential: str
    username: str
    password: Secret | None = None
    enable: Secret | None = None
    password_from: Reference | None = None  # it is read from there when it is used
    enable_from: Reference | None = None
    key_file: str | None = None
    agent: bool = False
    privacy: Secret | None = None
    snmp: Snmp | None = None  # not for a session: it asks an agent of SNMP

    def secrets(self) -> list[tuple[str, Secret]]:
        """Those that it has, each with what it is; its own user name is none, nor is a usual community of SNMP."""
        given = (("password", self.password), ("enable password", self.enable), ("privacy password", self.privacy))
        known = PUBLIC_COMMUNITIES if self.snmp else (self.username,)
        return [
            (f"the {what} of the credential {self.credential}", secret)
            for what, secret in given
            if secret and secret.reveal() not in known
        ]
