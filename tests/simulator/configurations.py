"""Configurations made from a seed: the same platform, name, seed and size give the same text."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tests.simulator import further
from tests.simulator.parts import Sections, address, secret, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def generate(platform: str, name: str, seed: int = 0, size: int = 3000) -> str:
    """A configuration of about `size` bytes, without volatile lines, each line ended by LF."""
    source = random.Random(f"{platform}/{name}/{seed}")
    head, more, tail = _MAKERS[platform](name, source)
    lines, length = list(head), sum(len(line) + 1 for line in head + tail)
    while length < size:
        section = next(more)
        lines += section
        length += sum(len(line) + 1 for line in section)
    return "\n".join(lines + tail) + "\n"


def _ios(name: str, source: random.Random) -> Sections:
    head = [
        "!", "!", "version 15.2", "service timestamps debug datetime msec", "service password-encryption", "!",
        f"hostname {name}", "!", "boot-start-marker", "boot-end-marker", "!",
        f"enable secret 5 $1${secret(source)[:4]}${secret(source)[:22]}", "!",
        f"username admin privilege 15 password 7 {secret(source)}", "aaa new-model", "!",
        "ip domain-name example.net", "!", f"snmp-server community {secret(source)[:10]} RO", "!",
    ]  # fmt: skip
    banner = ["banner motd ^C", "  Access is logged. Ask the desk, prompt > or #, before you go on.  ", "^C", "!"]
    tail = ["line con 0", " logging synchronous", "line vty 0 4", " transport input ssh", "!"]
    return head, _ios_interfaces(source), [*banner, *tail, f"ntp server {address(source)}", "end", ""]


def _ios_interfaces(source: random.Random) -> Iterator[list[str]]:
    number = 0
    while True:
        number += 1
        yield [
            f"interface GigabitEthernet{number // 48}/{number % 48}",
            f" description {words(source)}",
            f" ip address {address(source)} 255.255.255.0",
            *([" shutdown"] if source.random() < 0.2 else []),
            "!",
        ]
        yield [f"access-list {100 + number % 90} permit ip host {address(source)} any log"]


def _nxos(name: str, source: random.Random) -> Sections:
    head = [
        "!Command: show running-config", "", "version 9.3(8) Bios:version 05.45 ", f"hostname {name}",
        "vdc default id 1", "  limit-resource vlan minimum 16 maximum 4094", "", "feature bgp", "feature lldp", "",
        f"username admin password 5 $5${secret(source)}  role network-admin", "ip domain-lookup", "",
    ]  # fmt: skip
    more = (
        [f"interface Ethernet1/{n}", f"  description {words(source)}", f"  ip address {address(source)}/24", ""]
        for n in range(1, 1 << 30)
    )
    return head, more, ["line console", "line vty", "boot nxos bootflash:/nxos.9.3.8.bin ", ""]


def _eos(name: str, source: random.Random) -> Sections:
    head = [
        "! Command: show running-config", f"! device: {name} (vEOS-lab, EOS-4.28.3M)", "!",
        "! boot system flash:/vEOS-lab.swi", "!", "no aaa root", "!", "transceiver qsfp default-mode 4x10G", "!",
        f"username admin privilege 15 role network-admin secret sha512 $6${secret(source)}", "!",
        f"hostname {name}", "!", "spanning-tree mode mstp", "!",
    ]  # fmt: skip
    more = (
        [f"interface Ethernet{n}", f"   description {words(source)}", f"   ip address {address(source)}/31", "!"]
        for n in range(1, 1 << 30)
    )
    return head, more, ["ip routing", "!", "end"]


def _xr(name: str, source: random.Random) -> Sections:
    head = ["!! IOS XR Configuration 7.3.2", "!", f"hostname {name}", "username admin", " group root-lr",
            f" secret 10 $6${secret(source)}", "!"]  # fmt: skip
    more = (
        [
            f"interface GigabitEthernet0/0/0/{n}",
            f" description {words(source)}",
            f" ipv4 address {address(source)} 255.255.255.252",
            "!",
        ]
        for n in range(1 << 30)
    )
    return head, more, ["ssh server v2", "end", ""]


def _asa(name: str, source: random.Random) -> Sections:
    head = [": ", ": Serial Number: 9A1B2C3D4E5", ": Hardware:   ASA5506, 4096 MB RAM, CPU Atom C2000 series",
            ":", "ASA Version 9.12(4) ", "!", f"hostname {name}",
            f"enable password {secret(source)} pbkdf2", "!"]  # fmt: skip
    more = (
        [f"access-list outside_in extended permit tcp host {address(source)} host {address(source)} eq {n % 65535}"]
        for n in range(1, 1 << 30)
    )
    return head, more, ["pager lines 24", "threat-detection basic-threat", ": end"]


def _junos(name: str, source: random.Random) -> Sections:
    head = ["version 20.4R3.8;", "system {", f"    host-name {name};", "    root-authentication {",
            f'        encrypted-password "$6${secret(source)}"; ## SECRET-DATA', "    }", "    services {",
            "        ssh;", "    }", "}", "interfaces {"]  # fmt: skip
    more = (
        [
            f"    ge-0/0/{n} {{",
            f'        description "{words(source)} {{not a brace}}";',
            "        unit 0 {",
            "            family inet {",
            f"                address {address(source)}/30;",
            "            }",
            "        }",
            "    }",
        ]
        for n in range(1 << 30)
    )
    return head, more, ["}", "protocols {", "    lldp {", "        interface all;", "    }", "}"]


def _vyos(name: str, source: random.Random) -> Sections:
    head = ["interfaces {"]
    more = (
        [
            f"    ethernet eth{n} {{",
            f"        address {address(source)}/24",
            f'        description "{words(source)}"',
            "    }",
        ]
        for n in range(1 << 30)
    )
    tail = ["}", "service {", "    ssh {", "        port 22", "    }", "}", "system {", f"    host-name {name}",
            "    login {", "        user vyos {", "            authentication {",
            f"                encrypted-password $6${secret(source)}", "            }",
            "        }", "    }", "}"]  # fmt: skip
    return head, more, tail


def _panos(name: str, source: random.Random) -> Sections:
    head = ["config {", "  mgt-config {", "    users {", "      admin {", f"        phash {secret(source)};",
            "      }", "    }", "  }", "  shared {", "    address {"]  # fmt: skip
    more = (
        [f"      host-{n} {{", f"        ip-netmask {address(source)};", "      }"] for n in range(1 << 30)
    )  # fmt: skip
    tail = ["    }", "  }", "  devices {", "    localhost.localdomain {", "      deviceconfig {", "        system {",
            f"          hostname {name};", "        }", "      }", "    }", "  }", "}"]  # fmt: skip
    return head, more, tail


def _mikrotik(name: str, source: random.Random) -> Sections:
    head = ["# software id = 1A2B-3C4D", "#", "# model = RB4011iGS+", f"# serial number = {secret(source)[:12]}",
            "/interface bridge", "add name=bridge1", "/ip address"]  # fmt: skip
    more = (
        [f"add address={address(source)}/24 comment=\"{words(source)}\" interface=ether{n % 10 + 1}"]
        for n in range(1 << 30)
    )  # fmt: skip
    return head, more, ["/ip dns", "set servers=10.0.0.53", "/system identity", f"set name={name}"]


def _procurve(name: str, source: random.Random) -> Sections:
    head = ["Running configuration:", "", "; J9773A Configuration Editor; Created on release #YA.16.05.0008",
            "; Ver #10:9b.7f.bf.bb.ef.7c.59.fc.6b.fb.9f.fc.ff.ff.37.ef:ba", f'hostname "{name}"',
            "module 1 type j9773a",
            f'snmp-server community "{secret(source)[:10]}" operator']  # fmt: skip
    more = ([f"interface {n}", f'   name "{words(source)}"', "   exit"] for n in range(1, 1 << 30))
    return head, more, ["vlan 1", '   name "DEFAULT_VLAN"', "   ip address dhcp-bootp", "   exit"]


def _huawei(name: str, source: random.Random) -> Sections:
    head = ["!Software Version V200R011C10SPC600", "#", f"sysname {name}", "#", "aaa",
            f" local-user admin password irreversible-cipher $1a${secret(source)}$", "#"]  # fmt: skip
    more = (
        [
            f"interface GigabitEthernet0/0/{n}",
            f" description {words(source)}",
            f" ip address {address(source)} 255.255.255.0",
            "#",
        ]
        for n in range(1, 1 << 30)
    )
    return head, more, ["user-interface vty 0 4", " protocol inbound ssh", "#", "return"]


def _fortinet(name: str, source: random.Random) -> Sections:
    head = ["#config-version=FGVM64-7.2.4-FW-build1396-230131:opmode=0:vdom=0:user=admin", "#buildno=1396",
            "#global_vdom=1", "config system global", f'    set hostname "{name}"', "end", "config system admin",
            '    edit "admin"', '        set accprofile "super_admin"', "    next", "end",
            "config vpn certificate local", '    edit "web"', '        set comments "a"', "    next", "end",
            "config firewall address"]  # fmt: skip
    more = (
        [f'    edit "host-{n}"', f'        set comment "{words(source)}"',
         f"        set subnet {address(source)} 255.255.255.255", "    next"] for n in range(1 << 30)
    )  # fmt: skip
    return head, more, ["end", "config system ntp", "    set ntpsync enable", "end"]


def _linux(name: str, source: random.Random) -> Sections:
    head = ["==> /etc/hostname <==", name, "", "==> /etc/hosts <==", "127.0.0.1\tlocalhost"]
    more = ([f"{address(source)}\thost-{n}.example.net host-{n}"] for n in range(1 << 30))
    return head, more, ["", "==> /etc/resolv.conf <==", "nameserver 10.0.0.53", "# end of configuration"]


_MAKERS: dict[str, Callable[[str, random.Random], Sections]] = {
    "cisco_ios": _ios,
    "cisco_xe": _ios,
    "cisco_nxos": _nxos,
    "cisco_xr": _xr,
    "cisco_asa": _asa,
    "arista_eos": _eos,
    "juniper_junos": _junos,
    "vyos": _vyos,
    "paloalto_panos": _panos,
    "mikrotik_routeros": _mikrotik,
    "hp_procurve": _procurve,
    "huawei": _huawei,
    "huawei_vrp": _huawei,
    "fortinet": _fortinet,
    "linux": _linux,
    **further.MAKERS,
}
