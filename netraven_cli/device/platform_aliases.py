"""What other tools call the platforms of netmiko, so that their inventories can be imported as they are.

Names as in oxidized/lib/oxidized/model, rancid.types.base, the drivers of NAPALM and the network_os of Ansible. A name
that means different platforms in different tools is not here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

ALIASES = {
    "ios": "cisco_ios",
    "iosxe": "cisco_xe",
    "ios_xe": "cisco_xe",
    "iosxr": "cisco_xr",
    "ios_xr": "cisco_xr",
    "cisco_ios_xe": "cisco_xe",
    "cisco_ios_xr": "cisco_xr",
    "cisco.ios.ios": "cisco_ios",
    "cisco.iosxr.iosxr": "cisco_xr",
    "cisco_nx": "cisco_nxos",
    "cisco_nx_os": "cisco_nxos",
    "nxos": "cisco_nxos",
    "nxos_ssh": "cisco_nxos",
    "cisco.nxos.nxos": "cisco_nxos",
    "asa": "cisco_asa",
    "cisco.asa.asa": "cisco_asa",
    "aireos": "cisco_wlc",
    "arista": "arista_eos",
    "eos": "arista_eos",
    "arista.eos.eos": "arista_eos",
    "juniper": "juniper_junos",
    "junos": "juniper_junos",
    "junipernetworks.junos.junos": "juniper_junos",
    "fortigate": "fortinet",
    "fortios": "fortinet",
    "fortinet_fortios": "fortinet",
    "paloalto": "paloalto_panos",
    "panos": "paloalto_panos",
    "mikrotik": "mikrotik_routeros",
    "routeros": "mikrotik_routeros",
    "community.routeros.routeros": "mikrotik_routeros",
    "procurve": "hp_procurve",
    "aoscx": "aruba_aoscx",
    "aosw": "aruba_os",
    "comware": "hp_comware",
    "vrp": "huawei_vrp",
    "xos": "extreme_exos",
    "voss": "extreme_vsp",
    "fastiron": "brocade_fastiron",
    "sros": "nokia_sros",
    "edgeos": "ubiquiti_edgerouter",
    "edgeswitch": "ubiquiti_edgeswitch",
    "vyos.vyos.vyos": "vyos",
    "tmos": "f5_tmsh",
    "bigip": "f5_tmsh",
    "gaiaos": "checkpoint_gaia",
}


def canonical(platform: str, known: Container[str]) -> str:
    """The name of a platform among the known ones; one that is not known under any name stays as it is."""
    lowered = platform.strip().lower().replace("-", "_")
    names = (platform, lowered, ALIASES.get(lowered, ""))
    return next((name for name in names if name in known), platform)
