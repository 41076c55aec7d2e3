"""Make a captured text fit to keep: byte for byte as the device showed it, less the volatile lines.

What is changed, and nothing else:
- line ends become LF; a carriage return alone ends a line too, so that nothing is written over;
- terminal artefacts go: escape sequences, and the moving back and forth with which a pager's prompt is rubbed out;
- characters that are not text go (control, bidirectional override, zero width …). The list is fixed rather than
  taken from `unicodedata`, so that a text has the same digest under every version of Python;
- ETX becomes `^C`, as newer IOS writes it: older IOS prints it raw as the delimiter of banners;
- a lone surrogate (an undecodable byte) becomes U+FFFD, so that the text can be written as UTF-8;
- volatile lines and blocks go, and the empty lines before the first and after the last line.
White space at the ends of lines stays: it may belong to the configuration (a banner, a password, a description).
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from netraven_cli.model import Block, Platform

# Every expression here takes linear time: no two parts that repeat can match the same character.
_BACK = r"(?:\x1b\[\d{0,4}D|\x08)+"
_RUB_OUT = re.compile(rf"{_BACK}(?: +{_BACK})*")
_RUB_OUT_BY_RETURN = re.compile(r"(?<!\r)\r+ +\r(?!\n)")
# ECMA-48: control sequences (CSI), operating system commands (OSC, ended by BEL or ST), other escape sequences.
_ESCAPE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]"
    r"|(?:\x1b\]|\x9d)[^\n\r\x07\x1b\x9c\x9d]{0,1000}(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]{0,8}[0-Z\\^-~]"
)
_LINE_END = re.compile(r"\r*\n\r*|\r+")
_NOT_TEXT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad"  # C0 but tab and newline, DEL, C1, soft hyphen
    "\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e"  # format characters (Cf) of scripts
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb\ufffe\uffff"  # zero width, separators, bidi, BOM
    "\ue000-\uf8ff\U000f0000-\U0010ffff"  # private use
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_LONGEST_VOLATILE = 1000  # characters; a longer line is never volatile, so that no pattern can be made to crawl


def clean(text: str, platform: Platform) -> str:
    """The text less terminal artefacts, what is not text, and volatile lines; ends with one newline, or is empty."""
    patterns = compiled(platform.volatile)
    lines: Iterable[str] = (line for line in plain(text).split("\n") if not matches(line, patterns))
    for block in platform.volatile_blocks:
        lines = _without(block, lines, and_unended=True)
    body = "\n".join(lines).strip("\n")
    return body + "\n" if body else ""


def _without(block: Block, lines: Iterable[str], *, and_unended: bool) -> Iterator[str]:
    """Leave out each block; with `and_unended` one that never ends, too: it takes the proof of the end with it."""
    first, last = compiled((block.first,)), compiled((block.last,))
    inside: list[str] = []
    for line in lines:
        if not inside and not matches(line, first):
            yield line
            continue
        inside.append(line)
        if matches(line, last):
            inside.clear()
    if not and_unended:
        yield from inside


def plain(text: str) -> str:
    """The text less terminal artefacts and what is not text."""
    if "\r " in text:  # each look is a hundred times as fast as the expression it saves
        text = _RUB_OUT_BY_RETURN.sub("", text)
    if any(sign in text for sign in "\x08\x1b\x9b\x9d"):
        text = _ESCAPE.sub("", _RUB_OUT.sub("", text))
    text = text.replace("\x03", "^C")
    if "\r" in text:
        text = _LINE_END.sub("\n", text)
    return _SURROGATE.sub("\ufffd", _NOT_TEXT.sub("", text))


def compared(text: str, platform: Platform) -> str:
    """What of a cleaned text counts as a change: all but the lines and whole blocks that are ignored."""
    patterns = compiled(platform.ignore)
    lines: Iterable[str] = (line for line in text.split("\n") if not matches(line, patterns))
    for block in platform.ignore_blocks:
        lines = _without(block, lines, and_unended=False)
    return "\n".join(lines)


@functools.lru_cache(maxsize=1000)
def compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """The patterns of a platform, ready to search with."""
    return tuple(re.compile(pattern, re.MULTILINE) for pattern in patterns)


def matches(line: str, patterns: tuple[re.Pattern[str], ...]) -> bool:
    """True if one of the patterns is found in this single line, which is not empty."""
    return 0 < len(line) <= _LONGEST_VOLATILE and any(pattern.search(line) for pattern in patterns)


def is_whole(line: str, pattern: re.Pattern[str]) -> bool:
    """True if the pattern is all of this single line but for blanks around it."""
    return len(line) <= _LONGEST_VOLATILE and pattern.fullmatch(line.strip(" ")) is not None
