"""The primitives of netmiko's BaseConnection without their sleeps: each read waits for data, not for a time."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from netmiko.base_connection import BaseConnection
from netmiko.channel import Channel
from netmiko.exceptions import ReadTimeout

from netraven_cli.device.reader import QUIET_SECONDS, Prompt
from netraven_cli.device.screen import render

if TYPE_CHECKING:
    from netraven_cli.device.wire import Wire

SETTLE_SECONDS = 0.2
PROMPT_TRIES = 3
PROMPT_SIGN = r"[>#$%\]:)]"
PROMPT_WAIT_SECONDS = 10.0
LONGEST_GREETING = 65536


class NoPromptError(Exception):
    """The device shows nothing that looks like a prompt."""


class WireChannel(Channel):
    """A Wire as netmiko wants it."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire

    def read_buffer(self) -> str:
        """What is there, without waiting."""
        return (self.wire.read(0) or b"").decode("utf-8", "ignore")

    def read_channel(self) -> str:
        """What is there, without waiting."""
        return self.read_buffer()

    def write_channel(self, out_data: str) -> None:
        """Send."""
        self.wire.write(out_data)


class Waiting(BaseConnection):
    """A base to stand beneath a driver of netmiko, above BaseConnection."""

    wire: Wire
    shown_prompt: Prompt | None = None
    prompt_varies: str | None = None

    def read_until_pattern(
        self,
        pattern: str = "",
        read_timeout: float = 10.0,
        re_flags: int = 0,
        max_loops: int | None = None,  # noqa: ARG002 - netmiko's signature
    ) -> str:
        """Read up to the pattern; the rest is kept for the next read."""
        deadline = time.monotonic() + (read_timeout or float("inf"))
        output = ""
        while True:
            output += self.read_channel()
            found = re.search(pattern, output, flags=re_flags)
            if found:
                self._read_buffer = output[found.end() :] + self._read_buffer
                return output[: found.end()]
            if not self.wire.wait(deadline - time.monotonic()):
                raise ReadTimeout(f"no {pattern!r}")

    def read_channel_timing(
        self,
        last_read: float = 2.0,
        read_timeout: float = 120.0,
        delay_factor: float | None = None,  # noqa: ARG002 - netmiko's signature
        max_loops: int | None = None,  # noqa: ARG002 - netmiko's signature
    ) -> str:
        """Read until it is quiet."""
        if not self._read_buffer and not self.wire.wait(read_timeout):
            return ""
        output = self.read_channel()
        while self.wire.wait(min(last_read, SETTLE_SECONDS)):
            output += self.read_channel()
        return output

    def clear_buffer(
        self,
        backoff: bool = True,  # noqa: ARG002 - netmiko's signature
        backoff_max: float = 3.0,  # noqa: ARG002 - netmiko's signature
        delay_factor: float | None = None,  # noqa: ARG002 - netmiko's signature
    ) -> str:
        """Read what is still under way."""
        output = self.read_channel()
        while self.wire.wait(QUIET_SECONDS):
            output += self.read_channel()
        return output

    def find_prompt(
        self,
        delay_factor: float = 1.0,  # noqa: ARG002 - netmiko's signature
        pattern: str | None = None,
    ) -> str:
        """The last line that the device shows after Enter, once it is quiet."""
        sign = re.compile(rf"{pattern or PROMPT_SIGN}\s*\Z")
        for _ in range(PROMPT_TRIES):
            self.read_channel()
            self.write_channel(self.RETURN)
            lines = self._lines_when_quiet(sign)
            if lines and sign.search(lines[-1]):
                self.shown_prompt = Prompt(line=lines[-1], lines=frozenset(lines), varies=self.prompt_varies)
                return lines[-1]
        raise NoPromptError

    def strip_ansi_escape_codes(self, string_buffer: str) -> str:
        """As netmiko does, whose thirty expressions all begin with an escape sign, where there is one."""
        return super().strip_ansi_escape_codes(string_buffer) if "\x1b" in string_buffer else string_buffer

    def check_enable_mode(self, check_string: str = "") -> bool:
        """True if the prompt says so."""
        return check_string in self.find_prompt()

    def _lines_when_quiet(self, sign: re.Pattern[str]) -> list[str]:
        """What is shown when it has been quiet for a moment: a short one if the last line looks like a prompt."""
        sent_at = time.monotonic()
        output, answer_seconds = "", 0.0
        lines: list[str] = []
        quiet_seconds = PROMPT_WAIT_SECONDS
        while self.wire.wait(quiet_seconds):
            answer_seconds = answer_seconds or time.monotonic() - sent_at
            output = (output + self.read_channel())[-LONGEST_GREETING:]
            lines = [line.strip() for line in render(output.encode()).split("\n") if line.strip()]
            at_prompt = bool(lines and sign.search(lines[-1]))
            quiet_seconds = max(QUIET_SECONDS, answer_seconds / 2) if at_prompt else PROMPT_WAIT_SECONDS
        return lines
