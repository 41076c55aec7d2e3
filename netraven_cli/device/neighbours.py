"""The neighbours that a device sees by LLDP and CDP, the same for all platforms."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from netraven_cli.device.structured import first, rows_of
from netraven_cli.model.discovery import Neighbour

if TYPE_CHECKING:
    from collections.abc import Mapping

_BOTH = ("show lldp neighbors detail", "show cdp neighbors detail")
COMMANDS: dict[str, tuple[str, ...]] = {  # those of which a template reads the address of management
    "cisco_ios": _BOTH,
    "cisco_xe": _BOTH,
    "cisco_nxos": _BOTH,
    "cisco_xr": _BOTH,
    "arista_eos": ("show lldp neighbors detail",),
    "juniper_junos": ("show lldp neighbors",),  # names alone: junos shows addresses for one interface at a time
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


def neighbours_of(platform: str, answers: Mapping[str, str]) -> list[Neighbour]:
    """The neighbours that the answers to `neighbour_commands` tell, each once: LLDP and CDP may both know it."""
    found: dict[str, Neighbour] = {}
    for command in neighbour_commands(platform):
        for row in rows_of(platform, command, answers.get(command, "")):
            address = _address(first([row], *ADDRESSES))
            name = first([row], *NAMES)
            if name:
                neighbour = Neighbour(
                    name=name,
                    address=address,
                    local_interface=first([row], "local_interface", "interface"),
                    platform=first([row], "platform", "neighbor_description", "system_description"),
                )
                found.setdefault(address or name, neighbour)
    return list(found.values())


def _address(text: str | None) -> str | None:
    """An address that somebody can be reached at; LLDP gives MAC addresses too, and words where there is none."""
    try:
        found = ip_address((text or "").partition("%")[0])
    except ValueError:
        return None
    return None if found.is_unspecified or found.is_multicast or found.is_link_local else str(found)
