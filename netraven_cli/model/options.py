"""What is otherwise in the sessions on one device than the settings say."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

SSH, TELNET = 22, 23


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of a device; what is not given is as for every device."""

    jump: str | None = None  # the device, of the inventory, whose SSH server connects us; it may have one itself
    source_address: str | None = None  # the address of ours that the connection comes from
    login_timeout_seconds: float | None = None
    idle_timeout_seconds: float | None = None
    legacy_algorithms: bool = False  # SSH of the SHA-1 era is let in
    telnet: bool = False  # the sessions are telnet, in clear text

    @property
    def port(self) -> int:
        """The port of a device that is given none."""
        return TELNET if self.telnet else SSH

    def given(self) -> dict[str, Any]:
        """Those that differ from their defaults, as JSON has them."""
        values = ((field.name, getattr(self, field.name), field.default) for field in fields(self))
        return {name: value for name, value, default in values if value != default}
