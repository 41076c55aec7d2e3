"""Which device a syslog line is of, and whether it tells of a change of its configuration.

Lines as RFC 5424 and RFC 3164 have them, with or without their priority, and as rsyslog writes them into files. They
come from anywhere, under any name: all that a line can bring about is that a device of ours is backed up.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from netraven_cli.model import Device, Platform

_HEADER = re.compile(
    r"(?:<\d{1,3}>)?(?:\d{1,2} )?"  # priority; version of RFC 5424
    r"(?:[A-Z][a-z]{2} {1,2}\d{1,2} (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d+)?|\d{4}-\d\d-\d\dT\S+) "
    r"(?P<host>\S+) (?P<text>.*)"
)


class ChangeMessages:
    """The devices of ours by what their lines may call them, with the patterns of their platforms."""

    def __init__(self, devices: Iterable[Device], platforms: Mapping[str, Platform]) -> None:
        self._devices: dict[str, list[tuple[Device, re.Pattern[str]]]] = {}
        patterns = {
            name: re.compile("|".join(f"(?:{one})" for one in platform.change_messages))
            for name, platform in platforms.items()
            if platform.change_messages
        }
        for device in devices:
            if device.platform in patterns:
                for name in {device.name.lower(), device.address.lower()}:
                    self._devices.setdefault(name, []).append((device, patterns[device.platform]))

    def changed(self, line: str) -> list[Device]:
        """The devices that a line says were changed: several only if they share an address."""
        header = _HEADER.match(line)
        if header is None:
            return []
        host = header["host"].lower()
        known = self._devices.get(host) or self._devices.get(host.partition(".")[0], [])
        return [device for device, pattern in known if pattern.search(header["text"])]
