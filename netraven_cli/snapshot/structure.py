"""Is a configuration whole by its structure? For platforms that print no end marker. Each check is linear in time."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING
from xml.parsers import expat

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_ESCAPED = re.compile(r"\\.")
# A quoted value on one line, a /* comment */, a # comment: what may hold braces that are none. An apostrophe quotes
# nothing here, and a comment begins a word: /var/* is a path.
_NO_CODE = re.compile(r'"[^"\n]*"|(?<!\S)/\*.*?(?:\*/|\Z)|(?<!\S)#[^\n]*', re.DOTALL)
_BRACE = re.compile(r"[{}]")
_QUOTED = re.compile(r"""'[^'\n]*'|"[^"]*\"""")  # in double quotes a value may run over lines: certificates, banners
_DOUBLE_QUOTED = re.compile(r'"[^"]*"')
_SET_LINE = re.compile(r"(?:set|delete|(?:de)?activate|protect|annotate|insert|rename|copy|edit|top)\s|[#!]|\[edit\b")


def fault(text: str, structure: str) -> str | None:
    """What is wrong with the structure of a cleaned text, as a sentence; None if it is whole.

    Args:
        text: the cleaned text.
        structure: one of the names in CHECKS.
    """
    return CHECKS[structure](text)


def _braces(text: str) -> str | None:
    bare = _NO_CODE.sub("", _ESCAPED.sub("", text))
    depth = lowest = blocks = 0
    for depth in itertools.accumulate(1 if brace == "{" else -1 for brace in _BRACE.findall(bare)):
        lowest, blocks = min(lowest, depth), blocks + 1
    if lowest < 0:
        return "it closes a block (}) that it did not open: its beginning is missing"
    if depth:
        return f"{depth} of its blocks ({{) are not closed: its end is missing"
    return None if blocks else "it has no block in braces"


def _set_lines(text: str) -> str | None:
    bare = _QUOTED.sub('""', _ESCAPED.sub("", text))
    wrong = [line for line in bare.splitlines() if line.strip() and not _SET_LINE.match(line)]
    return f"{len(wrong)} of its lines are no set commands, the first begins {wrong[0][:40]!r}" if wrong else None


def _config_blocks(text: str) -> str | None:
    """FortiOS: `config` … `end` around `edit` … `next`; an `end` may close an `edit` too, as in `config vdom`."""
    opened: list[str] = []
    blocks = 0
    for line in _DOUBLE_QUOTED.sub('""', _ESCAPED.sub("", text)).splitlines():
        word = line.strip()
        if word.startswith(("config ", "edit ")):
            opened.append(word.split()[0])
            blocks += 1
        elif word in ("end", "next") and not _closed(opened, word):
            return f"it has an {word!r} where nothing was opened: a part of it is missing"
    if opened:
        return f"{len(opened)} of its blocks (config, edit) are not closed: its end is missing"
    return None if blocks else "it has no config block"


def _closed(opened: list[str], word: str) -> bool:
    """Take from the opened blocks what this word closes; False if there is no such block."""
    if word == "end" and opened and opened[-1] == "edit":
        opened.pop()
    return bool(opened) and opened.pop() == {"end": "config", "next": "edit"}[word]


def _json(text: str) -> str | None:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return "it is no whole JSON"
    return None


def _xml(text: str) -> str | None:
    """A document type is refused: its entities could make a few bytes ask for a great deal of memory."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(text.encode(), True)  # noqa: FBT003 - expat takes no keywords
    except (expat.ExpatError, ValueError):
        return "it is no whole XML"
    return None


def _refuse(*_arguments: object) -> None:
    raise ValueError


def _prompt(_text: str) -> str | None:
    return None  # the prompt and the number of lines are all there is to go by; judge looks at both


CHECKS: Mapping[str, Callable[[str], str | None]] = {
    "braces": _braces,
    "set-lines": _set_lines,
    "config-blocks": _config_blocks,
    "json": _json,
    "xml": _xml,
    "prompt": _prompt,
}
