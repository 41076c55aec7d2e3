"""What a terminal would show of the bytes that a device sent: lines ended by LF, without control sequences.

Control functions: ECMA-48, chapter 8.3 (CUB, CUF, CHA, CUP, EL, ED); the rest of them moves no text and is dropped.

A few bytes may ask for a great deal: a wide gap, a long line to be erased. What all of them ask for together is held
against what was sent; once it is far more, or where a line is longer than any terminal's, they are dropped unheeded.
"""

from __future__ import annotations

import re

ERASE_LINE = b"\x1b[2K"
WIDEST_GAP = 80
LONGEST_DRAWN = 50_000  # characters of a line
MOST_DIGITS = 6  # of a number in a control sequence; Python refuses to read one of thousands
_LINE_END = re.compile(r"\r+\n|\x1bE")  # ESC E is NEL: how ProCurve begins a new line
# What moves the cursor or is no text at all; ETX stays, IOS writes it at both ends of a banner.
_SIGNS = "\x07\x08\r\x1b"
_CONTROL = re.compile(f"[{_SIGNS}]")
_TOKEN = re.compile(
    r"\x1b\[(?P<numbers>[0-?]*)[ -/]*(?P<function>[@-~])"  # CSI
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC: the title of a window
    r"|\x1b[ -/]*[0-~]"  # any other escape sequence
    r"|(?P<control>[\x07\x08\x0d\x1b])"
    r"|(?P<text>[^\x07\x08\x0d\x1b]+)"
)


def render(data: bytes) -> str:
    """The text as it would stand on an endless screen."""
    # This alone does most answers, and much faster than a pattern; NUL shows nothing, and may come by the megabyte.
    text = _decode(data).replace("\x00", "").replace("\r\n", "\n")
    if not any(sign in text for sign in _SIGNS):
        return text
    text = _LINE_END.sub("\n", text)
    effort = _Effort(2 * len(text) + 4096)
    return "\n".join(_render_line(line, effort) if _CONTROL.search(line) else line for line in text.split("\n"))


def printable(text: str, limit: int = 160) -> str:
    """A device's words on one line, without control characters, for a sentence of ours."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        # Old gear says what was typed into it; Latin-1 gives every byte a character and loses none.
        return data.decode("latin-1")


class _Effort:
    """How many cells may still be passed over or blanked, in all lines together."""

    def __init__(self, cells: int) -> None:
        self._left = cells

    def spend(self, cells: int) -> bool:
        """Whether there is enough for so many; once there is not, there is none for any."""
        self._left = self._left - cells if cells <= self._left else -1
        return self._left >= 0


class _Line:
    """A line of cells under a cursor; None is a cell that was written and then blanked, as pagers do it."""

    def __init__(self, effort: _Effort) -> None:
        self.cells: list[str | None] = []
        self.column = 0
        self._effort = effort

    def write(self, text: str) -> None:
        for sign in text:
            if self.column < len(self.cells):
                self.cells[self.column] = None if sign == " " else sign
            else:
                self._fill()
                self.cells.append(sign)
            self.column += 1

    def _fill(self) -> None:
        gap = self.column - len(self.cells)
        if gap and self._effort.spend(gap):
            self.cells += [None] * gap
        self.column = len(self.cells)

    def obey(self, function: str, numbers: str) -> None:
        """Do what a control sequence asks for."""
        number = [int(part[:MOST_DIGITS]) if part.isdigit() else 0 for part in numbers.split(";")]
        if function in ("D", "C"):
            step = max(number[0], 1)
            self.to(self.column + (step if function == "C" else -step))
        elif function in ("G", "H", "f"):
            self.to(number[-1] - 1 if function == "G" or len(number) > 1 else 0)
        elif function in ("K", "J"):
            self.erase(number[0])

    def to(self, column: int) -> None:
        """Move the cursor; not far beyond the text, or a few bytes could ask for a great deal of memory."""
        self.column = min(max(column, 0), len(self.cells) + WIDEST_GAP)

    def erase(self, part: int) -> None:
        """EL: 0 from the cursor to the end, 1 to the cursor, 2 all of it; the cursor stays."""
        if part == 0:
            del self.cells[self.column :]
            return
        end = len(self.cells) if part == 2 else min(self.column + 1, len(self.cells))
        if self._effort.spend(end):
            self.cells[:end] = [None] * end

    def shown(self) -> str:
        end = len(self.cells)
        while end and self.cells[end - 1] is None:
            end -= 1
        return "".join(cell or " " for cell in self.cells[:end])


def _render_line(text: str, effort: _Effort) -> str:
    if len(text) > LONGEST_DRAWN:
        return _TOKEN.sub(lambda token: token["text"] or "", text)
    line = _Line(effort)
    for token in _TOKEN.finditer(text):
        if token["text"]:
            line.write(token["text"])
        elif token["function"]:
            line.obey(token["function"], token["numbers"])
        elif token["control"] == "\b":
            line.to(line.column - 1)
        elif token["control"] == "\r":
            line.to(0)
    return line.shown()
