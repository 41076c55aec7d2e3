"""What a Linux host says of itself; there are no templates for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from netraven_cli.model.discovery import Facts

if TYPE_CHECKING:
    from collections.abc import Mapping

# os-release(5), proc_uptime(5); the files of DMI can be read by root alone, or are not there.
COMMANDS = (
    "uname -n",
    "cat /etc/os-release",
    "cat /proc/uptime",
    "ls /sys/class/net",
    "cat /sys/class/dmi/id/sys_vendor",
    "cat /sys/class/dmi/id/product_name",
    "cat /sys/class/dmi/id/product_serial",
)
_FAILED = re.compile(r"^(cat|ls|bash|sh|-?\w*sh): ", re.MULTILINE)


def linux_facts(answers: Mapping[str, str]) -> Facts:
    """The facts that the answers to the commands tell."""
    name, release, uptime, interfaces, vendor, model, serial = (_said(answers, command) for command in COMMANDS)
    pretty = re.search(r'^PRETTY_NAME="?([^"\n]*)', release, re.MULTILINE)
    seconds = re.match(r"(\d+)\.", uptime)
    return Facts(
        hostname=name or None,
        vendor=vendor or None,
        model=model or None,
        serial=serial or None,
        os_version=pretty[1] if pretty else None,
        interfaces=len(interfaces.split()) or None,
        uptime_seconds=int(seconds[1]) if seconds else None,
    )


def _said(answers: Mapping[str, str], command: str) -> str:
    text = answers.get(command, "").strip()
    return "" if _FAILED.search(text) else text
