"""A simulated device: its configuration, what it showed, who logged in, and what is wrong with it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.simulator.configurations import generate
from tests.simulator.rows import ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import asyncssh

    from tests.simulator.row import Row

FAULTS = {
    "refused": "the port is closed",
    "silent": "accepts TCP and says nothing",
    "no_shell": "logs in, and drops the connection when a shell is asked for",
    "no_prompt": "logs in and never shows a prompt",
    "cut": "the connection is lost in the middle of the configuration",
    "cut_before": "the connection is lost before the first byte of the answer",
    "stall": "stops in the middle of the configuration for ever",
    "stall_before": "never answers the command",
    "cli_error": "answers with the error text of its command line",
    "empty": "answers with the prompt alone",
    "truncated": "ends early, at another line each time, with a proper prompt and without end marker",
    "cut_again": "the connection is lost in the middle of the configuration, when it is shown for the second time",
    "stall_again": "stops in the middle of the configuration for ever, when it is shown for the second time",
    "prompt_in_config": "has two lines like its prompt in the configuration, on a slow link in chunks",
    "prompt_in_banner": "greets with lines that are like its prompt",
    "slow": "on a slow link in chunks",
}


@dataclass
class Session:
    """One login."""

    username: str
    started: float  # of time.monotonic()
    ended: float | None = None


@dataclass(kw_only=True)
class SimulatedDevice:
    """A device; change it through SimulatedNetwork.change, read it as you like."""

    name: str
    platform: str
    port: int = 0
    username: str = "admin"
    password: str = "s3cret-Pa55"
    enable: str = "3nable-Pa55"
    config: str = ""  # without volatile lines
    seed: int = 0
    size: int = 3000
    fault: str | None = None
    latency_seconds: float = 0  # before each answer
    always_pages: bool = False  # takes the commands that turn paging off, and pages all the same
    legacy: bool = False  # offers only algorithms of the IOS 12/15 era
    algorithms: dict[str, list[str]] = field(default_factory=dict)  # what it offers, as asyncssh names it
    telnet: bool = False  # speaks telnet, and no SSH
    forwards: bool = False  # connects others through its SSH server: a jump host
    host_key: asyncssh.SSHKey | list[asyncssh.SSHKey] | None = None  # None: that of the network
    public_key: str | None = None  # a key that may log in, in OpenSSH's format
    address: str = "127.0.0.1"
    banner: str = ""  # its greeting, after SSH-2.0-
    answers: dict[str, str] = field(default_factory=dict)  # command to answer, beside those of its platform
    sends: Iterable[bytes] | None = None  # what comes in the place of its configuration, as it is and without a pager

    sessions: list[Session] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)  # what was typed, secrets included
    shown: list[str] = field(default_factory=list)  # what stood between each command for the configuration and prompt
    max_concurrent: int = 0
    logins_refused: int = 0
    connections: int = 0  # open ones
    clients: list[str] = field(default_factory=list)  # the addresses that connections came from
    forwarded: list[tuple[str, int]] = field(default_factory=list)  # where it connected others to

    def __post_init__(self) -> None:
        if self.platform not in ROWS:
            raise ValueError(f"no simulated platform {self.platform!r}; there are {', '.join(ROWS)}")
        if self.fault not in (None, *FAULTS):
            raise ValueError(f"no fault {self.fault!r}; there are {', '.join(FAULTS)}")
        self.config = self.config or generate(self.platform, self.name, self.seed, self.size)

    @property
    def row(self) -> Row:
        """How its platform talks."""
        return ROWS[self.platform]

    @property
    def configuration(self) -> str:
        """The configuration less volatile lines and less blank lines at both ends, ended by one LF."""
        return self.effective_config.strip("\n") + "\n"

    @property
    def effective_config(self) -> str:
        """The configuration with what a fault put into it."""
        if self.fault != "prompt_in_config":
            return self.config
        lines = self.config.split("\n")
        prompt = self.row.prompt_text(self.name, self.username, privileged=True)
        lines[len(lines) // 2 : len(lines) // 2] = [prompt]
        lines[len(lines) // 4 : len(lines) // 4] = [prompt.rstrip()]
        return "\n".join(lines)

    @property
    def open_sessions(self) -> int:
        """How many are logged in now."""
        return sum(session.ended is None for session in self.sessions)

    def begin_session(self, username: str) -> Session:
        """Somebody logged in."""
        session = Session(username, time.monotonic())
        self.sessions.append(session)
        self.max_concurrent = max(self.max_concurrent, self.open_sessions)
        return session

    def next_answer(self) -> str:
        """The configuration as it is shown now: with volatile lines, and with its fault."""
        answer = self._faulty_answer() + self.row.before_prompt
        self.shown.append(answer)
        return answer

    def _faulty_answer(self) -> str:
        if self.fault == "empty":
            return ""
        if self.fault == "cli_error":
            return self.row.error.format(command="")
        text = self.row.decorate(self.effective_config, len(self.shown) + 1)
        if self.fault == "truncated":
            lines = text.splitlines(keepends=True)
            return "".join(lines[: len(lines) // 2 + len(self.shown)])
        return text
