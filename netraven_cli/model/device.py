"""Devices, and what it takes to log in on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Device(NewDevice):
    """A device of the inventory."""

    id: int
    host_key: str | None = None  # "type base64" as first seen; None: not seen yet


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A credential opened for use in one session."""

    credential: str
    username: str
    password: Secret | None = None
    enable: Secret | None = None
    key_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """How a kind of device is asked for its configuration, and how the answer is read. See device/platforms.yml.

    All patterns are regular expressions (Python `re`, MULTILINE), matched against text with LF line ends.

    `structure` names the check that stands in for an end marker; snapshot/judge.py has the checks:
    `braces`: every `{` has its `}`, those in quotes and comments aside (Junos, PAN-OS, VyOS).
    `config-blocks`: every `config` has its `end`, every `edit` its `next` (FortiOS).
    `set-lines`: every line is a whole `set …` command (`show configuration commands`, `display set`).
    `prompt`: nothing in the text proves its end; the prompt after it and `minimum_lines` must do.
    """

    name: str  # the netmiko device type
    commands: tuple[str, ...]  # their answers, one after the other, are the configuration
    needs_enable: bool = False
    prepare: tuple[str, ...] = ()  # sent before the commands; must not change the configuration
    end_marker: str | None = None  # must match within the last lines of a complete configuration
    structure: str | None = None  # where there is no end marker: a check by name, see above
    volatile: tuple[str, ...] = ()  # lines that change without a change of configuration: dropped
    ignore: tuple[str, ...] = ()  # lines the same, but kept: a change of them alone is none
    secrets: tuple[tuple[str, tuple[str, ...]], ...] = ()  # kind -> patterns; each group of a pattern is a secret
    required: tuple[str, ...] = ()  # each matches somewhere in every complete configuration
    error_patterns: tuple[str, ...] = ()  # the error text of the device's command line
    pager: str | None = None  # the pager's prompt on a line of its own, answered by a space and dropped
    minimum_lines: int = 1
    leave: str = "exit"  # ends the session
