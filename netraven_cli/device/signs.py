"""Where each platform tells of its vitals: which command, and which part of the answer."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A place in an answer that no template reads.

    The groups of the pattern are `used` or `free`, a percentage, or `total` and `free`, in one unit.
    """

    command: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Where a device tells of its parts: a command, and the names that the template has for a part and its state."""

    command: str
    name: str
    state: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbors:
    """Where a device tells of its neighbours: a command, and the names for the state, the first that has one counts."""

    protocol: str  # bgp, ospf
    command: str
    states: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """Where a platform's vitals stand, by the names of the templates or in the text."""

    cpu: tuple[str, str] | Text | None = None  # a command, and the percentage in use in its answer
    memory: tuple[str, str, str] | Text | None = None  # a command, and what is there in all and free
    interfaces: tuple[str, str] | None = None  # a command, and the state of an interface
    reason: str | None = None  # what says why an interface is down
    parts: tuple[Part, ...] = ()
    faults: Text | None = None  # groups `name` and `state` of a part that is not well
    neighbors: tuple[Neighbors, ...] = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """The commands whose answers a template reads, each once."""
        places = [place[0] for place in (self.cpu, self.memory, self.interfaces) if isinstance(place, tuple)]
        parts = [part.command for part in self.parts]
        return tuple(dict.fromkeys([*places, *parts, *(one.command for one in self.neighbors)]))

    @property
    def commands(self) -> tuple[str, ...]:
        """All commands, each once."""
        texts = [place.command for place in (self.cpu, self.memory, self.faults) if isinstance(place, Text)]
        return tuple(dict.fromkeys([*self.tables, *texts]))


def _text(command: str, pattern: str) -> Text:
    return Text(command=command, pattern=re.compile(pattern, re.MULTILINE))


def _bgp(command: str, *states: str) -> Neighbors:
    return Neighbors(protocol="bgp", command=command, states=states)


def _ospf(command: str) -> Neighbors:
    return Neighbors(protocol="ospf", command=command, states=("state",))


_IOS = Signs(
    cpu=("show processes cpu", "cpu_usage_5_min"),
    # Its template knows the processor's pool alone, and refuses the answer for the other ones.
    memory=_text(
        "show processes memory | include Pool",
        r"^Processor +Pool Total: +(?P<total>\d+) Used: +\d+ Free: +(?P<free>\d+)",
    ),
    interfaces=("show ip interface brief", "status"),
    parts=(Part(command="show environment power all", name="ps_module", state="sys_pwr", kind="power supply"),),
    neighbors=(_bgp("show ip bgp summary", "state_or_prefixes_received"), _ospf("show ip ospf neighbor")),
)
_VRP = Signs(
    interfaces=("display interface brief", "phy"),
    parts=(Part(command="display temperature", name="slotid", state="status", kind="temperature of slot"),),
)
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
        neighbors=(_bgp("show ip bgp summary", "state_pfxrcd"), _ospf("show ip ospf neighbor")),
    ),
    "cisco_xr": Signs(
        cpu=("show processes cpu", "cpu_5_min"), interfaces=("show ip interface brief", "status"),
        neighbors=(_ospf("show ospf neighbor"),),
    ),
    "cisco_asa": Signs(
        cpu=_text("show cpu usage", r"^CPU utilization for 5 seconds = .*; 5 minutes: (?P<used>\d+)%"),
        memory=_text("show memory", r"^Used memory: +\d+ bytes \( *(?P<used>\d+)%\)"),
        neighbors=(_bgp("show bgp summary", "state_pfxrcd"), _ospf("show ospf neighbor")),
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
        neighbors=(_bgp("show ip bgp summary", "state", "state_pfxrcd"), _ospf("show ip ospf neighbor")),
    ),
    # FortiOS Administration Guide, Checking CPU and memory resources.
    "fortinet": Signs(
        cpu=_text("get system performance status", r"^CPU states: .* (?P<free>\d+)% idle"),
        memory=_text("get system performance status", r"^Memory: +\d+k total, +\d+k used +\((?P<used>[\d.]+)%\)"),
        neighbors=(_bgp("get router info bgp summary", "state_pfxrcd"),),
    ),
    # The first routing engine that is shown. Peers of BGP that are not there have no row in the template.
    "juniper_junos": Signs(
        cpu=_text("show chassis routing-engine", r"^ +Idle +(?P<free>\d+) percent"),
        memory=_text("show chassis routing-engine", r"^ +Memory utilization +(?P<used>\d+) percent"),
        faults=_text(
            "show chassis environment", r"^(?:[A-Z]\w+ +)? *(?P<name>\S+(?: \S+)*) {2,}(?P<state>Failed|Check)\b"
        ),
        neighbors=(_ospf("show ospf neighbor"),),
    ),
    # The management plane's; as from PAN-OS 9: what is available counts the cache in.
    "paloalto_panos": Signs(
        cpu=_text("show system resources", r"^%Cpu\(s\): .*?(?P<free>\d+\.\d+) id\b"),
        memory=_text(
            "show system resources",
            r"^[KMG]iB Mem : +(?P<total>[\d.]+) total,.*\n[KMG]iB Swap: .*? (?P<free>[\d.]+) avail Mem",
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
