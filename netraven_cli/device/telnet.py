"""Telnet: the bytes of a shell out of its protocol, and the login that devices ask for in it.

RFC 854 (commands, CR LF), 857 (echo), 858 (suppress go ahead), 1073 (window size), 1091 (terminal type).
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from netraven_cli.device.screen import render
from netraven_cli.device.wire import WRITE_SECONDS, LostError

if TYPE_CHECKING:
    from netraven_cli.device.wire import Wire
    from netraven_cli.model import Login

IAC, SB, SE = 255, 250, 240
WILL, WONT, DO, DONT = 251, 252, 253, 254
ECHO, SUPPRESS_GO_AHEAD, TERMINAL_TYPE, WINDOW_SIZE = 1, 3, 24, 31
SEND_TYPE, TYPE_IS = 1, 0
TERMINAL = b"VT100"
COLUMNS, ROWS = 511, 1000  # as netmiko asks for over SSH: no line is folded, and few pages are turned
LONGEST_COMMAND_BYTES = 4096
SETTLE_SECONDS = 0.1  # a question is one when nothing follows it for so long
LONGEST_GREETING = 65536
FOREVER_SECONDS = 3600.0

_HIS = {ECHO, SUPPRESS_GO_AHEAD}  # what a device may do
_OURS = {SUPPRESS_GO_AHEAD, TERMINAL_TYPE, WINDOW_SIZE}
_PART = re.compile(
    rb"(?P<text>[^\xff]+)"
    rb"|\xff\xfa(?P<told>(?:[^\xff]|\xff[^\xf0])*)\xff\xf0"
    rb"|\xff(?P<verb>[\xfb-\xfe])(?P<option>.)"
    rb"|\xff(?P<byte>[^\xfa-\xfe])"
    rb"|(?P<begun>\xff.*)",
    re.DOTALL,
)
_ASKS_NAME = re.compile(r"(?:user ?name|user|login)(?: name| as)?\s*:\Z", re.IGNORECASE)
_ASKS_PASSWORD = re.compile(r"pass(?:word|code|phrase)[^:]{0,40}:\Z", re.IGNORECASE)
_ASKS_KEY = re.compile(r"press (?:any key|<?enter>?|<?return>?)", re.IGNORECASE)
_PROMPT = re.compile(r".{0,200}[>#$%\])]")
_REFUSAL = re.compile(
    r"login incorrect|incorrect (?:login|password)|(?:authentication|login) (?:failed|failure|invalid)|"
    r"(?:invalid|bad|wrong) (?:login|user ?name|password|credentials)|access denied|permission denied",
    re.IGNORECASE,
)


class TelnetRefusedError(Exception):
    """The device did not let us in."""


class TelnetStream:
    """A connection that speaks telnet, as a Wire reads and writes a shell; `connected` is a socket or a channel."""

    def __init__(self, connected: Any) -> None:
        self._connected = connected
        self._seconds: float | None = None
        self._begun = b""  # the first bytes of a command whose rest is under way
        self._agreed: dict[tuple[bool, int], bool] = {}  # whose it is, and which: whether it is on

    def settimeout(self, seconds: float) -> None:
        """How long to wait for what comes or goes next."""
        self._seconds = seconds

    def recv(self, size: int) -> bytes:
        """What the shell wrote; empty when the connection is gone.

        Raises:
            TimeoutError: nothing came.
        """
        deadline = time.monotonic() + (self._seconds or 0)
        while True:
            self._connected.settimeout(max(deadline - time.monotonic(), 0))
            try:
                data = self._connected.recv(size)
                text = self._text(data)
            except (TimeoutError, BlockingIOError):
                raise TimeoutError from None
            except (OSError, EOFError):
                return b""
            if text or not data or len(self._begun) > LONGEST_COMMAND_BYTES:
                return text

    def sendall(self, data: bytes) -> None:
        """Send what is typed: an Enter is CR LF, a lone CR is CR NUL."""
        typed = re.sub(rb"\r\n|\n|\r", lambda end: b"\r\0" if end[0] == b"\r" else b"\r\n", data)
        self._connected.settimeout(self._seconds)
        self._connected.sendall(typed.replace(b"\xff", b"\xff\xff"))

    def _text(self, data: bytes) -> bytes:
        text, replies, begun = bytearray(), bytearray(), b""
        for part in _PART.finditer(self._begun + data):
            kind = part.lastgroup
            if kind == "text":
                text += part[0]
            elif kind == "begun":
                begun = part[0]
            elif kind == "byte":
                text += b"\xff" if part[0] == b"\xff\xff" else b""
            else:
                replies += self._reply(part)
        self._begun = begun
        if replies:
            self._connected.settimeout(WRITE_SECONDS)
            self._connected.sendall(bytes(replies))
        return bytes(text)

    def _reply(self, part: re.Match[bytes]) -> bytes:
        if part["told"] is None:
            return self._answer(part["verb"][0], part["option"][0])
        asks_type = part["told"] == bytes((TERMINAL_TYPE, SEND_TYPE))
        return _told(TERMINAL_TYPE, bytes((TYPE_IS,)) + TERMINAL) if asks_type else b""

    def _answer(self, verb: int, option: int) -> bytes:
        """What to say to an offer or a demand; nothing where it is so already, or the two would never end."""
        is_his, is_asked = verb in (WILL, WONT), verb in (WILL, DO)
        wanted = is_asked and option in (_HIS if is_his else _OURS)
        if self._agreed.get((is_his, option), False) == wanted and (wanted or not is_asked):
            return b""
        self._agreed[is_his, option] = wanted
        yes, no = (DO, DONT) if is_his else (WILL, WONT)
        said = bytes((IAC, yes if wanted else no, option))
        if wanted and not is_his and option == WINDOW_SIZE:
            said += _told(WINDOW_SIZE, COLUMNS.to_bytes(2, "big") + ROWS.to_bytes(2, "big"))
        return said


def log_in(wire: Wire, login: Login, name: str) -> str:
    """Answer what a device asks for before it shows its prompt, each once: devices count.

    Returns:
        All that it showed, which drivers look through for what they wait for.

    Raises:
        TelnetRefusedError: it asks for what was given already, or for what the credential has not.
        LostError: the connection is gone.
    """
    return _Login(wire, login, name).run()


class _Login:
    def __init__(self, wire: Wire, login: Login, name: str) -> None:
        self._wire, self._login, self._name = wire, login, name
        self._given: set[str] = set()
        self._before, self._shown = "", ""  # before the last answer of ours, and since

    def run(self) -> str:
        while True:
            line = self._question()
            if _ASKS_KEY.search(line):
                self._give("key", "")
            elif _ASKS_NAME.search(line):
                self._give("name", self._name)
            elif _ASKS_PASSWORD.search(line):
                self._give("password", self._password())
            elif _PROMPT.fullmatch(line):
                return self._before + self._shown

    def _question(self) -> str:
        """The last line, once the device waits; the line's own limit ends a login on one that never does."""
        seconds = FOREVER_SECONDS
        try:
            while self._wire.wait(seconds):
                self._shown = (self._shown + (self._wire.read(0) or b"").decode("utf-8", "ignore"))[-LONGEST_GREETING:]
                seconds = SETTLE_SECONDS
        except LostError:
            if "password" in self._given and _REFUSAL.search(self._shown):
                raise TelnetRefusedError from None
            raise
        return render(self._shown.encode()).rpartition("\n")[2].strip()

    def _password(self) -> str:
        if not self._login.password:
            raise TelnetRefusedError("it asks for a password, and the credential has none")
        return self._login.password.reveal()

    def _give(self, what: str, text: str) -> None:
        if what in self._given:
            raise TelnetRefusedError
        self._given.add(what)
        self._before, self._shown = self._before + self._shown, ""
        self._wire.write(f"{text}\r\n")


def _told(option: int, data: bytes) -> bytes:
    return bytes((IAC, SB, option)) + data.replace(b"\xff", b"\xff\xff") + bytes((IAC, SE))
