"""How a device says that it is doing: processor, memory, interfaces, fans, power supplies, temperatures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netraven_cli.device.linux_vitals import COMMANDS as LINUX_COMMANDS
from netraven_cli.device.linux_vitals import linux_vitals
from netraven_cli.device.structured import first, rows_of
from netraven_cli.model.health import Vitals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from netraven_cli.device.structured import Row

IOS_POOLS = "show processes memory | include Pool"  # its template knows the processor's pool alone
_IOS_POOL = re.compile(r"^Processor +Pool Total: +(?P<total>\d+) Used: +\d+ Free: +(?P<free>\d+)", re.MULTILINE)
UNITS = {"K": 1, "M": 1024, "G": 1024**2}
_UP = re.compile(r"up.*|connected", re.IGNORECASE)
_OFF = re.compile(r"administratively down|admin.*|shutdown|disabled|\*down|inactive|deleted", re.IGNORECASE)
_WELL = re.compile(r"ok|good|green|normal|powered-up|up|on|n/?a|absent|not present", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Where a device tells of its parts: a command, and the names that the template has for a part and its state."""

    command: str
    name: str
    state: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """Where a platform's vitals stand, by the names of the templates."""

    cpu: tuple[str, str] | None = None  # a command, and the percentage in use in its answer
    memory: tuple[str, str, str] | None = None  # a command, and what is there in all and free
    interfaces: tuple[str, str] | None = None  # a command, and the state of an interface
    reason: str | None = None  # what says why an interface is down
    parts: tuple[Part, ...] = ()

    @property
    def commands(self) -> tuple[str, ...]:
        """All commands, each once."""
        places = [place[0] for place in (self.cpu, self.memory, self.interfaces) if place]
        return tuple(dict.fromkeys([*places, *(part.command for part in self.parts)]))


_IOS = Signs(
    cpu=("show processes cpu", "cpu_usage_5_min"),
    memory=(IOS_POOLS, "total", "free"),
    interfaces=("show ip interface brief", "status"),
    parts=(Part(command="show environment power all", name="ps_module", state="sys_pwr", kind="power supply"),),
)  # fmt: skip
_VRP = Signs(
    interfaces=("display interface brief", "phy"),
    parts=(Part(command="display temperature", name="slotid", state="status", kind="temperature of slot"),),
)  # fmt: skip
SIGNS = {
    "cisco_ios": _IOS,
    "cisco_xe": _IOS,
    "cisco_nxos": Signs(
        cpu=("show processes cpu", "cpu_5_min"), interfaces=("show interface brief", "status"), reason="reason",
        parts=(
            Part(command="show environment", name="power_supply", state="power_supply_status", kind="power supply"),
            Part(command="show environment", name="fan", state="fan_status", kind="fan"),
            Part(command="show environment", name="temperature_sensor", state="temperature_status", kind="temperature"),
        ),
    ),
    "cisco_xr": Signs(
        cpu=("show processes cpu", "cpu_5_min"), interfaces=("show ip interface brief", "status"),
    ),
    "arista_eos": Signs(
        interfaces=("show interfaces status", "status"),
        parts=(
            Part(
                command="show environment power", name="power_supply_location", state="power_supply_status",
                kind="power supply",
            ),
            Part(command="show environment cooling", name="fan", state="status", kind="fan"),
        ),
    ),
    "huawei": _VRP,
    "huawei_vrp": _VRP,
    "hp_procurve": Signs(
        cpu=("show system", "cpu_util"), memory=("show system", "mem_tot", "mem_free"),
        interfaces=("show interfaces brief", "status"),
    ),
    "mikrotik_routeros": Signs(
        cpu=("/system resource print", "cpu_load"), memory=("/system resource print", "total_memory", "free_memory"),
    ),
}  # fmt: skip


def vital_commands(platform: str) -> tuple[str, ...]:
    """What to ask a device for its vitals; nothing if there are no templates for its platform."""
    if platform == "linux":
        return LINUX_COMMANDS
    return SIGNS[platform].commands if platform in SIGNS else ()


def vitals_of(platform: str, answers: Mapping[str, str]) -> Vitals:
    """The vitals that the answers to `vital_commands` tell."""
    if platform == "linux":
        return linux_vitals(answers)
    signs = SIGNS.get(platform)
    if signs is None:
        return Vitals()
    rows = {command: _rows(platform, command, answers.get(command, "")) for command in signs.commands}
    up, down = _interfaces(rows, signs)
    return Vitals(
        cpu_percent=_number(first(rows[signs.cpu[0]], signs.cpu[1])) if signs.cpu else None,
        memory_percent=_memory(rows, signs),
        interfaces_up=up,
        interfaces_down=down,
        alarms=tuple(_alarms(rows, signs)),
    )


def _rows(platform: str, command: str, answer: str) -> list[Row]:
    if command != IOS_POOLS:
        return rows_of(platform, command, answer)
    return [found.groupdict() for found in _IOS_POOL.finditer(answer)]


def _memory(rows: Mapping[str, list[Row]], signs: Signs) -> float | None:
    if signs.memory is None:
        return None
    command, *names = signs.memory
    total, free = (_number(first(rows[command], name)) for name in names)
    return round(100 * (1 - free / total), 1) if total and free is not None and free <= total else None


def _interfaces(rows: Mapping[str, list[Row]], signs: Signs) -> tuple[int | None, int | None]:
    found = rows[signs.interfaces[0]] if signs.interfaces else []
    if not found or signs.interfaces is None:
        return None, None
    up = down = 0
    for row in found:
        state = str(row.get(signs.interfaces[1], "")).strip()
        off = _OFF.match(state) or (signs.reason and _OFF.match(str(row.get(signs.reason, ""))))
        up += bool(_UP.fullmatch(state))
        down += not _UP.fullmatch(state) and not off
    return up, down


def _alarms(rows: Mapping[str, list[Row]], signs: Signs) -> Iterator[str]:
    for part in signs.parts:
        for row in rows[part.command]:
            name, state = str(row.get(part.name) or "").strip(), str(row.get(part.state) or "").strip()
            if name and state and not _WELL.fullmatch(state):
                yield f"{part.kind} {name}: {state}"


def _number(text: str | None) -> float | None:
    """12, 12%, 1,234,567 and 12.5MiB, the last in kibibytes."""
    found = re.fullmatch(r"([\d,]+(?:\.\d+)?)(?:%|([KMG])iB)?", text or "")
    return float(found[1].replace(",", "")) * UNITS.get(found[2], 1) if found else None
