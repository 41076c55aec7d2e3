"""Search texts: by regular expressions or plain words, with and without."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netraven_cli.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a text in which something was found."""

    number: int  # from 1
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a text must have, all of it, and what it must not have."""

    wanted: tuple[re.Pattern[str], ...]
    unwanted: tuple[re.Pattern[str], ...] = ()

    def fits(self, text: str) -> bool:
        """Whether the text has all that is wanted and nothing that is unwanted."""
        return all(pattern.search(text) for pattern in self.wanted) and not any(
            pattern.search(text) for pattern in self.unwanted
        )

    def lines(self, text: str) -> list[Line]:
        """The lines in which a match of what is wanted begins, in order."""
        found = {start for pattern in self.wanted for start in _line_starts(pattern, text)}
        return [
            Line(number=text.count("\n", 0, start) + 1, text=text[start:].split("\n", 1)[0]) for start in sorted(found)
        ]


def _line_starts(pattern: re.Pattern[str], text: str) -> Iterator[int]:
    for match in pattern.finditer(text):
        yield text.rfind("\n", 0, match.start()) + 1


def pattern(text: str, *, words: bool = False, ignore_case: bool = False) -> re.Pattern[str]:
    """A pattern for a whole text: ^ and $ are the ends of its lines.

    Args:
        text: a regular expression of Python, or with `words` what must stand there literally.
        words: as said.
        ignore_case: whether case matters.

    Raises:
        DataError: it is no regular expression.
    """
    flags = re.MULTILINE | (re.IGNORECASE if ignore_case else 0)
    try:
        return re.compile(re.escape(text) if words else text, flags)
    except re.error as error:
        where = f" at its sign {error.pos + 1}" if error.pos is not None else ""
        raise DataError(f"{text!r} is no regular expression: {error.msg}{where}; plain words go with --words") from None


def query(wanted: Sequence[str], unwanted: Sequence[str], *, words: bool = False, ignore_case: bool = False) -> Query:
    """What an operator looks for.

    Raises:
        DataError: one of them is no regular expression.
    """

    def made(texts: Sequence[str]) -> tuple[re.Pattern[str], ...]:
        return tuple(pattern(text, words=words, ignore_case=ignore_case) for text in texts)

    return Query(wanted=made(wanted), unwanted=made(unwanted))
