"""One row of data per simulated platform."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.simulator import volatile

if TYPE_CHECKING:
    from collections.abc import Callable

ERASE_BY_BACKSPACES = b"\b" * 9 + b" " * 8 + b"\b" * 9


@dataclass(frozen=True, kw_only=True)
class Row:
    """How a platform talks."""

    prompt: str  # {name}, {user}, {mark}: user or privileged, and {number}: another one each time
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

    def prompt_text(self, name: str, user: str, *, privileged: bool, number: int = 1) -> str:
        """The prompt as it stands on the line."""
        mark = self.mark if privileged else self.user_mark
        return self.prompt.format(name=name, user=user, mark=mark, number=number)


_IOS = Row(
    prompt="{name}{mark}",
    always_privileged=False,
    privileges_by_enable=True,
    show=r"sh(ow)? run(ning-config)?",
    paging_off=r"terminal length 0",
    answers={r"terminal width \d+": "", r"terminal length 0": "", r"terminal no monitor": ""},
    greeting="\n",
    decorate=volatile.ios,
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
    decorate=volatile.huawei,
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
        decorate=volatile.nxos,
    ),
    "cisco_xr": Row(
        prompt="RP/0/RSP0/CPU0:{name}{mark}",
        show=r"show running-config",
        paging_off=r"terminal length 0",
        answers={r"terminal width \d+": "", r"terminal length 0": ""},
        greeting="\n\n",
        decorate=volatile.xr,
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
        decorate=volatile.asa,
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
        decorate=volatile.junos,
    ),
    "mikrotik_routeros": Row(
        prompt="[{user}@{name}] > ",
        show=r"/export(.*)",
        error="bad command name {command} (line 1 column 1)\n",
        greeting="\n\n  MikroTik RouterOS 7.11.2 (c) 1999-2023       https://www.mikrotik.com/\n\n",
        before_prompt="\n",
        decorate=volatile.mikrotik,
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
        decorate=volatile.fortinet,
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
    "ubiquiti_edgerouter": Row(
        prompt="{user}@{name}:~{mark} ",
        mark="$",
        show=r"show configuration",
        paging_off=r"terminal length 0",
        pager=b":",
        pager_erase=b"\r\x1b[K",
        answers={r"terminal (width|length) \d+": ""},
        greeting="Welcome to EdgeOS\n\n",
        error="\n  Invalid command: [{command}]\n\n",
    ),
    "hp_comware": Row(
        prompt="<{name}>",
        show=r"dis(play)? cur(rent-configuration)?",
        paging_off=r"screen-length disable",
        pager=b"---- More ----",
        pager_erase=b"\x1b[16D                \x1b[16D",
        answers={r"screen-length disable": "% Screen-length configuration is disabled for current user.\n"},
        error="                ^\n % Unrecognized command found at '^' position.\n",
        greeting="\n* Copyright (c) 2010-2022 Hewlett Packard Enterprise Development LP *\n\n",
    ),
    "dell_os10": Row(
        prompt="{name}{mark} ",
        show=r"show running-configuration",
        paging_off=r"terminal length 0",
        pager=b"--More--",
        pager_erase=b"\r\x1b[K",
        answers={r"terminal (width|length) \d+": ""},
        error="% Error: Unrecognized command.\n",
        greeting="Dell SmartFabric OS10\n",
        decorate=volatile.os10,
    ),
    "dell_os9": Row(
        prompt="{name}{mark}",
        always_privileged=False,
        privileges_by_enable=True,
        show=r"show running-config",
        paging_off=r"terminal length 0",
        pager=b"--More--",
        pager_erase=b"\r        \r",
        answers={r"terminal (width|length) \d+": ""},
        error='                 ^\n% Error: Invalid input at "^" marker.\n',
        decorate=volatile.os9,
    ),
    "aruba_aoscx": Row(
        prompt="{name}{mark} ",
        show=r"show running-config",
        paging_off=r"no page",
        pager=b"-- MORE --, next page: Space, next line: Enter, quit: q",
        pager_erase=b"\r\x1b[K",
        answers={r"no page": ""},
        error="Invalid input: {command}\n",
        greeting="Last login: 2026-02-28 06:55:16 from 192.0.2.5\n",
        decorate=volatile.with_title,
    ),
    "extreme_exos": Row(
        prompt="{name}.{number} # ",
        show=r"show configuration",
        paging_off=r"disable clipaging session",
        pager=b"Press <SPACE> to continue or <Q> to quit:",
        pager_erase=b"\r" + b" " * 41 + b"\r",
        answers={r"disable clipaging session|disable cli prompting": ""},
        error="                   ^\n%% Invalid input detected at '^' marker.\n",
        greeting="ExtremeXOS\nCopyright (C) 1996-2022 Extreme Networks. All rights reserved.\n\n",
        decorate=volatile.exos,
    ),
    "nokia_sros": Row(
        prompt="A:{name}{mark} ",
        show=r"admin display-config",
        paging_off=r"environment no more",
        pager=b"Press any key to continue (Q to quit)",
        pager_erase=b"\r" + b" " * 37 + b"\r",
        answers={r"environment no more": "", r"//environment more false": "Error: Bad command.\n"},
        error="                    ^\nError: Bad command.\n",
        greeting="TiMOS-C-16.0.R4 cpm/hops64 Nokia 7750 SR Copyright (c) 2000-2018 Nokia.\n\n",
        decorate=volatile.sros,
    ),
    "checkpoint_gaia": Row(
        prompt="{name}{mark} ",
        mark=">",
        show=r"show configuration",
        paging_off=r"set clienv rows 0",
        pager=b"-- More --",
        pager_erase=b"\r          \r",
        answers={r"set clienv rows 0": ""},
        error="CLINFR0329  Invalid command:'{command}'.\n",
        decorate=volatile.gaia,
    ),
    "ruckus_fastiron": Row(
        prompt="SSH@{name}{mark}",
        always_privileged=False,
        privileges_by_enable=True,
        show=r"show running-config",
        paging_off=r"skip-page-display",
        pager=b"--More--, next page: Space, next line: Return key, quit: Control-c",
        pager_erase=b"\r" + b" " * 66 + b"\r",
        answers={r"skip-page-display": "Disable page display mode\n"},
        error="Invalid input -> {command}\nType ? for a list\n",
        decorate=volatile.with_title,
    ),
}
