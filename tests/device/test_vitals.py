from __future__ import annotations

import subprocess

import pytest

from netraven_cli.device.linux_vitals import COMMANDS
from netraven_cli.device.vitals import IOS_POOLS, SIGNS, vital_commands, vitals_of
from netraven_cli.model.health import Vitals

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
            },
            Vitals(
                cpu_percent=10, memory_percent=25, interfaces_up=2, interfaces_down=1, alarms=("power supply 1B: Bad",)
            ),
        ),
        (
            "arista_eos",
            {"show interfaces status": EOS_INTERFACES, "show environment cooling": EOS_COOLING},
            Vitals(interfaces_up=1, interfaces_down=1, alarms=("fan 2: Failed",)),
        ),
        (
            "cisco_nxos", NXOS,
            Vitals(cpu_percent=6, alarms=("power supply 2: Shutdown", "fan Fan2(sys_fan2): Failure")),
        ),
        ("huawei", {"display interface brief": VRP_INTERFACES}, Vitals(interfaces_up=1, interfaces_down=1)),
        ("mikrotik_routeros", {"/system resource print": ROUTEROS}, Vitals(cpu_percent=42, memory_percent=25)),
        ("linux", LINUX, Vitals(cpu_percent=75, memory_percent=75, interfaces_up=2, interfaces_down=1)),
    ],
    ids=["cisco_ios", "arista_eos", "cisco_nxos", "huawei", "mikrotik_routeros", "linux"],
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
