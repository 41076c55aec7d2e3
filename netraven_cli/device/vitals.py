"""How a device says that it is doing: processor, memory, interfaces, fans, power supplies, temperatures, neighbours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from netraven_cli.device.linux_vitals import COMMANDS as LINUX_COMMANDS
from netraven_cli.device.linux_vitals import linux_vitals
from netraven_cli.device.signs import SIGNS, Text
from netraven_cli.device.structured import first, rows_of
from netraven_cli.model.health import Vitals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from netraven_cli.device.signs import Signs
    from netraven_cli.device.structured import Row

UNITS = {"K": 1, "M": 1024, "G": 1024**2}
_UP = re.compile(r"up.*|connected", re.IGNORECASE)
_OFF = re.compile(r"administratively down|admin.*|shutdown|disabled|\*down|inactive|deleted", re.IGNORECASE)
_WELL = re.compile(r"ok|good|green|normal|powered-up|up|on|n/?a|absent|not present", re.IGNORECASE)
# RFC 4271, 8.2.2: prefixes are counted once a peer is Established. RFC 2328, 10.1: two routers that are neither
# designated nor backup stay in 2-Way for good.
_NEIGHBOR_UP = {
    "bgp": re.compile(r"\d+|estab.*", re.IGNORECASE),
    "ospf": re.compile(r"full.*|(two|2)-?way.*", re.IGNORECASE),
}
_NEIGHBOR_OFF = re.compile(r".*\(admin\)|shut.*", re.IGNORECASE)


def vital_commands(platform: str) -> tuple[str, ...]:
    """What to ask a device for its vitals; nothing if nobody knows where its platform tells them."""
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
    rows = {command: rows_of(platform, command, answers.get(command, "")) for command in signs.tables}
    up, down = _interfaces(rows, signs)
    bgp_up, bgp_down = _neighbors(rows, signs, "bgp")
    ospf_up, ospf_down = _neighbors(rows, signs, "ospf")
    return Vitals(
        cpu_percent=_cpu(rows, signs, answers),
        memory_percent=_memory(rows, signs, answers),
        interfaces_up=up,
        interfaces_down=down,
        bgp_up=bgp_up,
        bgp_down=bgp_down,
        ospf_up=ospf_up,
        ospf_down=ospf_down,
        alarms=(*_alarms(rows, signs), *_faults(signs.faults, answers)),
    )


def _cpu(rows: Mapping[str, list[Row]], signs: Signs, answers: Mapping[str, str]) -> float | None:
    if isinstance(signs.cpu, Text):
        return _read(signs.cpu, answers)
    return _number(first(rows[signs.cpu[0]], signs.cpu[1])) if signs.cpu else None


def _memory(rows: Mapping[str, list[Row]], signs: Signs, answers: Mapping[str, str]) -> float | None:
    if isinstance(signs.memory, Text):
        return _read(signs.memory, answers)
    if signs.memory is None:
        return None
    command, *names = signs.memory
    return _used(*(_number(first(rows[command], name)) for name in names))


def _read(text: Text, answers: Mapping[str, str]) -> float | None:
    """The percentage in use."""
    found = text.pattern.search(answers.get(text.command, ""))
    if found is None:
        return None
    groups = {name: float(value) for name, value in found.groupdict().items()}
    return groups["used"] if "used" in groups else _used(groups.get("total", 100.0), groups["free"])


def _used(total: float | None, free: float | None) -> float | None:
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


def _neighbors(rows: Mapping[str, list[Row]], signs: Signs, protocol: str) -> tuple[int | None, int | None]:
    """How many are up, and how many are not, without those that were switched off."""
    found = [
        first([row], *one.states) or ""
        for one in signs.neighbors
        if one.protocol == protocol
        for row in rows[one.command]
    ]
    if not found:
        return None, None
    states = [state for state in found if not _NEIGHBOR_OFF.fullmatch(state)]
    up = sum(bool(_NEIGHBOR_UP[protocol].fullmatch(state)) for state in states)
    return up, len(states) - up


def _alarms(rows: Mapping[str, list[Row]], signs: Signs) -> Iterator[str]:
    for part in signs.parts:
        for row in rows[part.command]:
            name, state = str(row.get(part.name) or "").strip(), str(row.get(part.state) or "").strip()
            if name and state and not _WELL.fullmatch(state):
                yield f"{part.kind} {name}: {state}"


def _faults(text: Text | None, answers: Mapping[str, str]) -> Iterator[str]:
    for found in text.pattern.finditer(answers.get(text.command, "")) if text else ():
        yield f"{found['name']}: {found['state']}"


def _number(text: str | None) -> float | None:
    """12, 12%, 1,234,567 and 12.5MiB, the last in kibibytes."""
    found = re.fullmatch(r"([\d,]+(?:\.\d+)?)(?:%|([KMG])iB)?", text or "")
    return float(found[1].replace(",", "")) * UNITS.get(found[2], 1) if found else None
