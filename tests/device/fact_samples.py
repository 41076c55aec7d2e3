"""What devices of each platform answer to the commands for facts, and the facts that this is."""

from __future__ import annotations

from netraven_cli.model.discovery import Facts

IOS_VERSION = """\
Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(7)E4, RELEASE SOFTWARE (fc2)
Technical Support: http://www.cisco.com/techsupport
Copyright (c) 1986-2021 by Cisco Systems, Inc.
Compiled Mon 08-Mar-21 12:38 by prod_rel_team

ROM: Bootstrap program is C2960X boot loader
BOOTLDR: C2960X Boot Loader (C2960X-HBOOT-M) Version 15.2(7r)E, RELEASE SOFTWARE (fc3)

{name} uptime is 1 year, 2 weeks, 3 days, 4 hours, 5 minutes
System returned to ROM by power-on
System image file is "flash:/c2960x-universalk9-mz.152-7.E4.bin"

cisco WS-C2960X-48TS-L (APM86XXX) processor (revision B0) with 524288K bytes of memory.
Processor board ID {serial}
Last reset from power-on
48 Gigabit Ethernet interfaces

Configuration register is 0xF

"""
IOS_INTERFACES = """\
Interface              IP-Address      OK? Method Status                Protocol
Vlan1                  unassigned      YES NVRAM  administratively down down
Vlan10                 192.0.2.1       YES NVRAM  up                    up
GigabitEthernet1/0/1   unassigned      YES unset  up                    up
"""
XE_VERSION = """\
Cisco IOS XE Software, Version 16.12.05b
Cisco IOS Software [Gibraltar], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 16.12.5b, RELEASE SOFTWARE (fc3)
Technical Support: http://www.cisco.com/techsupport
Copyright (c) 1986-2021 by Cisco Systems, Inc.
Compiled Thu 25-Mar-21 13:21 by mcpre

ROM: IOS-XE ROMMON
edge-xe uptime is 2 days, 1 hour, 30 minutes
Uptime for this control processor is 2 days, 1 hour, 33 minutes
System returned to ROM by Reload Command
System image file is "flash:packages.conf"

cisco C9300-24T (X86) processor with 1343703K/6147K bytes of memory.
Processor board ID FCW2140L0AA
24 Gigabit Ethernet interfaces

Configuration register is 0x102

"""
NXOS_VERSION = """\
Cisco Nexus Operating System (NX-OS) Software
TAC support: http://www.cisco.com/tac
Documents: http://www.cisco.com/en/US/products/ps9372/tsd_products_support_series_home.html

Software
  BIOS: version 07.66
  NXOS: version 9.3(5)
  BIOS compile time:  06/11/2019
  NXOS image file is: bootflash:///nxos.9.3.5.bin

Hardware
  cisco Nexus9000 C93180YC-EX chassis
  Intel(R) Xeon(R) CPU  @ 1.80GHz with 24632564 kB of memory.
  Processor Board ID FDO21120U8N

  Device name: leaf-1
  bootflash:   53298520 kB
Kernel uptime is 12 day(s), 3 hour(s), 44 minute(s), 11 second(s)

Last reset
  Reason: Unknown
  System version: 9.3(5)
  Service:

"""
XR_VERSION = """\
Cisco IOS XR Software, Version 6.3.3[Default]
Copyright (c) 2018 by Cisco Systems, Inc.

ROM: System Bootstrap, Version 2.9(20160128:004217) [ASR9K ROMMON],

core-xr uptime is 3 weeks, 1 day, 2 hours, 5 minutes
System image file is "disk0:asr9k-os-mbi-6.3.3/0x100305/mbiasr9k-rsp3.vm"

cisco ASR9K Series (Intel 686 F6M14S4) processor with 6291456K bytes of memory.
"""
ASA_VERSION = """\
Cisco Adaptive Security Appliance Software Version 9.8(2)
Firepower Extensible Operating System Version 2.2(2.52)
Device Manager Version 7.8(2)

Compiled on Sun 27-Aug-17 13:06 PDT by builders
System image file is "disk0:/asa982-smp-k8.bin"
Config file at boot was "startup-config"

fw-asa up 5 days 2 hours

Hardware:   ASAv, 2048 MB RAM, CPU Pentium II 2600 MHz,
Internal ATA Compact Flash, 1024MB
Serial Number: 9A1QGXQEQ5T
Configuration last modified by admin at 10:00:00.000 UTC Mon Mar 2 2026
"""
EOS_VERSION = """\
Arista DCS-7050TX-64-R
Hardware version:    01.11
Serial number:       JPE15233456
System MAC address:  444c.a8aa.bbcc

Software image version: 4.20.11M
Architecture:           i386
Internal build version: 4.20.11M-10040464.42011M
Internal build ID:      aaaaaaaa-1111-2222-3333-444444444444

Uptime:                 10 weeks, 3 days, 2 hours and 1 minute
Total memory:           3818208 kB
Free memory:            2432028 kB
"""
JUNOS_VERSION = """\
Hostname: mx-1
Model: mx240
Junos: 20.4R3.8
JUNOS Base OS boot [20.4R3.8]
JUNOS Base OS Software Suite [20.4R3.8]
"""
JUNOS_CHASSIS = """\
Hardware inventory:
Item             Version  Part number  Serial number     Description
Chassis                                JN1234567AFC      MX240
"""
FORTI_STATUS = """\
Version: FortiGate-60F v7.2.4,build1396,230131 (GA.F)
Serial-Number: FGT60FTK20001234
BIOS version: 05000100
System Part-Number: P24286-04
Log hard disk: Not available
Hostname: branch-fw
Operation Mode: NAT
Current virtual domain: root
Max number of virtual domains: 10
Virtual domains status: 1 in NAT mode, 0 in TP mode
Virtual domain configuration: disable
FIPS-CC mode: disable
Current HA mode: standalone
Branch point: 1396
Release Version Information: GA
System time: Mon Mar  2 10:00:00 2026
"""
PANOS_INFO = """\
hostname: pa-1
ip-address: 192.0.2.9
netmask: 255.255.255.0
default-gateway: 192.0.2.1
mac-address: 00:1b:17:00:01:02
uptime: 12 days, 3:44:11
family: 200
model: PA-220
serial: 012801012345
sw-version: 10.1.6
operational-mode: normal
"""
VRP_VERSION = """\
Huawei Versatile Routing Platform Software
VRP (R) software, Version 5.160 (S5720 V200R011C10SPC600)
Copyright (C) 2000-2018 HUAWEI TECH Co., Ltd.
HUAWEI S5720-28X-LI-AC Routing Switch uptime is 2 weeks, 1 day, 3 hours, 4 minutes

"""
PROCURVE_SYSTEM = """\
 Status and Counters - General System Information

  System Name        : closet-4
  System Contact     : noc
  System Location    : basement

  MAC Age Time (sec) : 300

  Time Zone          : 0
  Daylight Time Rule : None

  Software revision  : YA.16.10.0012        Base MAC Addr      : 9457a5-aabbcc
  ROM Version        : YA.15.20             Serial Number      : CN55FP1234

  Up Time            : 36 days              Memory   - Total   : 103,247,872
  CPU Util (%)       : 4                               Free    : 52,015,104

  IP Mgmt  - Pkts Rx : 1,234                Packet   - Total   : 6750
             Pkts Tx : 1,111                Buffers    Free    : 4828
                                                       Lowest  : 4824
                                                       Missed  : 0
"""
AOSCX_SYSTEM = """\
Hostname           : agg-cx
System Description : ArubaOS-CX FL.10.08.1010
System Contact     :
System Location    :
Vendor             : Aruba
Product Name       : JL660A 6300M 24G Smart Rate PoE 4SFP56 Sw
Chassis Serial Nbr : SG9ZKM1234
Base MAC Address   : 88:3a:30:aa:bb:cc
ArubaOS-CX Version : FL.10.08.1010
Time Zone          : UTC
Up Time            : 3 weeks, 2 days, 1 hour, 5 minutes
CPU Util (%)       : 8
Memory Usage (%)   : 22
"""
ROS_RESOURCE = """\
                   uptime: 1w2d3h4m5s
                  version: 7.11.2 (stable)
               build-time: Aug/31/2023 13:55:47
         factory-software: 6.44.3
              free-memory: 822.4MiB
             total-memory: 1024.0MiB
                      cpu: ARM64
                cpu-count: 4
            cpu-frequency: 1200MHz
                 cpu-load: 0%
           free-hdd-space: 483.6MiB
          total-hdd-space: 512.3MiB
  write-sect-since-reboot: 1203
         write-sect-total: 24567
               bad-blocks: 0%
        architecture-name: arm64
               board-name: CCR2004-1G-12S+2XS
                 platform: MikroTik
"""
ROS_BOARD = """\
       routerboard: yes
        board-name: CCR2004-1G-12S+2XS
             model: CCR2004-1G-12S+2XS
     serial-number: D4F10E6AAAAA
     firmware-type: al64
  factory-firmware: 6.46.8
  current-firmware: 7.11.2
  upgrade-firmware: 7.11.2
"""
OS_RELEASE = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nID=debian\n'
LINUX = {
    "uname -n": "jump-1\n",
    "cat /etc/os-release": OS_RELEASE,
    "cat /proc/uptime": "1234567.89 2345678.90\n",
    "ls /sys/class/net": "docker0  eth0  lo\n",
    "cat /sys/class/dmi/id/sys_vendor": "Dell Inc.\n",
    "cat /sys/class/dmi/id/product_name": "PowerEdge R640\n",
    "cat /sys/class/dmi/id/product_serial": "cat: /sys/class/dmi/id/product_serial: Permission denied\n",
}
SAMPLES: dict[str, tuple[str, dict[str, str], Facts]] = {  # platform: prompt, answers, facts
    "cisco_ios": (
        "sw-1#",
        {
            "show version": IOS_VERSION.format(name="sw-1", serial="FOC1932X0K1"),
            "show ip interface brief": IOS_INTERFACES,
        },
        Facts(
            hostname="sw-1", vendor="Cisco", model="WS-C2960X-48TS-L", serial="FOC1932X0K1", os_version="15.2(7)E4",
            interfaces=3, uptime_seconds=33_019_500,
        ),
    ),
    "cisco_xe": (
        "edge-xe#",
        {"show version": XE_VERSION},
        Facts(
            hostname="edge-xe", vendor="Cisco", model="C9300-24T", serial="FCW2140L0AA", os_version="16.12.5b",
            uptime_seconds=178_200,
        ),
    ),
    "cisco_nxos": (
        "leaf-1#",
        {"show version": NXOS_VERSION},
        Facts(
            hostname="leaf-1", vendor="Cisco", model="C93180YC-EX", serial="FDO21120U8N", os_version="9.3(5)",
            uptime_seconds=1_050_251,
        ),
    ),
    "cisco_xr": (
        "RP/0/RSP0/CPU0:core-xr#",
        {"show version": XR_VERSION},
        Facts(
            hostname="core-xr", vendor="Cisco", model="ASR9K Series", os_version="6.3.3", uptime_seconds=1_908_300
        ),
    ),
    "cisco_asa": (
        "fw-asa>",
        {"show version": ASA_VERSION},
        Facts(
            hostname="fw-asa", vendor="Cisco", model="ASAv", serial="9A1QGXQEQ5T", os_version="9.8(2)",
            uptime_seconds=439_200,
        ),
    ),
    "arista_eos": (
        "spine-1#",
        {"show version": EOS_VERSION},
        Facts(
            hostname="spine-1", vendor="Arista", model="DCS-7050TX-64-R", serial="JPE15233456", os_version="4.20.11M",
            uptime_seconds=6_314_460,
        ),
    ),
    "juniper_junos": (
        "admin@mx-1>",
        {"show version": JUNOS_VERSION, "show chassis hardware": JUNOS_CHASSIS},
        Facts(hostname="mx-1", vendor="Juniper", model="mx240", serial="JN1234567AFC", os_version="20.4R3.8"),
    ),
    "fortinet": (
        "branch-fw #",
        {"get system status": FORTI_STATUS},
        Facts(
            hostname="branch-fw", vendor="Fortinet", model="FortiGate-60F", serial="FGT60FTK20001234",
            os_version="7.2.4",
        ),
    ),
    "paloalto_panos": (
        "admin@pa-1>",
        {"show system info": PANOS_INFO},
        Facts(
            hostname="pa-1", vendor="Palo Alto Networks", model="PA-220", serial="012801012345", os_version="10.1.6",
            uptime_seconds=1_050_251,
        ),
    ),
    "huawei": (
        "<acc-7>",
        {"display version": VRP_VERSION},
        Facts(
            hostname="acc-7", vendor="Huawei", model="S5720-28X-LI-AC Routing Switch",
            os_version="S5720 V200R011C10SPC600", uptime_seconds=1_307_040,
        ),
    ),
    "hp_procurve": (
        "closet-4#",
        {"show system": PROCURVE_SYSTEM},
        Facts(
            hostname="closet-4", vendor="HP", serial="CN55FP1234", os_version="YA.16.10.0012", uptime_seconds=3_110_400
        ),
    ),
    "aruba_aoscx": (
        "agg-cx#",
        {"show system": AOSCX_SYSTEM},
        Facts(
            hostname="agg-cx", vendor="Aruba", model="JL660A 6300M 24G Smart Rate PoE 4SFP56 Sw", serial="SG9ZKM1234",
            os_version="FL.10.08.1010", uptime_seconds=1_991_100,
        ),
    ),
    "mikrotik_routeros": (
        "[admin@ccr-1] >",
        {"/system resource print": ROS_RESOURCE, "/system routerboard print": ROS_BOARD},
        Facts(
            hostname="ccr-1", vendor="MikroTik", model="CCR2004-1G-12S+2XS", serial="D4F10E6AAAAA",
            os_version="7.11.2 (stable)", uptime_seconds=788_645,
        ),
    ),
    "linux": (
        "backup@jump-1:~$",
        LINUX,
        Facts(
            hostname="jump-1", vendor="Dell Inc.", model="PowerEdge R640", os_version="Debian GNU/Linux 12 (bookworm)",
            interfaces=3, uptime_seconds=1_234_567,
        ),
    ),
}  # fmt: skip
