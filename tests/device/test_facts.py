from __future__ import annotations

import pytest

from netraven_cli.device.facts import SOURCES, fact_commands, facts_of, hostname_of, seconds_of
from netraven_cli.device.neighbours import JUNOS_TABLE, detail_commands, neighbours_of
from netraven_cli.model.discovery import Facts, Neighbour
from tests.device.fact_samples import SAMPLES

IOS_LLDP = """\
------------------------------------------------
Local Intf: Gi1/0/1
Chassis id: 0011.2233.4455
Port id: Gi0/1
Port Description: uplink
System Name: dist-1.example.net

System Description:
Cisco IOS Software, C3750E Software

Time remaining: 96 seconds
System Capabilities: B,R
Enabled Capabilities: R
Management Addresses:
    IP: 192.0.2.10
Auto Negotiation - not supported
Physical media capabilities - not advertised
Media Attachment Unit type - not advertised
Vlan ID: - not advertised


Total entries displayed: 1
"""
IOS_CDP = """\
-------------------------
Device ID: dist-1.example.net
Entry address(es):
  IP address: 192.0.2.10
Platform: cisco WS-C3750X-24,  Capabilities: Router Switch IGMP
Interface: GigabitEthernet1/0/1,  Port ID (outgoing port): GigabitEthernet0/1
Holdtime : 142 sec

Version :
Cisco IOS Software, C3750E Software

advertisement version: 2
-------------------------
Device ID: ap-3
Entry address(es):
  IP address: 192.0.2.33
Platform: cisco AIR-CAP3702I,  Capabilities: Trans-Bridge
Interface: GigabitEthernet1/0/9,  Port ID (outgoing port): GigabitEthernet0
Holdtime : 142 sec

Version :
Cisco IOS Software, C3700 Software

advertisement version: 2
"""
JUNOS_LLDP = """\
Local Interface    Parent Interface    Chassis Id          Port info          System Name
xe-0/0/1           -                   00:05:86:aa:bb:c0   xe-0/1/0           dist-1
ge-0/0/7.0         ae1                 00:05:86:aa:bb:d0   Gi0/1              access-7
ge-0/0/8.0         -                   00:05:86:aa:bb:e0   Gi0/1              silent-8

"""
JUNOS_DETAIL = """\
LLDP Neighbor Information:
Local Information:
Index: 13 Time to live: 120 Time mark: Tue Mar 3 14:28:59 2026 Age: 20 secs
Local Interface    : {interface}
Parent Interface   : -
Local Port ID      : 513

Neighbour Information:
Chassis type       : Mac address
Chassis ID         : 00:05:86:aa:bb:c0
Port type          : Interface name
Port ID            : xe-0/1/0
Port description   : uplink
System name        : {name}

System Description : Juniper Networks, Inc. mx480 , version 12.3R8.7

System capabilities
        Supported: Bridge Router
        Enabled  : Bridge Router

Management address
        Address Type      : IPv4(1)
        Address           : {address}
        Interface Number  : 586
        Interface Subtype : ifIndex(2)
        OID               : 1.3.6.1.2.1.31.1.1.1.1.74.
"""


@pytest.mark.parametrize("platform", SAMPLES)
def test_the_answers_of_a_platform_become_its_facts(platform: str) -> None:
    prompt, answers, facts = SAMPLES[platform]
    assert set(answers) <= set(fact_commands(platform))
    assert facts_of(platform, answers, prompt) == facts


def test_every_platform_that_is_asked_for_facts_has_a_sample() -> None:
    assert {*SOURCES, "linux"} == {*SAMPLES, "huawei_vrp"}  # the same row as huawei


@pytest.mark.parametrize("platform", SOURCES)
def test_answers_that_no_template_knows_leave_the_name_in_the_prompt(platform: str) -> None:
    answers = dict.fromkeys(fact_commands(platform), "something went wrong\n")
    assert facts_of(platform, answers, "core-1#") == Facts(hostname="core-1", vendor=SOURCES[platform].vendor)


def test_a_placeholder_is_no_serial_number() -> None:
    prompt, answers, facts = SAMPLES["paloalto_panos"]
    for placeholder in ("unknown", "0", "N/A", "None"):
        said = {"show system info": answers["show system info"].replace("012801012345", placeholder)}
        assert facts_of("paloalto_panos", said, prompt).serial is None
    assert facts.serial


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1 year, 2 weeks, 3 days, 4 hours, 5 minutes", 33_019_500),
        ("1w2d3h4m5s", 788_645),
        ("12 days, 3:44:11", 1_050_251),
        ("0 day(s), 1 hour(s), 2 minute(s), 3 second(s)", 3723),
        ("3 months", None),
        ("", None),
    ],
)
def test_an_uptime_is_read_as_platforms_write_it(text: str, seconds: int | None) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("core-1#", "core-1"),
        ("user@core-1>", "core-1"),
        ("[admin@core-1] >", "core-1"),
        ("RP/0/RSP0/CPU0:core-1#", "core-1"),
        ("<core-1>", "core-1"),
        ("admin@core-1:~$", "core-1"),
        ("admin@fw(active)>", "fw"),
        ("{master:0}", None),
    ],
)
def test_a_prompt_has_the_name_of_the_host(prompt: str, name: str | None) -> None:
    assert hostname_of(prompt) == name


def test_a_neighbour_that_lldp_and_cdp_both_know_is_one() -> None:
    answers = {"show lldp neighbors detail": IOS_LLDP, "show cdp neighbors detail": IOS_CDP}
    found = neighbours_of("cisco_ios", answers)
    assert [(one.name, one.address, one.local_interface) for one in found] == [
        ("dist-1.example.net", "192.0.2.10", "Gi1/0/1"),
        ("ap-3", "192.0.2.33", "GigabitEthernet1/0/9"),
    ]


def test_a_neighbour_that_names_no_address_is_known_by_its_name() -> None:
    said = IOS_LLDP.replace("    IP: 192.0.2.10", "    IP: 0.0.0.0")
    (one,) = neighbours_of("cisco_ios", {"show lldp neighbors detail": said})
    assert one == Neighbour(
        name="dist-1.example.net", local_interface="Gi1/0/1", platform="Cisco IOS Software, C3750E Software"
    )


def test_what_no_template_is_for_brings_no_facts() -> None:
    assert (fact_commands("cisco_s300"), facts_of("cisco_s300", {}, "sw>")) == ((), Facts(hostname="sw"))


def test_junos_is_asked_interface_by_interface_for_the_addresses_of_its_neighbours() -> None:
    answers = {JUNOS_TABLE: JUNOS_LLDP}
    asked = detail_commands("juniper_junos", answers)
    assert asked == tuple(f"show lldp neighbors interface {name}" for name in ("xe-0/0/1", "ge-0/0/7.0", "ge-0/0/8.0"))
    answers |= {
        asked[0]: JUNOS_DETAIL.format(interface="xe-0/0/1", name="dist-1", address="192.0.2.10"),
        asked[1]: JUNOS_DETAIL.format(interface="ge-0/0/7.0", name="access-7", address="2001:db8::7"),
        asked[2]: JUNOS_DETAIL.format(interface="ge-0/0/8.0", name="silent-8", address="00:05:86:aa:bb:e0"),
    }
    assert [(one.name, one.address, one.local_interface) for one in neighbours_of("juniper_junos", answers)] == [
        ("dist-1", "192.0.2.10", "xe-0/0/1"), ("access-7", "2001:db8::7", "ge-0/0/7.0"),
        ("silent-8", None, "ge-0/0/8.0"),
    ]  # fmt: skip


def test_an_interface_with_a_name_that_is_none_is_not_asked() -> None:
    answers = {JUNOS_TABLE: JUNOS_LLDP.replace("xe-0/0/1  ", "xe|save;/x")}
    assert detail_commands("juniper_junos", answers) == tuple(
        f"show lldp neighbors interface {name}" for name in ("ge-0/0/7.0", "ge-0/0/8.0")
    )
    assert detail_commands("cisco_ios", {"show lldp neighbors detail": IOS_LLDP}) == ()
