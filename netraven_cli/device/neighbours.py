"""The neighbours that a device sees by LLDP and CDP, the same for all platforms."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING

from netraven_cli.device.structured import first, rows_of
from netraven_cli.model.discovery import Neighbour

if TYPE_CHECKING:
    from collections.abc import Mapping

JUNOS_TABLE = "show lldp neighbors"
JUNOS_DETAIL = "show lldp neighbors interface"
MOST_INTERFACES = 256  # that are asked for details, of one device
# Junos CLI Reference, show lldp neighbors interface: a block for each neighbour.
_JUNOS_BLOCK = re.compile(r"^\s*Neighbou?r Information:", re.MULTILINE)
_JUNOS_NAME = re.compile(r"^\s*System name\s*:\s*(\S+)", re.MULTILINE)
_JUNOS_ADDRESS = re.compile(r"^\s*Address\s*:\s*(\S+)", re.MULTILINE)
_INTERFACE = re.compile(r"[\w./:-]{1,64}")
_BOTH = ("show lldp neighbors detail", "show cdp neighbors detail")
COMMANDS: dict[str, tuple[str, ...]] = {  # those of which a template reads the address of management
    "cisco_ios": _BOTH,
    "cisco_xe": _BOTH,
    "cisco_nxos": _BOTH,
    "cisco_xr": _BOTH,
    "arista_eos": ("show lldp neighbors detail",),
    "juniper_junos": (JUNOS_TABLE,),  # names alone: the addresses are in the details of each interface
    "aruba_aoscx": ("show lldp neighbors-info detail",),
    "hp_procurve": ("show lldp info remote-device detail", "show cdp neighbors detail"),
    "hp_comware": ("display lldp neighbor-information verbose",),
    "huawei": ("display lldp neighbor",),
    "huawei_vrp": ("display lldp neighbor",),
    "mikrotik_routeros": ("/ip neighbor print detail",),
}
NAMES = ("neighbor_name", "neighbor", "identity", "chassis_id")
ADDRESSES = ("mgmt_address", "management_ip", "management_ipv6", "ip_address", "ipv4_address", "ipv6_address")


def neighbour_commands(platform: str) -> tuple[str, ...]:
    """What to ask a device for its neighbours; nothing if there are no templates for its platform."""
    return COMMANDS.get(platform, ())


def detail_commands(platform: str, answers: Mapping[str, str]) -> tuple[str, ...]:
    """What to ask further, after the answers to `neighbour_commands`, for the addresses of the neighbours."""
    if platform != "juniper_junos":
        return ()
    names = [str(row["local_interface"]) for row in rows_of(platform, JUNOS_TABLE, answers.get(JUNOS_TABLE, ""))]
    asked = [name for name in dict.fromkeys(names) if _INTERFACE.fullmatch(name)]
    return tuple(f"{JUNOS_DETAIL} {name}" for name in asked[:MOST_INTERFACES])


def neighbours_of(platform: str, answers: Mapping[str, str]) -> list[Neighbour]:
    """The neighbours that the answers tell, each once: LLDP and CDP may both know it."""
    found: dict[str, Neighbour] = {}
    addresses = _junos_addresses(answers)
    for command in neighbour_commands(platform):
        for row in rows_of(platform, command, answers.get(command, "")):
            name = first([row], *NAMES)
            address = _address(first([row], *ADDRESSES)) or addresses.get(name or "")
            if name:
                neighbour = Neighbour(
                    name=name,
                    address=address,
                    local_interface=first([row], "local_interface", "interface"),
                    platform=first([row], "platform", "neighbor_description", "system_description"),
                )
                found.setdefault(address or name, neighbour)
    return list(found.values())


def _junos_addresses(answers: Mapping[str, str]) -> dict[str, str]:
    """The addresses of neighbours by their names, in the details of interfaces."""
    found: dict[str, str] = {}
    for command, answer in answers.items():
        for block in _JUNOS_BLOCK.split(answer)[1:] if command.startswith(JUNOS_DETAIL) else ():
            name = _JUNOS_NAME.search(block)
            address = next(filter(None, map(_address, _JUNOS_ADDRESS.findall(block))), None)
            if name and address:
                found.setdefault(name[1], address)
    return found


def _address(text: str | None) -> str | None:
    """An address that somebody can be reached at; LLDP gives MAC addresses too, and words where there is none."""
    try:
        found = ip_address((text or "").partition("%")[0])
    except ValueError:
        return None
    return None if found.is_unspecified or found.is_multicast or found.is_link_local else str(found)
