"""Simulated devices that say of themselves, and of their neighbours, what real ones do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.device.fact_samples import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.simulator import SimulatedDevice, SimulatedNetwork

PLATFORMS = (
    "cisco_ios", "cisco_nxos", "cisco_xr", "cisco_asa", "arista_eos", "juniper_junos", "fortinet", "paloalto_panos",
    "huawei", "hp_procurve", "mikrotik_routeros", "linux",
)  # fmt: skip
BANNERS = {"mikrotik_routeros": "ROSSSH", "cisco_ios": "Cisco-1.25"}
NEIGHBOUR = """\
------------------------------------------------
Local Intf: Gi1/0/{number}
Chassis id: 0011.2233.{number:04}
Port id: Gi0/1
Port Description: uplink
System Name: {name}

System Description:
Cisco IOS Software, C2960X Software

Time remaining: 96 seconds
System Capabilities: B,R
Enabled Capabilities: R
Management Addresses:
    IP: {address}
Auto Negotiation - not supported
Physical media capabilities - not advertised
Media Attachment Unit type - not advertised
Vlan ID: - not advertised

"""
CDP_NEIGHBOUR = """\
-------------------------
Device ID: {name}
Entry address(es):
  IP address: {address}
Platform: cisco WS-C2960X-48TS-L,  Capabilities: Router Switch IGMP
Interface: GigabitEthernet1/0/{number},  Port ID (outgoing port): GigabitEthernet0/1
Holdtime : 142 sec

Version :
Cisco IOS Software, C2960X Software

advertisement version: 2
"""
UNAME = "Linux {name} 6.1.0-18-amd64 #1 SMP x86_64 GNU/Linux\n"


def discoverable(network: SimulatedNetwork, platform: str, name: str, **more: Any) -> SimulatedDevice:
    """A device with the facts of its platform's sample, under its own name, and with its own serial number."""
    _, answers, facts = SAMPLES[platform]
    serial = str(more.pop("serial", "SN" + name.upper().replace("-", "")))
    said = {command: _own(text, facts.hostname, name) for command, text in answers.items()}
    if facts.serial:
        said = {command: text.replace(facts.serial, serial) for command, text in said.items()}
    if platform == "linux":
        said["uname -a"] = UNAME.format(name=name)
    values: dict[str, Any] = {"username": "backup", "password": "secret-of-the-lab", **more}
    values["answers"] = {**said, **values.get("answers", {})}
    return network.add(name=name, platform=platform, banner=BANNERS.get(platform, ""), **values)


def neighbours(*places: tuple[str, str], protocol: str = "lldp") -> dict[str, str]:
    """What an IOS device answers that sees these by LLDP or CDP: names and addresses."""
    block = NEIGHBOUR if protocol == "lldp" else CDP_NEIGHBOUR
    shown = [block.format(number=number, name=name, address=at) for number, (name, at) in enumerate(places, 1)]
    return {f"show {protocol} neighbors detail": "".join(shown) + f"\nTotal entries displayed: {len(places)}\n"}


def _own(text: str, sample: str | None, name: str) -> str:
    return text.replace(sample, name) if sample else text


def linked(
    network: SimulatedNetwork, links: Sequence[Sequence[int]], third_octet: int, protocol: str = "lldp"
) -> list[Any]:
    """IOS devices that see those which `links` names by number; all on one port."""
    places = [(f"sw-{number}", f"127.21.{third_octet}.{number + 1}") for number in range(len(links))]
    made: list[SimulatedDevice] = []
    port = 0
    for (name, address), seen in zip(places, links, strict=True):
        answers = neighbours(*(places[number] for number in seen), protocol=protocol)
        made.append(discoverable(network, "cisco_ios", name, address=address, port=port, answers=answers))
        port = made[0].port
    return made
