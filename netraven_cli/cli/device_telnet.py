"""What there is to say of devices that are reached by telnet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netraven_cli.cli.render import Terminal
    from netraven_cli.model import NewDevice

SHOWN = 5  # names in one sentence
CLEAR_TEXT = "user name, passwords and configuration go over the network in clear text"
WAY_OUT = "netraven device edit DEVICE --option telnet=no"


def by_telnet(devices: Sequence[NewDevice]) -> str:
    """The names of those that are reached by telnet, as a sentence has them; empty: none is."""
    names = [one.name for one in devices if one.options.telnet]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def warn_of_telnet(terminal: Terminal, devices: Sequence[NewDevice]) -> None:
    """Say it at once to who enters one."""
    if names := by_telnet(devices):
        terminal.say(f"telnet: with {names}, {CLEAR_TEXT}; where it can do SSH: {WAY_OUT}")
