"""What other tools call the platforms of netmiko, so that their inventories can be imported as they are.

Names as in oxidized/lib/oxidized/model, rancid.types.base, the drivers of NAPALM (the community's too), the network_os
of Ansible, and the slugs usual in NetBox, with `_` for `-`. A name that means different platforms in different tools is
not here; one that netmiko has itself needs none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

_NAMES = {  # platform: what others call it
    "a10": "acos",
    "alcatel_aos": "aos aos7 alcatel_lucent_aos",
    "allied_telesis_awplus": "awplus allied_telesis_alliedware_plus",
    "arista_eos": "arista eos arista.eos.eos",
    "aruba_aoscx": "aoscx aruba_aos_cx arubanetworks.aoscx.aoscx",
    "aruba_os": "aosw arubaos",
    "aruba_osswitch": "arubaos_switch aruba_aos_switch",
    "brocade_nos": "nos",
    "checkpoint_gaia": "gaiaos gaia check_point_gaia",
    "ciena_saos": "saos",
    "ciena_saos10": "saos10",
    "cisco_asa": "asa cisco.asa.asa",
    "cisco_ftd": "firelinuxos ftd",
    "cisco_ios": "ios cisco_classic_ios cisco.ios.ios",
    "cisco_nxos": "nxos nxos_ssh cisco_nx cisco_nx_os cisco.nxos.nxos",
    "cisco_s300": "ciscosmb cisco_sb cisco_smb s350",
    "cisco_wlc": "aireos cisco_wlc4 cisco_wlc5 cisco_wlc8 cisco_aireos community.network.aireos",
    "cisco_xe": "iosxe ios_xe cisco_ios_xe",
    "cisco_xr": "iosxr iosxr_netconf ios_xr cisco_ios_xr cisco_xr7 cisco_exr cisco.iosxr.iosxr",
    "cumulus_linux": "cumulus nvidia_cumulus_linux",
    "dell_os10": "os10 dnos10 dell_emc_os10 dell_smartfabric_os10 dellemc.os10.os10",
    "dell_os6": "dnos os6 dell_emc_os6 dellemc.os6.os6",
    "dell_os9": "ftos force10 dnos9 os9 dell_emc_os9 dellemc.os9.os9",
    "dell_powerconnect": "dell powerconnect",
    "dlink_ds": "dlink",
    "enterasys": "enterasys_eos",
    "extreme_exos": "xos exos extreme_networks_exos community.network.exos",
    "extreme_netiron": "ironware",
    "extreme_slx": "slxos community.network.slxos",
    "extreme_vsp": "voss extreme_voss community.network.voss",
    "fiberstore_fsos": "fsos",
    "fortinet": "fortigate fortigate_full fortios fortinet_fortios fortinet.fortios.fortios",
    "garderos_grs": "garderos",
    "h3c_comware": "h3c",
    "hillstone_stoneos": "stoneos",
    "hirschmann_hios": "hios hirschmann",
    "hp_comware": "comware hpe_comware",
    "hp_procurve": "hp procurve hpe_procurve",
    "huawei": "huawei_ce",
    "huawei_smartax": "smartax",
    "huawei_vrp": "vrp community.network.ce",
    "ipinfusion_ocnos": "ocnos",
    "juniper_junos": "junos juniper_srx junos_evo junipernetworks.junos.junos",
    "juniper_screenos": "netscreen screenos",
    "linux": "linuxgeneric",
    "mellanox_mlnxos": "mlnxos onyx mellanox_onyx mellanox.onyx.onyx",
    "mikrotik_routeros": "mikrotik routeros mikrotik_terse mikrotik_verbose ros community.routeros.routeros",
    "netgear_prosafe": "netgear",
    "netscaler": "citrix_netscaler citrix_adc",
    "nokia_isam": "isam",
    "nokia_srl": "srl srlinux nokia_srlinux nokia_sr_linux nokia.srlinux.srlinux",
    "nokia_sros": "sros nokia_sr_os timos community.network.sros nokia.sros.classic",
    "oneaccess_oneos": "oneos",
    "opengear_linux": "opengear",
    "paloalto_panos": "paloalto paloaltoxml panos palo_alto_pan_os paloaltonetworks.panos.panos",
    "raisecom_roap": "raisecom",
    "ruckus_fastiron": "fastiron ruckus_icx commscope.icx.icx community.network.icx",
    "ruijie_os": "rgos ruijie",
    "tplink_jetstream": "tplink",
    "ubiquiti_edgerouter": "edgeos edgerouter ubiquiti_edgeos community.network.edgeos",
    "ubiquiti_edgeswitch": "edgeswitch edgemax community.network.edgeswitch",
    "vyos": "vyatta vyos.vyos.vyos",
    "watchguard_fireware": "firewareos",
    "zyxel_os": "zynos zyxel",
}
ALIASES = {name: platform for platform, names in _NAMES.items() for name in names.split()}


def aliases_of(platform: str) -> list[str]:
    """What other tools call a platform."""
    return _NAMES.get(platform, "").split()


def canonical(platform: str, known: Container[str]) -> str:
    """The name of a platform among the known ones; one that is not known under any name stays as it is."""
    lowered = platform.strip().lower().replace("-", "_")
    names = (platform, lowered, ALIASES.get(lowered, ""))
    return next((name for name in names if name in known), platform)
