"""One row of data per simulated platform."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_FETCH = datetime(2026, 3, 1, 2, 0, 0, tzinfo=timezone.utc)
ERASE_BY_BACKSPACES = b"\b" * 9 + b" " * 8 + b"\b" * 9


@dataclass(frozen=True, kw_only=True)
class Row:
    """How a platform talks."""

    prompt: str  # {name}, {user}, and {mark}: user or privileged
    user_mark: str = ">"
    mark: str = "#"
    always_privileged: bool = True
    privileges_by_enable: bool = False  # `enable` asks for a password
    show: str  # the command that shows the configuration, a regular expression
    paging_off: str | None = None  # None: it has no pager
    pager: bytes = b" --More-- "
    pager_erase: bytes = ERASE_BY_BACKSPACES
    answers: dict[str, str] = field(default_factory=dict)  # command (regular expression) to answer; "" says nothing
    error: str = "% Invalid input detected at '^' marker.\n\n"
    greeting: str = ""  # before the first prompt
    any_key: bool = False  # "Press any key to continue" before the first prompt
    before_prompt: str = ""  # {master:0} and the like, on a line of its own
    decorate: Callable[[str, int], str] = lambda text, _fetch: text  # puts the volatile lines in

    def prompt_text(self, name: str, user: str, *, privileged: bool) -> str:
        """The prompt as it stands on the line."""
        return self.prompt.format(name=name, user=user, mark=self.mark if privileged else self.user_mark)


def _time(fetch: int) -> datetime:
    return FIRST_FETCH + timedelta(minutes=fetch, seconds=fetch % 60)


def _ios_volatile(text: str, fetch: int) -> str:
    stamp = _time(fetch).strftime("%H:%M:%S UTC %a %b %d %Y")
    text = re.sub(
        r"\A!\n", f"!\n! Last configuration change at {stamp} by admin\n! NVRAM config last updated at {stamp}\n", text
    )
    text = re.sub(r"(?m)^(ntp server )", rf"ntp clock-period {17179860 + fetch}\n\1", text, count=1)
    return f"Building configuration...\n\nCurrent configuration : {len(text) + fetch} bytes\n{text}"


def _nxos_volatile(text: str, fetch: int) -> str:
    stamp = _time(fetch).strftime("%a %b %d %H:%M:%S %Y")
    first, _, rest = text.partition("\n")
    return f"\n{first}\n!Running configuration last done at: {stamp}\n!Time: {stamp}\n{rest}"


def _xr_volatile(text: str, fetch: int) -> str:
    stamp = _time(fetch)
    first, _, rest = text.partition("\n")
    changed = f"!! Last configuration change at {stamp:%a %b %d %H:%M:%S %Y} by admin"
    return f"{stamp:%a %b %d %H:%M:%S}.{fetch % 1000:03} UTC\nBuilding configuration...\n{first}\n{changed}\n{rest}"


def _asa_volatile(text: str, fetch: int) -> str:
    text = re.sub(r"(?m)^: end$", f"Cryptochecksum:{fetch:032x}\n: end", text)
    return f": Saved\n\n{text}"


def _junos_volatile(text: str, fetch: int) -> str:
    return f"## Last commit: {_time(fetch):%Y-%m-%d %H:%M:%S} UTC by admin\n{text}"


def _mikrotik_volatile(text: str, fetch: int) -> str:
    return f"# {_time(fetch):%Y-%m-%d %H:%M:%S} by RouterOS 7.11.2\n{text}"


def _huawei_volatile(text: str, fetch: int) -> str:
    stamp = f"{_time(fetch):%Y-%m-%d %H:%M:%S}+00:00 by admin"
    first, _, rest = text.partition("\n")
    return f"{first}\n!Last configuration was updated at {stamp}\n!Last configuration was saved at {stamp}\n{rest}"


def _fortinet_volatile(text: str, fetch: int) -> str:
    first, _, rest = text.partition("\n")
    rest = rest.replace('    edit "admin"\n', f'    edit "admin"\n        set password ENC SH2{fetch:040x}=\n', 1)
    return f"{first}\n#conf_file_ver={190000000 + fetch}\n{rest}"


_IOS = Row(
    prompt="{name}{mark}",
    always_privileged=False,
    privileges_by_enable=True,
    show=r"sh(ow)? run(ning-config)?",
    paging_off=r"terminal length 0",
    answers={r"terminal width \d+": "", r"terminal length 0": "", r"terminal no monitor": ""},
    greeting="\n",
    decorate=_ios_volatile,
)
_HUAWEI = Row(
    prompt="<{name}>",
    show=r"dis(play)? cur(rent-configuration)?",
    paging_off=r"screen-length 0 temporary",
    pager=b"  ---- More ----",
    pager_erase=b"\x1b[16D                \x1b[16D",
    answers={r"screen-length 0 temporary": "Info: The configuration takes effect on the current user terminal.\n"},
    error="                ^\nError: Unrecognized command found at '^' position.\n",
    greeting="\nInfo: The max number of VTY users is 10, and the number\n      of current VTY users on line is 1.\n",
    decorate=_huawei_volatile,
)
ROWS: dict[str, Row] = {
    "cisco_ios": _IOS,
    "cisco_xe": _IOS,
    "cisco_nxos": Row(
        prompt="{name}{mark} ",
        show=r"show running-config",
        paging_off=r"terminal length 0",
        pager=b"--More--",
        pager_erase=b"\r        \r",
        answers={r"terminal width \d+": "", r"terminal length 0": ""},
        greeting="Cisco Nexus Operating System (NX-OS) Software\nTAC support: http://www.cisco.com/tac\n",
        error="                ^\n% Invalid command at '^' marker.\n",
        decorate=_nxos_volatile,
    ),
    "cisco_xr": Row(
        prompt="RP/0/RSP0/CPU0:{name}{mark}",
        show=r"show running-config",
        paging_off=r"terminal length 0",
        answers={r"terminal width \d+": "", r"terminal length 0": ""},
        greeting="\n\n",
        decorate=_xr_volatile,
    ),
    "cisco_asa": Row(
        prompt="{name}{mark} ",
        always_privileged=False,
        privileges_by_enable=True,
        show=r"show running-config",
        paging_off=r"terminal pager 0",
        pager=b"<--- More --->",
        pager_erase=b"\r              \r",
        answers={r"show curpriv": "Username : admin\nCurrent privilege level : 1\n", r"terminal pager 0": ""},
        greeting='Type help or "?" for a list of available commands.\n',
        error="                 ^\nERROR: % Invalid input detected at '^' marker.\n",
        decorate=_asa_volatile,
    ),
    "arista_eos": Row(
        prompt="{name}{mark}",
        always_privileged=False,
        privileges_by_enable=True,
        show=r"show running-config",
        paging_off=r"terminal length 0",
        pager=b" --More-- ",
        pager_erase=b"\r\x1b[K",
        answers={r"terminal width \d+": "Width set to 511 columns.\n", r"terminal length 0": "Pagination disabled.\n"},
        error="% Invalid input\n",
    ),
    "juniper_junos": Row(
        prompt="{user}@{name}{mark} ",
        mark=">",
        show=r"show configuration( \| no-more)?",
        paging_off=r"set cli screen-length 0",
        pager=b"---(more)---",
        pager_erase=b"\r                                        \r",
        answers={
            r"set cli screen-width 511": "Screen width set to 511\n",
            r"set cli complete-on-space off": "Disabling complete-on-space\n",
            r"set cli screen-length 0": "Screen length set to 0\n",
        },
        before_prompt="\n",
        error="                  ^\nunknown command.\n",
        greeting="--- JUNOS 20.4R3.8 built 2021-06-24 12:00:00 UTC\n",
        decorate=_junos_volatile,
    ),
    "mikrotik_routeros": Row(
        prompt="[{user}@{name}] > ",
        show=r"/export(.*)",
        error="bad command name {command} (line 1 column 1)\n",
        greeting="\n\n  MikroTik RouterOS 7.11.2 (c) 1999-2023       https://www.mikrotik.com/\n\n",
        before_prompt="\n",
        decorate=_mikrotik_volatile,
    ),
    "hp_procurve": Row(
        prompt="{name}{mark} ",
        show=r"show running-config",
        paging_off=r"no page",
        pager=b"-- MORE --, next page: Space, next line: Enter, quit: Control-C",
        pager_erase=b"\r\x1b[K",
        answers={r"terminal width \d+": "", r"no page": ""},
        greeting="HP J9773A 2530-24G-PoEP Switch\n(C) Copyright 1991-2022 Hewlett Packard Enterprise Development LP\n",
        any_key=True,
        error="Invalid input: {command}\n",
    ),
    "huawei": _HUAWEI,
    "huawei_vrp": _HUAWEI,
    "fortinet": Row(
        prompt="{name} {mark} ",
        show=r"show",
        paging_off="config system console",  # a change of the configuration: nothing that a backup may do
        pager=b"--More-- ",
        pager_erase=b"\r         \r",
        answers={
            r"get system status.*Version": "Version: FortiGate-VM64 v7.2.4,build1396,230131 (GA.F)\n",
            r"get system status.*Virtual": "Virtual domain configuration: disable\n",
            r"get system console": "output              : more\n",
            r"config system console|set output standard|end": "",
        },
        error="Unknown action 0\n",
        decorate=_fortinet_volatile,
    ),
    "paloalto_panos": Row(
        prompt="{user}@{name}{mark} ",
        mark=">",
        show=r"show config running",
        paging_off=r"set cli pager off",
        pager=b"lines 1-23",
        pager_erase=b"\r\x1b[K",
        answers={
            r"set cli .*": "",
            r"show system info": "hostname: {name}\nmodel: PA-220\nsw-version: 10.1.6\noperational-mode: normal\n\n",
        },
        before_prompt="",
        greeting="\nNumber of failed attempts since last successful login: 0\n\n",
        error="Unknown command: {command}\nInvalid syntax.\n",
    ),
    "vyos": Row(
        prompt="{user}@{name}:~{mark} ",
        mark="$",
        show=r"show configuration",
        paging_off=r"set terminal length 0",
        pager=b":",
        pager_erase=b"\r\x1b[K",
        answers={r"set terminal (width|length) \d+": ""},
        greeting="Welcome to VyOS!\n\n",
        error="\n  Invalid command: [{command}]\n\n",
    ),
    "linux": Row(
        prompt="{user}@{name}:~{mark} ",
        mark="$",
        show=r"tail -n .*",
        greeting="Linux host 6.1.0 x86_64\n",
        error="bash: {command}: command not found\n",
    ),
}
