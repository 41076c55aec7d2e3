"""Write docs/reference/vitals.md from where vitals are read: python -m tests.docs.vitals."""

from __future__ import annotations

from pathlib import Path

from netraven_cli.device.linux_vitals import COMMANDS as LINUX
from netraven_cli.device.signs import SIGNS, Signs, Text

PLACE = Path(__file__).parents[2] / "docs" / "reference" / "vitals.md"
HEAD = """# Vitals: what is read where

Written by `python -m tests.docs.vitals` from [the data](../../netraven_cli/device/signs.py); a test compares them.

This is what a [status check](../how-to/health.md) with a login asks. A dash: not read there. Where a command is not
taken, or the answer is not understood, that vital is left out, and nothing is said against the device for it. A
platform that is not here is checked as far as the login goes. The limits are `health.max_...` in `config.yml`.

| platform | processor | memory | interfaces | alarms | BGP | OSPF |
|---|---|---|---|---|---|---|
"""
FOOT = """
The processor's figure is the average of five minutes where the device has one (Linux: the load of five minutes for each
core), else that of the moment. Alarms are fans, power supplies and temperatures that are not well.
"""


def page() -> str:
    """The whole page."""
    rows = {name: _cells(signs) for name, signs in SIGNS.items()}
    rows["linux"] = [LINUX[0] + "`, `" + LINUX[1], LINUX[2], LINUX[3], "", "", ""]
    lines = [
        f"| `{name}` | {' | '.join(f'`{cell}`' if cell else '-' for cell in cells)} |\n"
        for name, cells in sorted(rows.items())
    ]
    return "".join([HEAD, *lines, FOOT])


def _cells(signs: Signs) -> list[str]:
    alarms = dict.fromkeys(part.command for part in signs.parts)
    if signs.faults:
        alarms[signs.faults.command] = None
    asked = {one.protocol: one.command for one in signs.neighbors}
    places = [
        _command(signs.cpu), _command(signs.memory), _command(signs.interfaces), "`, `".join(alarms),
        asked.get("bgp", ""), asked.get("ospf", ""),
    ]  # fmt: skip
    return [place.replace("|", "\\|") for place in places]


def _command(place: Text | tuple[str, ...] | None) -> str:
    if place is None:
        return ""
    return place.command if isinstance(place, Text) else place[0]


if __name__ == "__main__":
    PLACE.write_text(page(), encoding="utf-8")
