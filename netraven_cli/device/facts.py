"""What a device says of itself, the same for all platforms: which commands to ask, and how to read the answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netraven_cli.device.linux_facts import COMMANDS as LINUX_COMMANDS
from netraven_cli.device.linux_facts import linux_facts
from netraven_cli.device.structured import first, rows_of
from netraven_cli.model.discovery import Facts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netraven_cli.device.structured import Row

SECONDS = {"y": 31_536_000, "w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}
_LENGTH = re.compile(r"(\d+)\s*(y|w|d|h|m(?!o)|s)", re.IGNORECASE)
_CLOCK = re.compile(r"\b(\d+):(\d\d)(?::(\d\d))?\b")
# What stands for a serial number that there is not.
_NO_SERIAL = re.compile(
    r"[0\W]*|n/?a|none|unknown|not specified|to be filled.*|default.*|system serial.*", re.IGNORECASE
)
_PROMPT = re.compile(r"(?:RP/\S+?:|\[?[\w.-]+@|<)?(?P<name>[\w.-]+)[^\w]*(?::.*|\(.*|>.*|/.*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a platform's facts stand: commands, and the names that the templates have for each fact."""

    vendor: str
    commands: tuple[str, ...]
    hostname: tuple[str, ...] = ("hostname",)
    model: tuple[str, ...] = ("model",)
    serial: tuple[str, ...] = ("serial_number", "serial")
    os_version: tuple[str, ...] = ("version",)
    interfaces: str | None = None  # a command whose answer has a row for each interface


_IOS = Source(
    vendor="Cisco", commands=("show version",), model=("hardware",), interfaces="show ip interface brief"
)  # fmt: skip
_VRP = Source(
    vendor="Huawei", commands=("display version",), os_version=("product_version", "vrp_version"),
    interfaces="display interface brief",
)  # fmt: skip
SOURCES = {
    "cisco_ios": _IOS,
    "cisco_xe": _IOS,
    "cisco_nxos": Source(
        vendor="Cisco", commands=("show version",), model=("platform",), os_version=("os",),
        interfaces="show interface brief",
    ),
    "cisco_xr": Source(
        vendor="Cisco", commands=("show version",), model=("hardware",), interfaces="show ip interface brief"
    ),
    "cisco_asa": Source(vendor="Cisco", commands=("show version",), model=("model", "hardware")),
    "arista_eos": Source(
        vendor="Arista", commands=("show version", "show hostname"), os_version=("image",),
        interfaces="show interfaces status",
    ),
    "juniper_junos": Source(
        vendor="Juniper", commands=("show version", "show chassis hardware"), os_version=("junos_version",),
        serial=("chassis_serial_number", "serial_number"),
    ),
    "fortinet": Source(vendor="Fortinet", commands=("get system status",)),
    "paloalto_panos": Source(vendor="Palo Alto Networks", commands=("show system info",), os_version=("os",)),
    "huawei": _VRP,
    "huawei_vrp": _VRP,
    "hp_procurve": Source(
        vendor="HP", commands=("show system",), hostname=("name",), os_version=("software_version",),
        interfaces="show interfaces brief",
    ),
    "aruba_aoscx": Source(vendor="Aruba", commands=("show system",), model=("product",)),
    "mikrotik_routeros": Source(
        vendor="MikroTik", commands=("/system resource print", "/system routerboard print"),
        model=("hardware_model", "board_name"),
    ),
}  # fmt: skip


def fact_commands(platform: str) -> tuple[str, ...]:
    """What to ask a device for its facts; nothing if there are no templates for its platform."""
    if platform == "linux":
        return LINUX_COMMANDS
    source = SOURCES.get(platform)
    if source is None:
        return ()
    return (*source.commands, *([source.interfaces] if source.interfaces else []))


def facts_of(platform: str, answers: Mapping[str, str], prompt: str) -> Facts:
    """The facts that the answers to `fact_commands` tell; the prompt gives the host name where nothing else does."""
    if platform == "linux":
        return linux_facts(answers)
    source = SOURCES.get(platform)
    if source is None:
        return Facts(hostname=hostname_of(prompt))
    rows = [row for command in source.commands for row in rows_of(platform, command, answers.get(command, ""))]
    return Facts(
        hostname=first(rows, *source.hostname) or hostname_of(prompt),
        vendor=source.vendor,
        model=_model(platform, rows, source),
        serial=real_serial(first(rows, *source.serial)),
        os_version=_version(first(rows, *source.os_version)),
        interfaces=_interfaces(platform, source, answers),
        uptime_seconds=_uptime(rows),
    )


def seconds_of(uptime: str) -> int | None:
    """The length of `2 weeks, 3 days, 4:05:06`, `1w2d3h4m5s` and the like; None for anything else."""
    lengths = [int(number) * SECONDS[unit.lower()] for number, unit in _LENGTH.findall(uptime)]
    clock = _CLOCK.search(uptime)
    if clock:
        lengths += [int(part or 0) * size for part, size in zip(clock.groups(), (3600, 60, 1), strict=True)]
    return sum(lengths) if lengths else None


def hostname_of(prompt: str) -> str | None:
    """The host name in a prompt: `core-1#`, `user@core-1>`, `[admin@core-1] >`, `RP/0/RSP0/CPU0:core-1#`."""
    found = _PROMPT.fullmatch(prompt.strip())
    return found["name"] if found else None


def real_serial(text: str | None) -> str | None:
    """A serial number; None for what stands where there is none."""
    return None if text is None or _NO_SERIAL.fullmatch(text) else text


def _model(platform: str, rows: list[Row], source: Source) -> str | None:
    found = first(rows, *source.model)
    if found is None and platform == "fortinet":
        version = first(rows, "version")
        return version.split()[0] if version else None  # FortiGate-60F v7.2.4,build1396,…
    return found.split(",")[0] if found else None  # ASAv, 2048 MB RAM, CPU …


def _version(text: str | None) -> str | None:
    """The version alone, of `FortiGate-60F v7.2.4,build1396,…` too."""
    if text is None:
        return None
    found = re.search(r"\bv(\d[\w.]*),build\d+", text)
    return found[1] if found else text


def _interfaces(platform: str, source: Source, answers: Mapping[str, str]) -> int | None:
    if source.interfaces is None:
        return None
    return len(rows_of(platform, source.interfaces, answers.get(source.interfaces, ""))) or None


def _uptime(rows: list[Row]) -> int | None:
    text = first(rows, "uptime")
    if text is None:
        units = ("weeks", "days", "hours", "minutes")
        text = " ".join(f"{number} {unit}" for unit in units if (number := first(rows, f"uptime_{unit}")))
    return seconds_of(text)
