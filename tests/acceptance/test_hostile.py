"""Devices that send what is no configuration: a run leaves each in bounded memory, and the next device is backed up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.test_backup import enter, lab

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.installed import Installed
    from tests.simulator import SimulatedNetwork

MEBIBYTE = 1024 * 1024
CONFIGURATION = b"version 15.2\r\nhostname core\r\n" + b"interface Vlan1\r\n no ip address\r\n" * 500 + b"end\r\n"


def endless(chunk: bytes, times: int = 200) -> Iterator[bytes]:
    """Far more than any answer may be: 200 MB."""
    yield from (chunk for _ in range(times) for _ in range(MEBIBYTE // len(chunk)))


HOSTILE: dict[str, tuple[Iterable[bytes], str]] = {  # device's name: what it sends, and what is said of it
    "lines": (endless(b"interface Ethernet1\r\n" * 3000), "more than 64 MB without a prompt"),
    "one-line": (endless(b"x" * 60_000), "more than 64 MB without a prompt"),
    "prompts": (endless(b"prompts#" * 8000), "more than 64 MB without a prompt"),
    "binary": ([CONFIGURATION[:-5] + bytes(range(1, 256)).replace(b"\x1b", b"") * 40 + b"\r\nend\r\n"], "no text"),
    "bomb": ([b"x" * 1_000_000 + b"\x1b[2K\x1b[999999999C" * 100_000 + b"\r\n"], "configuration of cisco_ios"),
    "cut": ([CONFIGURATION[: CONFIGURATION.rindex(b"interface")]], "end marker"),
}
HARMLESS: dict[str, dict[str, Any]] = {
    "nul-bytes": {"sends": [CONFIGURATION.replace(b"no ip", b"no\x00 ip\x00")]},
    "prompt-inside": {"fault": "prompt_in_config"},
    "prompt-before": {"fault": "prompt_in_banner"},
    "good": {},
}


@pytest.mark.timeout(280)
def test_hostile_devices_cost_bounded_memory_and_their_own_backup_alone(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    hostile = [lab(network, name, "cisco_ios", sends=sends) for name, (sends, _said) in HOSTILE.items()]
    harmless = [lab(network, name, "cisco_ios", **what) for name, what in HARMLESS.items()]
    enter(netraven, [*hostile, *harmless])

    said, size_bytes = netraven.measured("run", "backup", "--json", NETRAVEN_RETRY__ATTEMPTS="1")
    assert said.status == 1, said.err
    ended = {line["subject"]: line for line in said.lines if line["event"] == "attempt"}
    for name, (_sends, reason) in HOSTILE.items():
        assert (ended[name]["error_class"], reason in ended[name]["reason"]) == ("incomplete", True), ended[name]
    assert {name for name, line in ended.items() if line["outcome"] == "succeeded"} == {*HARMLESS}
    assert netraven.git("ls-tree", "--name-only", "main").split() == sorted(f"{name}.cfg" for name in HARMLESS)
    for device in harmless:
        shown = CONFIGURATION.decode().replace("\r", "") if device.sends else device.configuration
        assert netraven.git("show", f"main:{device.name}.cfg") == shown, device.name
    assert size_bytes < 500 * MEBIBYTE
    assert all(device.open_sessions == 0 for device in hostile)
