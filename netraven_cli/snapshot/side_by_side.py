"""A unified difference in two columns: before on the left, after on the right."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GAP = 3  # " | ", " < ", " > " between the columns
NARROWEST = 20


def side_by_side(unified: str, width: int) -> str:
    """The hunks of a unified difference in two columns; long lines go on in the next row.

    Args:
        unified: as git prints it.
        width: of both columns together, in characters.
    """
    half = max((width - GAP) // 2, NARROWEST)
    return "".join(f"{row.rstrip()}\n" for row in _rows(unified.splitlines(), half))


def _rows(lines: Sequence[str], half: int) -> Iterator[str]:
    removed: list[str] = []
    added: list[str] = []
    in_hunk = False
    for line in lines:
        if in_hunk and line[:1] in ("-", "+"):
            (removed if line[0] == "-" else added).append(line[1:])
            continue
        yield from _changed(removed, added, half)
        if line.startswith("@@"):
            in_hunk = True
            yield line
        elif in_hunk and line.startswith(" "):
            yield from _pair(line[1:], " ", line[1:], half)
    yield from _changed(removed, added, half)


def _changed(removed: list[str], added: list[str], half: int) -> Iterator[str]:
    """Lines that were replaced stand beside each other."""
    for left, right in zip_longest(removed, added):
        sign = "<" if right is None else ">" if left is None else "|"
        yield from _pair(left or "", sign, right or "", half)
    removed.clear()
    added.clear()


def _pair(left: str, sign: str, right: str, half: int) -> Iterator[str]:
    parts = zip_longest(_folded(left, half), _folded(right, half), fillvalue="")
    return (f"{one:{half}} {sign} {other}" for one, other in parts)


def _folded(text: str, half: int) -> list[str]:
    plain = text.expandtabs()
    return [plain[start : start + half] for start in range(0, len(plain), half)] or [""]
