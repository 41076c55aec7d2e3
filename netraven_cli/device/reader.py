"""Reads the answer to a command: all that stands between the command's echo and the prompt that follows.

A prompt counts only at the very end of what came, on a line of its own, after the command's echo, once it was quiet
for a moment, and when another Enter brings nothing but the same prompt again: a line that looks like the prompt in the
middle of a configuration ends nothing.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netraven_cli.device.screen import ERASE_LINE, render
from netraven_cli.device.wire import LostError

if TYPE_CHECKING:
    from collections.abc import Callable

    from netraven_cli.device.wire import Wire

QUIET_SECONDS = 0.02
QUIET_CAP_SECONDS = 1.0
QUIET_AT_SECOND_READ_SECONDS = 0.2  # so that both reads are not mistaken at the same line
QUIET_AFTER_DOUBT_SECONDS = 2.0
QUIET_WITHOUT_ECHO_SECONDS = 2.0
ANSWER_LIMIT_BYTES = 64 * 1024 * 1024
KEPT_BYTES = 1024 * 1024  # of an answer beyond that
_LONGEST_LINE_BYTES = 1000  # of those that can be a prompt or a pager's
_ECHO_WITHIN_BYTES = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a device shows when it waits for a command."""

    line: str  # the prompt, without blanks at its ends
    lines: frozenset[str]  # all that stands there after an Enter, such as {master:0} on Junos
    varies: str | None = None  # the part whose numbers are others after each command

    def pattern(self, shape: Callable[[str], str] = str) -> str:
        """The same prompt in any privilege, and with any number where it has one: its last sign may be another one."""
        body = self.line[:-1]
        found = re.search(self.varies, self.line) if self.varies else None
        start, end = found.span() if found else (len(body), len(body))
        numbered = re.sub(r"\d+", r"\\d+", re.escape(shape(body[start:end])))
        escaped = re.escape(shape(body[:start])) + numbered + re.escape(shape(body[end:]))
        return rf"{escaped}(?:{re.escape(self.line[-1])}|[>#$%\]])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command brought."""

    text: str
    ended: str | None  # why the text may be a part of it only
    timed_out: bool = False
    doubtful: bool = False  # the device went on after an Enter of ours: what it echoed may stand in the text


class StallError(Exception):
    """The device said nothing for too long."""


class Reader:
    """Asks commands on one session, one after the other."""

    def __init__(
        self, wire: Wire, prompt: Prompt, *, pager: str | None, idle_timeout_seconds: float, enter: str
    ) -> None:
        self._wire = wire
        self._prompt = prompt
        self._pager = pager
        self._idle_timeout_seconds = idle_timeout_seconds
        self._enter = enter

    def ask(self, command: str, quiet_seconds: float = QUIET_SECONDS) -> Answer:
        """Send a command and read its answer, whole or as far as it came; once more if the prompt was mistaken."""
        answer = self._ask(command, quiet_seconds)
        return answer if not answer.doubtful else self._ask(command, QUIET_AFTER_DOUBT_SECONDS)

    def _ask(self, command: str, quiet_seconds: float) -> Answer:
        received = _Received(command, self._prompt, self._pager, quiet_seconds)
        ended, timed_out = None, False
        try:
            self._wire.write(command + self._enter)
            self._receive(received)
        except LostError:
            ended = f"the connection was lost {received.how_far()}, and no prompt came"
        except StallError as stall:
            ended, timed_out = f"{stall} {received.how_far()}, and no prompt came", True
        doubtful = received.refuted and not ended
        if doubtful:
            ended = "the device went on after what looked like its prompt, so the text may be disturbed"
        return Answer(text=received.text(), ended=ended, timed_out=timed_out, doubtful=doubtful)

    def _receive(self, received: _Received) -> None:
        while not received.is_complete():
            probing = received.at_prompt() and not received.probed_at
            data = self._wire.read(received.quiet_seconds() if probing else self._idle_timeout_seconds)
            if data:
                received.add(data)
                self._answer_pager(received)
            elif probing:
                received.probe()
                self._wire.write(self._enter)
            else:
                raise StallError(f"the device said nothing for {self._idle_timeout_seconds:g} seconds")
            if received.size() > ANSWER_LIMIT_BYTES:
                received.cut(KEPT_BYTES)
                raise StallError(f"the device sent more than {ANSWER_LIMIT_BYTES >> 20} MB without a prompt")

    def _answer_pager(self, received: _Received) -> None:
        if received.at_pager():
            received.erase_line()
            self._wire.write(" ")


class _Received:
    """What came since a command was sent."""

    def __init__(self, command: str, prompt: Prompt, pager: str | None, quiet_seconds: float) -> None:
        self._quiet_seconds = quiet_seconds
        self._data = bytearray()
        self._prompt = re.compile(prompt.pattern())
        self._beside_prompt = prompt.lines
        self._pager = re.compile(pager) if pager else None
        self._command = squeeze(command)
        self._echo = re.compile(f"(?:{prompt.pattern(squeeze)})*{re.escape(self._command)}")
        self._echo_seen = False
        self._line_ends = 0  # more than one: more than the line of the echo has come
        self._last_at: float | None = None
        self._longest_gap_seconds = 0.0  # in the answer; before it the device thinks, which says nothing of the link
        self.probed_at = 0  # how much had come when Enter was sent to see whether the prompt is one
        self.refuted = False
        self._cut_at = 0

    def size(self) -> int:
        return len(self._data)

    def add(self, data: bytes) -> None:
        now = time.monotonic()
        if self._line_ends > 1 and self._last_at and not self.probed_at:
            self._longest_gap_seconds = max(self._longest_gap_seconds, now - self._last_at)
        self._last_at = now
        self._data += data
        self._line_ends += data.count(b"\n")

    def cut(self, size_bytes: int) -> None:
        """Forget all but the first bytes, which show well enough what it was."""
        del self._data[size_bytes:]
        self._cut_at = size_bytes

    def quiet_seconds(self) -> float:
        """How long it must be quiet before a prompt is taken for one: the slower the link, the longer."""
        if not self._has_echo():
            return QUIET_WITHOUT_ECHO_SECONDS
        return max(self._quiet_seconds, min(3 * self._longest_gap_seconds, QUIET_CAP_SECONDS))

    def at_prompt(self) -> bool:
        return bool(self._prompt.fullmatch(self._last_line()))

    def at_pager(self) -> bool:
        return bool(self._pager and self._pager.fullmatch(self._last_line()))

    def erase_line(self) -> None:
        """Blank the pager's prompt, as most devices do themselves when they are answered."""
        self._data += ERASE_LINE
        self._last_at = None

    def probe(self) -> None:
        """Enter is being sent: what comes from here on tells whether the device waits for a command."""
        self.probed_at = len(self._data)

    def is_complete(self) -> bool:
        """True if the device waits for a command: the Enter brought the prompt again, and nothing else."""
        if not (self.probed_at and len(self._data) > self.probed_at and self.at_prompt()):
            return False
        lines = {line.strip() for line in render(bytes(self._data[self.probed_at :])).split("\n")} - {""}
        if all(line in self._beside_prompt or self._prompt.fullmatch(line) for line in lines):
            return True
        self.refuted, self.probed_at = True, 0
        return False

    def text(self) -> str:
        """The answer without echo and prompt."""
        end = self.probed_at or len(self._data)
        lines = render(bytes(self._data[:end])).split("\n")
        if self._prompt.fullmatch(lines[-1].strip()):
            lines[-1] = ""
        while self.refuted and self._prompt.fullmatch("".join(lines[-2:]).strip()):
            del lines[-2]  # the answer to the Enter that was sent too early
        echo = next((number for number, line in enumerate(lines) if self._is_echo(line)), None)
        if echo is None:
            return "\n".join(lines)
        # A shell that was not ready yet shows again, behind its prompt, what its terminal has echoed already.
        again = len(lines) > echo + 1 and self._is_echo(lines[echo + 1]) and squeeze(lines[echo + 1]) != self._command
        return "\n".join(lines[echo + (2 if again else 1) :])

    def how_far(self) -> str:
        if self._cut_at:
            return f"(its first {self._cut_at >> 20} MB is kept)"
        number = len(self.text().splitlines())
        return f"after line {number} of the answer" if number else "before the first line of the answer"

    def _last_line(self) -> str:
        tail = bytes(self._data[-_LONGEST_LINE_BYTES:])
        line = tail[tail.rfind(b"\n") + 1 :]
        return "" if len(line) == _LONGEST_LINE_BYTES else render(line).strip()

    def _has_echo(self) -> bool:
        if not self._echo_seen:
            lines = render(bytes(self._data[:_ECHO_WITHIN_BYTES])).split("\n")[:-1]
            self._echo_seen = any(map(self._is_echo, lines))
        return self._echo_seen

    def _is_echo(self, line: str) -> bool:
        return bool(self._echo.fullmatch(squeeze(line)))


def squeeze(text: str) -> str:
    """Without blanks: consoles wrap and repaint a long echo."""
    return "".join(text.split())
