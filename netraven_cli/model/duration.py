"""Lengths of time as operators write and read them."""

from __future__ import annotations

import re
from datetime import timedelta

FORM = "90m, 26h, 2d or 1d12h"
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
LONGEST = timedelta(days=3660)
WHOLE = re.compile(r"(?:[0-9]{1,9}[smhdw])+")
PART = re.compile(r"([0-9]+)([smhdw])")


def duration(text: str) -> timedelta:
    """A length of time such as 26h.

    Raises:
        ValueError: it is none; the sentence says how to write one.
    """
    compact = "".join(text.lower().split())
    seconds = sum(int(number) * UNITS[unit] for number, unit in PART.findall(compact))
    if not WHOLE.fullmatch(compact) or not 0 < seconds <= LONGEST.total_seconds():
        raise ValueError(f"{text!r} is no length of time up to ten years; write {FORM}")
    return timedelta(seconds=seconds)


def in_words(seconds: float) -> str:
    """A length of time in the largest unit of which there are two: 37 ms, 45 s, 90 min, 26 h, 3 d."""
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"


def duration_text(seconds: int) -> str:
    """A length of time as an operator would write it: 1d12h, 15m, 90s as 1m30s."""
    parts = []
    for unit in ("d", "h", "m", "s"):
        count, seconds = divmod(seconds, UNITS[unit])
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"
