"""Which platform an SNMP agent belongs to, by its sysObjectID and sysDescr (RFC 3418).

The numbers are those of the makers at IANA (iana.org/assignments/enterprise-numbers); the words in descriptions are
those that netmiko goes by (netmiko/snmp_autodetect.py, SNMP_MAPPER_BASE), which itself works with no pysnmp of today.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ENTERPRISES = "1.3.6.1.4.1."
NET_SNMP = "8072.3.2.10"  # NET-SNMP-TC, netSnmpAgentOIDs: linux


@dataclass(frozen=True, slots=True)
class Maker:
    """What stands below a maker's number: the first platform whose words the description has; "" fits all."""

    vendor: str | None
    platforms: tuple[tuple[str, str], ...]


MAKERS = {  # by the number of the enterprise, or the beginning of what is below it
    "9": Maker(
        "Cisco",
        (
            (r"IOS[ -]XR Software", "cisco_xr"),
            (r"NX-OS", "cisco_nxos"),
            (r"IOS[ -]?XE Software", "cisco_xe"),
            (r"Adaptive Security Appliance", "cisco_asa"),
            (r"Cisco Controller", "cisco_wlc"),
            (r"IOSXE", "cisco_xe"),
            (r"\bIOS\b", "cisco_ios"),
        ),
    ),
    "14179": Maker("Cisco", (("", "cisco_wlc"),)),
    "30065": Maker("Arista", (("", "arista_eos"),)),
    "2636": Maker("Juniper", (("", "juniper_junos"),)),
    "12356": Maker("Fortinet", (("", "fortinet"),)),
    "25461": Maker("Palo Alto Networks", (("", "paloalto_panos"),)),
    "2011": Maker("Huawei", (("", "huawei"),)),
    "25506": Maker("HPE", ((r"Comware", "hp_comware"),)),
    "47196": Maker("Aruba", (("", "aruba_aoscx"),)),
    "11.2.3.7": Maker("HP", (("", "hp_procurve"),)),
    "14988": Maker("MikroTik", (("", "mikrotik_routeros"),)),
    "6527": Maker("Nokia", ((r"TiMOS", "nokia_sros"),)),
    "1916": Maker("Extreme", ((r"ExtremeXOS|EXOS", "extreme_exos"),)),
    "2620": Maker("Check Point", (("", "checkpoint_gaia"),)),
    "1991": Maker("Ruckus", (("", "ruckus_fastiron"),)),
    "674": Maker("Dell", ((r"OS10|SmartFabric", "dell_os10"), (r"Networking OS|FTOS", "dell_os9"))),
    "44641": Maker("VyOS", (("", "vyos"),)),
    NET_SNMP: Maker(None, ((r"VyOS", "vyos"), (r"^Linux ", "linux"))),
}


def maker_of(object_id: str) -> Maker | None:
    """Whose agent has this sysObjectID."""
    below = object_id.removeprefix(".").removeprefix(ENTERPRISES)
    if below == object_id.removeprefix("."):
        return None
    numbers = below.split(".")
    beginnings = (".".join(numbers[:size]) for size in range(len(numbers), 0, -1))
    return next((MAKERS[one] for one in beginnings if one in MAKERS), None)


def platform_of(object_id: str, description: str) -> str | None:
    """The platform; None if there is none that fits both."""
    maker = maker_of(object_id)
    told = maker.platforms if maker else ()
    return next((platform for words, platform in told if re.search(words, description)), None)
