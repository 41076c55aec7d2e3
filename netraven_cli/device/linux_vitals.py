"""How a Linux host is doing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from netraven_cli.model.health import Vitals

if TYPE_CHECKING:
    from collections.abc import Mapping

# proc_loadavg(5), nproc(1), proc_meminfo(5), sysfs-class-net: its flags tell which interfaces are switched on.
COMMANDS = (
    "cat /proc/loadavg",
    "nproc",
    "cat /proc/meminfo",
    "grep -H . /sys/class/net/*/operstate",
    "grep -H . /sys/class/net/*/flags",
)
IFF_UP = 1


def linux_vitals(answers: Mapping[str, str]) -> Vitals:
    """The vitals that the answers to the commands tell; the load of five minutes stands for the processor's."""
    load, cores, memory, states, flags = (answers.get(command, "") for command in COMMANDS)
    five = re.match(r"\S+ (\d+\.\d+) ", load.strip())
    number = re.fullmatch(r"(\d+)", cores.strip())
    sizes = {name: int(size) for name, size in re.findall(r"^(MemTotal|MemAvailable): +(\d+) kB", memory, re.MULTILINE)}
    up, down = _interfaces(states, flags)
    return Vitals(
        cpu_percent=round(100 * float(five[1]) / int(number[1]), 1) if five and number and int(number[1]) else None,
        memory_percent=_used(sizes),
        interfaces_up=up,
        interfaces_down=down,
    )


def _used(sizes: Mapping[str, int]) -> float | None:
    total, available = sizes.get("MemTotal"), sizes.get("MemAvailable")
    return round(100 * (1 - available / total), 1) if total and available is not None else None


def _interfaces(states: str, flags: str) -> tuple[int | None, int | None]:
    """An interface that is switched on and not down is up: loopback says `unknown`."""
    on = {name for name, flag in re.findall(r"/net/([^/\s]+)/flags:(0x[\da-f]+)", flags) if int(flag, 16) & IFF_UP}
    seen = {name: state for name, state in re.findall(r"/net/([^/\s]+)/operstate:(\w+)", states) if name in on}
    if not seen:
        return None, None
    down = sum(state in {"down", "lowerlayerdown", "notpresent"} for state in seen.values())
    return len(seen) - down, down
