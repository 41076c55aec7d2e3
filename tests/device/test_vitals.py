from __future__ import annotations

import subprocess

import pytest

from netraven_cli.device.linux_vitals import COMMANDS
from netraven_cli.device.signs import SIGNS
from netraven_cli.device.vitals import vital_commands, vitals_of
from netraven_cli.model.health import Vitals

IOS_POOLS = "show processes memory | include Pool"
IOS_CPU = """\
CPU utilization for five seconds: 12%/1%; one minute: 11%; five minutes: 10%
 PID Runtime(ms)     Invoked      uSecs   5Sec   1Min   5Min TTY Process
   1        1234         567       2176  0.00%  0.00%  0.00%   0 Chunk Manager
   2        1234         567       2176  0.07%  0.05%  0.05%   0 Load Meter
"""
IOS_MEMORY = """\
Processor Pool Total:  400000000 Used:  100000000 Free:  300000000
      I/O Pool Total:   20971520 Used:   13842848 Free:    7128672
"""
IOS_INTERFACES = """\
Interface              IP-Address      OK? Method Status                Protocol
Vlan1                  unassigned      YES NVRAM  administratively down down
Vlan10                 192.0.2.1       YES NVRAM  up                    up
GigabitEthernet1/0/1   unassigned      YES unset  up                    up
GigabitEthernet1/0/2   unassigned      YES unset  down                  down
"""
IOS_POWER = """\
SW  PID                 Serial#     Status           Sys Pwr  PoE Pwr  Watts
--  ------------------  ----------  ---------------  -------  -------  -----
1A  PWR-C1-715WAC       LIT12345678  OK              Good     Good     715
1B  PWR-C1-715WAC       LIT12345679  No Input Power  Bad      Bad      715
"""
NXOS = {
    "show processes cpu": "CPU utilization for five seconds: 8%/2%; one minute: 7%; five minutes: 6%\n",
    "show environment": """\
Power Supply:
Voltage: 12 Volts
Power                              Actual        Total
Supply    Model                    Output     Capacity    Status
                                 (Watts )     (Watts )
-------  -------------------  -----------  -----------  --------------
1        NXA-PAC-650W-PE             124 W        649 W     Ok
2        NXA-PAC-650W-PE               0 W        649 W     Shutdown

Fan:
------------------------------------------------------
Fan             Model                Hw         Status
------------------------------------------------------
Fan1(sys_fan1)  NXA-FAN-30CFM-F      --         Ok
Fan2(sys_fan2)  NXA-FAN-30CFM-F      --         Failure

Temperature:
--------------------------------------------------------------------
Module   Sensor        MajorThresh   MinorThres   CurTemp     Status
                       (Celsius)     (Celsius)    (Celsius)
--------------------------------------------------------------------
1        FRONT           70              42          30         Ok
""",
}
EOS_INTERFACES = """\
Port       Name   Status       Vlan     Duplex Speed  Type            Flags Encapsulation
Et1        uplink connected    trunk    full   10G    10GBASE-SR
Et2               notconnect   1        full   10G    10GBASE-SR
Et3               disabled     1        full   10G    10GBASE-SR
"""
EOS_COOLING = """\
System cooling status is: Ok
Ambient temperature: 22C
Airflow: front-to-back
Fan     Status     Configured Speed  Actual Speed
------- ---------- ----------------- ------------
1       Ok         35%               35%
2       Failed     35%               0%
"""
VRP_INTERFACES = """\
PHY: Physical
*down: administratively down
(l): loopback
InUti/OutUti: input utility/output utility
Interface                   PHY   Protocol InUti OutUti   inErrors  outErrors
GigabitEthernet0/0/1        up    up       0.01%  0.01%          0          0
GigabitEthernet0/0/2        down  down        0%     0%          0          0
GigabitEthernet0/0/3        *down down        0%     0%          0          0
"""
ROUTEROS = """\
                   uptime: 2w3d4h5m6s
                  version: 7.11.2 (stable)
               build-time: Aug/31/2023 13:55:47
              free-memory: 192.0MiB
             total-memory: 256.0MiB
                      cpu: ARMv7
                cpu-count: 4
            cpu-frequency: 716MHz
                 cpu-load: 42%
           free-hdd-space: 1000.0KiB
          total-hdd-space: 15.3MiB
        architecture-name: arm
               board-name: hAP ac^2
                 platform: MikroTik
"""
IOS_BGP = """\
BGP router identifier 192.0.2.1, local AS number 65001
BGP table version is 8, main routing table version 8

Neighbor        V           AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd
192.0.2.2       4        65002     100     101        8    0    0 01:00:00        3
192.0.2.3       4        65003       0       0        1    0    0 never    Active
192.0.2.4       4        65004       0       0        1    0    0 never    Idle (Admin)
"""
IOS_OSPF = """\
Neighbor ID     Pri   State           Dead Time   Address         Interface
192.0.2.11        1   FULL/DR         00:00:33    198.51.100.11   GigabitEthernet0/1
192.0.2.12        1   2WAY/DROTHER    00:00:35    198.51.100.12   GigabitEthernet0/1
192.0.2.13        0   INIT/  -        00:00:36    198.51.100.13   GigabitEthernet0/2
"""
EOS_BGP = """\
BGP summary information for VRF default
Router identifier 192.0.2.1, local AS number 65001
Neighbor Status Codes: m - Under maintenance
  Neighbor         V  AS           MsgRcvd   MsgSent  InQ OutQ  Up/Down State   PfxRcd PfxAcc
  192.0.2.2        4  65002            100       101    0    0 00:10:00 Estab   3      3
  192.0.2.3        4  65003              0         0    0    0 00:10:00 Active
"""
FORTIOS = """\
CPU states: 6% user 2% system 0% nice 92% idle 0% iowait 0% irq 0% softirq
CPU0 states: 12% user 4% system 0% nice 84% idle 0% iowait 0% irq 0% softirq
Memory: 3112532k total, 1018512k used (32.7%), 1863964k free (59.9%), 230056k freeable (7.4%)
Uptime: 0 days, 22 hours, 59 minutes
"""
FORTIOS_BGP = """\
BGP router identifier 192.0.2.1, local AS number 65001
BGP table version is 2
1 BGP AS-PATH entries
0 BGP community entries

Neighbor        V         AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd
192.0.2.2       4      65002     100     101        2    0    0 01:00:00        3
192.0.2.3       4      65003       0       0        0    0    0    never Connect

Total number of neighbors 2
"""
PANOS = """\
top - 17:27:58 up 3 days,  9:24,  1 user,  load average: 2.18, 2.15, 2.20
Tasks: 135 total,   3 running, 132 sleeping,   0 stopped,   0 zombie
%Cpu(s): 52.5 us,  1.2 sy,  0.7 ni, 45.6 id,  0.1 wa,  0.0 hi,  0.0 si,  0.0 st
KiB Mem :  4000000 total,   272224 free,  1901384 used,  1946044 buff/cache
KiB Swap:     1972 total,     1972 free,        0 used.  1000000 avail Mem

  PID USER      PR  NI    VIRT    RES    SHR S  %CPU %MEM     TIME+ COMMAND
"""
JUNOS_ENGINE = """\
Routing Engine status:
  Slot 0:
    Current state                  Master
    Temperature                 32 degrees C / 89 degrees F
    Memory utilization          34 percent
    CPU utilization:
      User                       1 percent
      Background                 0 percent
      Kernel                     2 percent
      Interrupt                  0 percent
      Idle                      97 percent
"""
JUNOS_ENVIRONMENT = """\
Class Item                           Status     Measurement
Temp  PEM 0                          OK         30 degrees C / 86 degrees F
      PEM 2                          Check
      Routing Engine 0               OK         32 degrees C / 89 degrees F
Fans  Top Rear Fan                   Failed
"""
JUNOS_OSPF = """\
Address          Interface              State           ID               Pri  Dead
198.51.100.11    ge-0/0/1.0             Full            192.0.2.11       128    33
198.51.100.12    ge-0/0/2.0             Init            192.0.2.12       128    36
"""
ASA_CPU = "CPU utilization for 5 seconds = 15%; 1 minute: 12%; 5 minutes: 11%\n"
ASA_MEMORY = """\
Free memory:        6144000000 bytes (75%)
Used memory:        2048000000 bytes (25%)
-------------     ------------------
Total memory:       8192000000 bytes (100%)
"""
LINUX = dict(
    zip(
        COMMANDS,
        (
            "0.10 3.00 0.50 1/234 5678\n",
            "4\n",
            "MemTotal:        1000 kB\nMemFree:          100 kB\nMemAvailable:     250 kB\n",
            "/sys/class/net/eth0/operstate:up\n/sys/class/net/eth1/operstate:down\n"
            "/sys/class/net/eth2/operstate:down\n/sys/class/net/lo/operstate:unknown\n",
            "/sys/class/net/eth0/flags:0x1003\n/sys/class/net/eth1/flags:0x1003\n"
            "/sys/class/net/eth2/flags:0x1002\n/sys/class/net/lo/flags:0x9\n",
        ),
        strict=True,
    )
)


@pytest.mark.parametrize(
    ("platform", "answers", "vitals"),
    [
        (
            "cisco_ios",
            {
                "show processes cpu": IOS_CPU, IOS_POOLS: IOS_MEMORY,
                "show ip interface brief": IOS_INTERFACES, "show environment power all": IOS_POWER,
                "show ip bgp summary": IOS_BGP, "show ip ospf neighbor": IOS_OSPF,
            },
            Vitals(
                cpu_percent=10, memory_percent=25, interfaces_up=2, interfaces_down=1, bgp_up=1, bgp_down=1, ospf_up=2,
                ospf_down=1, alarms=("power supply 1B: Bad",),
            ),
        ),
        (
            "arista_eos",
            {
                "show interfaces status": EOS_INTERFACES, "show environment cooling": EOS_COOLING,
                "show ip bgp summary": EOS_BGP,
            },
            Vitals(interfaces_up=1, interfaces_down=1, bgp_up=1, bgp_down=1, alarms=("fan 2: Failed",)),
        ),
        (
            "cisco_nxos", NXOS,
            Vitals(cpu_percent=6, alarms=("power supply 2: Shutdown", "fan Fan2(sys_fan2): Failure")),
        ),
        (
            "fortinet", {"get system performance status": FORTIOS, "get router info bgp summary": FORTIOS_BGP},
            Vitals(cpu_percent=8, memory_percent=32.7, bgp_up=1, bgp_down=1),
        ),
        ("paloalto_panos", {"show system resources": PANOS}, Vitals(cpu_percent=54.4, memory_percent=75)),
        (
            "juniper_junos",
            {
                "show chassis routing-engine": JUNOS_ENGINE, "show chassis environment": JUNOS_ENVIRONMENT,
                "show ospf neighbor": JUNOS_OSPF,
            },
            Vitals(
                cpu_percent=3, memory_percent=34, ospf_up=1, ospf_down=1,
                alarms=("PEM 2: Check", "Top Rear Fan: Failed"),
            ),
        ),
        (
            "cisco_asa", {"show cpu usage": ASA_CPU, "show memory": ASA_MEMORY, "show bgp summary": IOS_BGP},
            Vitals(cpu_percent=11, memory_percent=25, bgp_up=1, bgp_down=1),
        ),
        ("huawei", {"display interface brief": VRP_INTERFACES}, Vitals(interfaces_up=1, interfaces_down=1)),
        ("mikrotik_routeros", {"/system resource print": ROUTEROS}, Vitals(cpu_percent=42, memory_percent=25)),
        ("linux", LINUX, Vitals(cpu_percent=75, memory_percent=75, interfaces_up=2, interfaces_down=1)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_the_answers_of_a_platform_become_its_vitals(platform: str, answers: dict[str, str], vitals: Vitals) -> None:
    assert set(answers) <= set(vital_commands(platform))
    assert vitals_of(platform, answers) == vitals


@pytest.mark.parametrize("platform", [*SIGNS, "linux"])
def test_answers_that_nobody_understands_tell_nothing(platform: str) -> None:
    assert vitals_of(platform, dict.fromkeys(vital_commands(platform), "something went wrong\n")) == Vitals()
    assert vitals_of(platform, {}) == Vitals()


def test_this_machine_tells_its_vitals_by_the_commands_for_linux() -> None:
    said = {
        command: subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False).stdout
        for command in COMMANDS
    }
    found = vitals_of("linux", said)
    assert found.cpu_percent is not None
    assert 0 < (found.memory_percent or 0) <= 100
