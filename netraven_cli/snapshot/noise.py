"""Which lines make new versions of configurations that nobody changed: those that come, go and come back."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_VARIABLE = re.compile(r"redacted-[a-z-]{1,40}-[0-9a-f]{16}|(?<![0-9A-Za-z])[0-9a-fA-F]{8,}(?![0-9A-Za-z])|\d+")
IN_PLACE = 3  # versions in which a value changed in its place, from which on a rule is proposed


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """Lines that are alike but for their numbers, and what they cost."""

    platform: str
    versions: int  # in which such a line changed
    alone: int  # in which nothing else did
    back: int  # in which one came back that stood in the version before the last: A, B, A
    devices: int
    pattern: str
    example: str
    is_proposed: bool  # whether a rule for it is worth a thought


@dataclass(slots=True)
class _Tally:
    versions: int = 0
    alone: int = 0
    back: int = 0
    in_place: int = 0
    devices: set[str] = field(default_factory=set)
    example: str = ""

    @property
    def is_noisy(self) -> bool:
        return bool(self.alone) and (self.back > 0 or self.in_place >= IN_PLACE)


def noise(histories: Iterable[tuple[str, str, Sequence[str]]]) -> list[Noise]:
    """What changes most, the costliest first.

    Args:
        histories: of each device its platform, its name, and its texts in order, the oldest first.
    """
    tallies: defaultdict[tuple[str, str], _Tally] = defaultdict(_Tally)
    for platform, device, texts in histories:
        for pattern, one in _changes(texts):
            tally = tallies[platform, pattern]
            tally.versions += 1
            tally.alone += one.alone
            tally.back += one.back
            tally.in_place += one.in_place
            tally.devices.add(device)
            tally.example = one.example
    found = [
        Noise(
            platform=platform, versions=one.versions, alone=one.alone, back=one.back, devices=len(one.devices),
            pattern=pattern, example=one.example, is_proposed=one.is_noisy,
        )
        for (platform, pattern), one in tallies.items()
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one.alone, -one.versions, one.platform, one.pattern))


def rules(found: Iterable[Noise]) -> list[dict[str, object]]:
    """Rules for what is proposed, in the shape of a rules file: ignored, since nothing is lost that way."""
    by_platform: defaultdict[str, list[str]] = defaultdict(list)
    for one in found:
        if one.is_proposed:
            by_platform[one.platform].append(one.pattern)
    return [
        {"name": f"noise of {platform}", "platforms": [platform], "ignore": patterns}
        for platform, patterns in sorted(by_platform.items())
    ]


def pattern_of(line: str) -> str:
    """An expression for a line and those that differ from it in numbers alone."""
    parts = [re.escape(part) for part in _VARIABLE.split(line)]
    between = [_variable(match[0]) for match in _VARIABLE.finditer(line)]
    return "^" + "".join(part for both in zip(parts, [*between, ""], strict=True) for part in both) + "$"


def _variable(text: str) -> str:
    if text.startswith("redacted-"):
        return text[: -len("0123456789abcdef")] + "[0-9a-f]{16}"
    return r"\d+" if text.isdecimal() else "[0-9a-fA-F]+"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What one kind of line did from one version to the next."""

    alone: bool
    back: bool
    in_place: bool
    example: str


def _changes(texts: Sequence[str]) -> Iterator[tuple[str, _Change]]:
    before: Counter[str] = Counter()
    for old, new in pairwise(Counter(text.splitlines()) for text in texts):
        gone, came = _by_pattern(old - new), _by_pattern(new - old)
        for pattern in gone.keys() | came.keys():
            lines = came.get(pattern, [])
            yield (
                pattern,
                _Change(
                    alone=(gone.keys() | came.keys()) == {pattern},
                    back=any(line in before for line in lines),
                    in_place=pattern in gone and pattern in came,
                    example=(lines or gone[pattern])[0],
                ),
            )
        before = old


def _by_pattern(lines: Counter[str]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for line in lines:
        found[pattern_of(line)].append(line)
    return found
