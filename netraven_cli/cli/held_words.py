"""Jobs that limits and breakers hold, for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netraven_cli.cli.render import Terminal
    from netraven_cli.store.held import HeldJobs

SHOWN = 10  # limits and breakers


def say_held(terminal: Terminal, held: Sequence[HeldJobs]) -> None:
    """Say what holds how many jobs, and until when."""
    for one in held[:SHOWN]:
        until = f"until {one.until:%Y-%m-%d %H:%M:%S} UTC" if one.until else "until a session ends"
        jobs = "1 job is" if one.jobs == 1 else f"{one.jobs} jobs are"
        terminal.say(f"{jobs} held {until}: {one.why}")
    if len(held) > SHOWN:
        terminal.say(f"… and {len(held) - SHOWN} more limits and breakers; see: netraven queue status --json")
