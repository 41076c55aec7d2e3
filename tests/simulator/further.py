"""Configurations of switches, routers and firewalls beyond the first ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulator.parts import Sections, address, secret, words

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

MANY = 1 << 30


def _comware(name: str, source: random.Random) -> Sections:
    head = ["#", " version 7.1.070, Release 3507P02", "#", f" sysname {name}", "#", "vlan 1", "#"]
    more = (
        [f"interface GigabitEthernet1/0/{n}", " port link-mode bridge", f" description {words(source)}", "#"]
        for n in range(1, MANY)
    )
    tail = ["local-user admin class manage", f" password hash $h$6${secret(source)}", " service-type ssh",
            " authorization-attribute user-role network-admin", "#", "return"]  # fmt: skip
    return head, more, tail


def _os10(name: str, source: random.Random) -> Sections:
    head = ["! Version 10.5.2.3", "!", "ip vrf default", "!", f"hostname {name}",
            f"system-user linuxadmin password $6${secret(source)}",
            f"username admin password $6${secret(source)} role sysadmin priv-lvl 15", "!"]  # fmt: skip
    more = (
        [
            f"interface ethernet1/1/{n}",
            f" description {words(source)}",
            " no shutdown",
            " switchport access vlan 1",
            "!",
        ]
        for n in range(1, MANY)
    )
    return head, more, ["ip route 0.0.0.0/0 10.0.0.1", "!", "snmp-server contact noc@example.net"]


def _os9(name: str, source: random.Random) -> Sections:
    head = ["! Version 9.14(2.9)", "!", "boot system stack-unit 1 primary system: A:", "!", f"hostname {name}", "!",
            f"username admin password 7 {secret(source)} privilege 15", "!"]  # fmt: skip
    more = (
        [
            f"interface TenGigabitEthernet 1/{n}",
            f" description {words(source)}",
            f" ip address {address(source)}/31",
            " no shutdown",
            "!",
        ]
        for n in range(1, MANY)
    )
    return head, more, ["line console 0", "line vty 0", "!", "end"]


def _aoscx(name: str, source: random.Random) -> Sections:
    head = ["!", "!Version ArubaOS-CX FL.10.13.1101", "!export-password: default", f"hostname {name}",
            f"user admin group administrators password ciphertext AQBape{secret(source)}", "ntp enable", "!",
            "ssh server vrf mgmt", "vlan 1"]  # fmt: skip
    more = (
        [f"interface 1/1/{n}", f"    description {words(source)}", "    no shutdown", "    vlan access 1"]
        for n in range(1, MANY)
    )
    return head, more, ["ip route 0.0.0.0/0 10.0.0.1", "!", "https-server vrf mgmt"]


def _exos(name: str, source: random.Random) -> Sections:
    head = ["#", "#", "# Module devmgr configuration.", "#", f'configure snmp sysName "{name}"', "", "#",
            "# Module vlan configuration.", "#"]  # fmt: skip
    more = ([f'configure ports {n} description-string "{words(source)}"'] for n in range(1, MANY))
    tail = ["", "#", "# Module aaa configuration.", "#",
            f'configure account admin encrypted "$5${secret(source)}"', "", "#",
            "# Module vsm configuration.", "#"]  # fmt: skip
    return head, more, tail


def _sros(name: str, source: random.Random) -> Sections:
    head = ["# TiMOS-C-16.0.R4 cpm/hops64 Nokia 7750 SR Copyright (c) 2000-2018 Nokia.", "", "exit all", "configure",
            "#--------------------------------------------------", 'echo "System Configuration"',
            "#--------------------------------------------------", "    system", f'        name "{name}"',
            "        snmp", "        exit", "    exit", "#--------------------------------------------------",
            'echo "Port Configuration"', "#--------------------------------------------------"]  # fmt: skip
    more = (
        [f"    port 1/1/{n}", f'        description "{words(source)}"', "        no shutdown", "    exit"]
        for n in range(1, MANY)
    )
    return head, more, ["", "exit all"]


def _gaia(name: str, source: random.Random) -> Sections:
    head = ["#", f"# Configuration of {name}", "# Language version: 14.1v1", "#", "", f"set hostname {name}",
            f"set expert-password-hash $6${secret(source)}",
            f"add snmp community {secret(source)[:10]} read-only"]  # fmt: skip
    more = (
        [
            f'set interface eth{n} comments "{words(source)}"',
            f"set interface eth{n} ipv4-address {address(source)} mask-length 24",
        ]
        for n in range(MANY)
    )
    return head, more, [f"set user admin password-hash $6${secret(source)}", "set web session-timeout 10"]


def _fastiron(name: str, source: random.Random) -> Sections:
    head = ["!", "ver 08.0.95T211", "!", "stack unit 1", "  module 1 icx7150-48p-poe-port-management-module", "!",
            "vlan 1 name DEFAULT-VLAN by port", "!", f"hostname {name}",
            f"enable super-user-password 8 $1${secret(source)}", "!"]  # fmt: skip
    more = (
        [
            f"interface ethernet 1/1/{n}",
            f" port-name {words(source)}",
            f" ip address {address(source)} 255.255.255.0",
            "!",
        ]
        for n in range(1, MANY)
    )
    return head, more, ["lldp run", "!", "end"]


def _edgeos(name: str, source: random.Random) -> Sections:
    head = ["firewall {", "    all-ping enable", "}", "interfaces {"]
    more = (
        [
            f"    ethernet eth{n} {{",
            f"        address {address(source)}/24",
            f'        description "{words(source)}"',
            "    }",
        ]
        for n in range(MANY)
    )
    tail = ["}", "service {", "    ssh {", "        port 22", "    }", "}", "system {", f"    host-name {name}",
            "    login {", "        user admin {", "            authentication {",
            f"                encrypted-password $6${secret(source)}", "            }", "            level admin",
            "        }", "    }", "}"]  # fmt: skip
    return head, more, tail


def _frrouting(name: str, source: random.Random) -> Sections:
    head = ["!", "frr version 8.4.4", "frr defaults traditional", f"hostname {name}", "log syslog", "!"]
    more = (
        [f"interface eth{n}", f" description {words(source)}", f" ip address {address(source)}/31", "exit", "!"]
        for n in range(1, 1 << 30)
    )
    return head, more, ["router bgp 65001", f" neighbor {address(source)} remote-as 65002", "exit", "!", "end", ""]


MAKERS: dict[str, Callable[[str, random.Random], Sections]] = {
    "ubiquiti_edgerouter": _edgeos,
    "frrouting": _frrouting,
    "hp_comware": _comware,
    "dell_os10": _os10,
    "dell_os9": _os9,
    "aruba_aoscx": _aoscx,
    "extreme_exos": _exos,
    "nokia_sros": _sros,
    "checkpoint_gaia": _gaia,
    "ruckus_fastiron": _fastiron,
}
