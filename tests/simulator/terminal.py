"""One session on a simulated device: echo, prompt, commands, pager and faults, byte by byte as on the wire."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import asyncssh

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.simulator.device import SimulatedDevice
    from tests.simulator.telnet import TelnetConnection

PAGE_LINES = 24
# Faults that break off, and the how manieth time the configuration is shown when they begin to.
BREAKS = {"cut": 1, "cut_before": 1, "cut_again": 2, "stall": 1, "stall_before": 1, "stall_again": 2}
SLOW_CHUNK_BYTES = 700
SLOW_GAP_SECONDS = 0.015


class SessionOverError(Exception):
    """The session is over."""


class Terminal:
    """What sits between the wire and the device."""

    def __init__(self, device: SimulatedDevice, process: asyncssh.SSHServerProcess[bytes] | TelnetConnection) -> None:
        self.device = device
        self.row = device.row
        self.process = process
        self.user = process.get_extra_info("username").partition("+")[0]
        self.privileged = self.row.always_privileged
        self.paging = True
        self.prompts = 0
        self.typed = b""

    async def run(self) -> None:
        """Serve the session until it ends."""
        try:
            await self._greet()
            while True:
                await self._obey((await self.read_line()).strip())
                self._prompt()
        except (SessionOverError, asyncssh.Error, OSError):
            pass
        finally:
            if not self.process.is_closing():
                self.process.exit(0)

    async def _greet(self) -> None:
        if self.device.fault == "no_shell":
            self._hang_up()
        if self.device.fault == "no_prompt":
            await self._ignore_all()
        self._say(self.row.greeting)
        if self.device.fault == "prompt_in_banner":
            prompt = self.row.prompt_text(self.device.name, self.user, privileged=True)
            self._say(f"{prompt}\nFor staff of {self.device.name} only >\n{prompt.rstrip()}\n\n")
        if self.row.any_key:
            self._say("Press any key to continue")
            await self._read_key()
            self.process.stdout.write(b"\r\x1b[K")
        self._prompt()

    async def _obey(self, command: str) -> None:
        if not command:
            return
        self.device.commands.append(command)
        await self._wait_as_far_away()
        if re.fullmatch(self.row.show, command) and self.privileged:
            await (self._send(self.device.sends) if self.device.sends else self._show(command))
        elif command == "enable" and self.row.privileges_by_enable:
            await self._enable()
        elif command in ("exit", "quit", "logout"):
            raise SessionOverError
        else:
            self._answer(command)

    def _answer(self, command: str) -> None:
        if self.row.paging_off and re.fullmatch(self.row.paging_off, command):
            self.paging = self.device.always_pages
        if command in self.device.answers:
            self._say(self.device.answers[command])
            return
        for known, answer in self.row.answers.items():
            if re.fullmatch(known, command):
                self._say(answer.format(name=self.device.name))
                return
        self._say(self.row.error.format(command=command))

    async def _enable(self) -> None:
        for _ in range(3 if self.device.enable else 0):
            self.process.stdout.write(b"Password: ")
            given = await self.read_line(echo=False)
            if given == self.device.enable:
                break
        else:
            if self.device.enable:
                self._say("% Bad secrets\n\n")
                return
        self.privileged = True

    async def _show(self, command: str) -> None:
        fault = self.device.fault
        if fault == "cli_error":
            self.device.shown.append(self.row.error.format(command=command) + self.row.before_prompt)
            self._say(self.row.error.format(command=command))
            return
        answer = self.device.next_answer()
        answer = answer.removesuffix(self.row.before_prompt) if self.row.before_prompt else answer
        if fault in BREAKS and len(self.device.shown) >= BREAKS[fault]:
            await self._break_off("" if fault.endswith("before") else answer, hang_up=fault.startswith("cut"))
        elif fault in ("slow", "prompt_in_config"):
            await self._say_slowly(answer)
        elif self.paging and self.row.paging_off:
            await self._page(answer)
        else:
            self._say(answer)

    async def _send(self, chunks: Iterable[bytes]) -> None:
        for chunk in chunks:
            self.process.stdout.write(chunk)
            await self.process.stdout.drain()
            if self.process.is_closing():
                raise SessionOverError

    async def _break_off(self, answer: str, *, hang_up: bool) -> None:
        self._say(answer[: len(answer) // 2])
        if hang_up:
            await self.process.stdout.drain()
            await asyncio.sleep(0.05 if answer else 0)  # so that what was said arrives
            self._hang_up()
        await self._ignore_all()

    async def _ignore_all(self) -> None:
        """Obey nothing; what is typed is on record all the same."""
        line = b""
        while True:
            key = await self._read_key()
            if key not in (b"\r", b"\n"):
                line += key
            elif line:
                self.device.commands.append(line.decode(errors="replace"))
                line = b""

    async def _say_slowly(self, answer: str) -> None:
        """In small chunks, one of which ends right after each line that looks like the prompt."""
        prompt = self.row.prompt_text(self.device.name, self.user, privileged=True)
        for part in re.split(f"((?<=\n){re.escape(prompt.rstrip())} *(?=\n))", answer):
            for start in range(0, len(part), SLOW_CHUNK_BYTES):
                self._say(part[start : start + SLOW_CHUNK_BYTES])
                await self.process.stdout.drain()
                await asyncio.sleep(SLOW_GAP_SECONDS)

    async def _page(self, answer: str) -> None:
        lines = answer.splitlines(keepends=True)
        shown = PAGE_LINES
        self._say("".join(lines[:shown]))
        while shown < len(lines):
            self.process.stdout.write(self.row.pager)
            key = await self._read_key()
            self.process.stdout.write(self.row.pager_erase)
            step = {b" ": PAGE_LINES, b"\r": 1, b"\n": 1}.get(key, 0)
            if not step:
                return
            self._say("".join(lines[shown : shown + step]))
            shown += step

    def _say(self, text: str) -> None:
        self.process.stdout.write(text.replace("\n", "\r\n").encode())

    def _prompt(self) -> None:
        self._say(self.row.before_prompt)
        self.prompts += 1
        self._say(self.row.prompt_text(self.device.name, self.user, privileged=self.privileged, number=self.prompts))

    def _hang_up(self) -> None:
        self.process.channel.get_connection().abort()
        raise SessionOverError

    async def _wait_as_far_away(self) -> None:
        if self.device.latency_seconds:
            await asyncio.sleep(self.device.latency_seconds)

    async def read_line(self, *, echo: bool = True) -> str:
        line, shown = b"", 0
        while (key := await self._read_key()) not in (b"\r", b"\n"):
            line += key
            if echo and not self.typed:  # what comes at once is shown at once, as by a real terminal
                self.process.stdout.write(line[shown:])
                shown = len(line)
        if echo:
            self.process.stdout.write(line[shown:])
        if key == b"\r" and self.typed[:1] == b"\n":
            self.typed = self.typed[1:]
        if not line:
            await self._wait_as_far_away()
        self.process.stdout.write(b"\r\n")
        return line.decode(errors="replace")

    async def _read_key(self) -> bytes:
        while not self.typed:
            try:
                self.typed = await self.process.stdin.read(4096)
            except (asyncssh.TerminalSizeChanged, asyncssh.BreakReceived, asyncssh.SignalReceived):
                continue
            if not self.typed:
                raise SessionOverError
        key, self.typed = self.typed[:1], self.typed[1:]
        return key
