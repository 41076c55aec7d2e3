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
    from collections.abc import Iterable

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
_NOT_TEXT_IN_ASCII = bytes(code for code in range(128) if _NOT_TEXT.match(chr(code)))
_SURROGATE = re.compile("[\ud800-\udfff]")
LONGEST = 1000  # characters; no pattern is tried on a longer line, so that none can be made to crawl


def clean(text: str, platform: Platform) -> str:
    """The text less terminal artefacts, what is not text, and volatile lines; ends with one newline, or is empty."""
    lines = _less(plain(text).split("\n"), platform.volatile)
    for block in platform.volatile_blocks:
        lines = _without(block, lines, and_unended=True)
    body = "\n".join(lines).strip("\n")
    return body + "\n" if body else ""


def _less(lines: list[str], patterns: tuple[str, ...]) -> list[str]:
    found = matching(lines, compiled(patterns))
    return [line for line in lines if line not in found] if found else lines


def _without(block: Block, lines: list[str], *, and_unended: bool) -> list[str]:
    """Leave out each block; with `and_unended` one that never ends, too: it takes the proof of the end with it."""
    first, last = (matching(lines, compiled((one,))) for one in (block.first, block.last))
    if not first:
        return lines
    kept: list[str] = []
    inside: list[str] = []
    for line in lines:
        if not inside and line not in first:
            kept.append(line)
            continue
        inside.append(line)
        if line in last:
            inside.clear()
    return kept if and_unended else kept + inside


def plain(text: str) -> str:
    """The text less terminal artefacts and what is not text."""
    if "\r " in text:  # each look is a hundred times as fast as the expression it saves
        text = _RUB_OUT_BY_RETURN.sub("", text)
    if any(sign in text for sign in "\x08\x1b\x9b\x9d"):
        text = _ESCAPE.sub("", _RUB_OUT.sub("", text))
    text = text.replace("\x03", "^C")
    if "\r" in text:
        text = _LINE_END.sub("\n", text)
    if text.isascii():
        return text.encode().translate(None, _NOT_TEXT_IN_ASCII).decode()
    return _SURROGATE.sub("\ufffd", _NOT_TEXT.sub("", text))


def compared(text: str, platform: Platform) -> str:
    """What of a cleaned text counts as a change: all but the lines and whole blocks that are ignored."""
    lines = _less(text.split("\n"), platform.ignore)
    for block in platform.ignore_blocks:
        lines = _without(block, lines, and_unended=False)
    return "\n".join(lines)


@functools.lru_cache(maxsize=1000)
def compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """The patterns of a platform, ready to search with."""
    return tuple(re.compile(pattern, re.MULTILINE) for pattern in patterns)


def matching(lines: Iterable[str], patterns: Iterable[re.Pattern[str]]) -> set[str]:
    """Those of the lines, neither empty nor overlong, in which one of the patterns is found.

    A pattern is tried on all lines at once: a call for each line would take longer than the search.
    """
    some = fit(filter(None, lines))
    return {line for pattern in patterns for line in filter(pattern.search, some)}


def fit(lines: Iterable[str]) -> list[str]:
    """Those of the lines that are not overlong."""
    found = list(lines)
    return found if max(map(len, found), default=0) <= LONGEST else [line for line in found if len(line) <= LONGEST]
