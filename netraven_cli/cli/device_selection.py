"""Which devices a command that changes them means, and how they are named in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netraven_cli.cli.command import selector_of
from netraven_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netraven_cli.model import Device, Selector

SHOWN = 10  # names in one sentence


def closed_selector(
    names: list[str] | None, tag: list[str] | None, platform: str | None, zone: str | None, all_: bool
) -> Selector:
    """A selector that was given: what changes devices does not mean all of them by silence."""
    selector = selector_of(names, tag, platform, zone, all_)
    if selector.is_open and not selector.all:
        raise UsageError("say which devices: by name, by --tag, --platform or --zone, or --all")
    return selector


def named(devices: Sequence[Device]) -> str:
    """The first of their names, and how many more there are."""
    more = f" and {len(devices) - SHOWN} more" if len(devices) > SHOWN else ""
    return ", ".join(one.name for one in devices[:SHOWN]) + more
