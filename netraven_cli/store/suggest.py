"""What an operator may have meant by a name that is not there."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MANY = 8  # more names than this are not listed


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """The nearest names; if none is near, all of them while they are few, else the advice `otherwise`."""
    names = sorted(known)
    near = difflib.get_close_matches(name.lower(), [one.lower() for one in names], n=3, cutoff=0.6)
    meant = [one for one in names if one.lower() in near]
    if meant:
        return f"did you mean {' or '.join(meant[:3])}?"
    if len(names) <= MANY or not otherwise:
        return f"there are: {', '.join(names[:MANY])}" if names else "there are none yet"
    return otherwise
