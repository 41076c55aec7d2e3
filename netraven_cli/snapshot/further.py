"""Further files of a device, beside its running configuration: how each is asked for and proven complete."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netraven_cli.model import Platform

# What versions and inventories tell of the moment; seen in `show version` of the Ciscos, Huawei, Comware, FastIron and
# EOS, `show switch` of EXOS, `get system status` of FortiOS, `/system resource print` of RouterOS, `show system info`.
_OF_THE_MOMENT = (
    r"^.*\b(?:[Ss]ystem )?[Uu]p ?-?[Tt]ime\b.*$",
    r"^\S+ up (?:\d+ \w+ ?)+$",
    r"^.*\b(?:[Cc]urrent|[Ss]ystem) [Tt]ime *:.*$",
    r"^time: .*$",
    r"^.*\b[Ff]ree[ -](?:[Mm]emory|hdd-space)\b.*$",
    r"^ *(?:cpu-load|write-sect-since-reboot|write-sect-total|bad-blocks) *:.*$",
    r"^.*\b[Tt]emperature\b.*\d.*$",
)


def further_files(platform: Platform, wanted: Iterable[str]) -> dict[str, Platform]:
    """How each wanted file is asked for and judged; those that the platform has no command for are left out.

    A startup configuration is proven as the running one is; of all others two equal reads prove that they are whole.
    """
    return {file: _of_file(platform, file) for file in wanted if platform.commands_of(file)}


def _of_file(platform: Platform, file: str) -> Platform:
    asked = replace(platform, commands=platform.commands_of(file))
    if file == "startup":
        return asked
    volatile = (*platform.volatile, *_OF_THE_MOMENT)
    return replace(asked, end_marker=None, structure=None, required=(), minimum_lines=1, volatile=volatile)
