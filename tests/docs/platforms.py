"""Write docs/reference/platforms.md from the platforms' data: python -m tests.docs.platforms."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from netraven_cli.device.platforms import UNPROVEN, load_families
from netraven_cli.device.platforms.aliases import aliases_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netraven_cli.model import Platform

PLACE = Path(__file__).parents[2] / "docs" / "reference" / "platforms.md"
HEAD = """# Platforms

Written by `python -m tests.docs.platforms` from [the data](../../netraven_cli/device/platforms); a test compares them.
`netraven platform list` and `netraven platform show NAME` say the same, with what your own file adds or changes.

## Proven

A configuration is accepted when the prompt came after it, no error text stands in it, and its proof holds: an end
marker among its last lines, or a structure that is whole. `prompt` says that nothing in the text shows its end. Where
*two equal reads of what is new* is said, a text that is not the one accepted last is read a second time in the same
session, and counts only if both are equal. A device that cuts its answer at the same place each time, with a proper
prompt after it, is not found out by that; what is known of its size is ([quarantine](../how-to/quarantine.md)).

The recordings of each family are played by the tests: complete, truncated, with an error, and with
secrets of every kind; the simulator plays each of them with each fault at each stage of a session.

"""
UNPROVEN_HEAD = """## Unproven

Nothing is known for sure that proves these complete. They are read twice in one session, each time, and accepted only
if both reads are equal and the prompt came after each; `netraven device show` says so. `netraven platform test` shows
what a recorded session comes to, and an `end_marker` or a `structure` in your own file makes the platform a proven one:
see [Add a platform](../how-to/platforms.md). The commands of these are those that their makers and other tools name;
none of them was tried on a device or in the simulator.

"""
ALIASES_HEAD = """## Names of other tools

Inventories may call platforms as RANCID, Oxidized, NAPALM, Ansible or NetBox do, with `-` or `_`, in any case.

"""


def page() -> str:
    """The whole page."""
    families = load_families()
    unproven = families.pop(UNPROVEN)
    proven = {name: one for family in families.values() for name, one in family.items()}
    sources = [
        f"- **{family}**: {'; '.join(next(iter(platforms.values())).sources)}" for family, platforms in families.items()
    ]
    parts = [
        HEAD,
        *_table("platform | system | asked | proof | tests", _proven_rows(families)),
        "\nHow their configurations look is written in:\n\n",
        *(f"{line}\n" for line in sources),
        "\n",
        UNPROVEN_HEAD,
        *_table("platform | system | asked", ((f"`{n}`", one.title, _asked(one)) for n, one in unproven.items())),
        "\n",
        ALIASES_HEAD,
        *_table("platform | also", _alias_rows({**proven, **unproven})),
    ]
    return "".join(parts)


def _proven_rows(families: dict[str, dict[str, Platform]]) -> Iterable[tuple[str, ...]]:
    for family, platforms in families.items():
        for name, one in platforms.items():
            recordings = f"[{family}](../../tests/data/platforms/{family})"
            yield f"`{name}`", one.title, _asked(one), one.proof, recordings


def _alias_rows(platforms: dict[str, Platform]) -> Iterable[tuple[str, ...]]:
    for name in sorted(platforms):
        if aliases_of(name):
            yield f"`{name}`", ", ".join(aliases_of(name))


def _asked(one: Platform) -> str:
    commands = ", ".join(f"`{command}`" for command in one.commands)
    return f"{commands} (privileged)" if one.needs_enable else commands


def _table(head: str, rows: Iterable[tuple[str, ...]]) -> Iterable[str]:
    yield f"| {head} |\n|{'---|' * len(head.split('|'))}\n"
    for row in rows:
        yield f"| {' | '.join(part.replace('|', chr(92) + '|') for part in row)} |\n"


if __name__ == "__main__":
    PLACE.write_text(page(), encoding="utf-8")
