"""Which platform a device is, and what it says of itself, in one login.

The answers are judged by netmiko's own table (SSHDetect, netmiko/ssh_autodetect.py). SSHDetect itself opens a session
of its own for it, which knows no host key, no limit and no abort, and sleeps: 13 to 113 seconds were measured.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from netraven_cli.device.facts import fact_commands, facts_of
from netraven_cli.device.neighbours import detail_commands, neighbour_commands, neighbours_of
from netraven_cli.device.session import opened
from netraven_cli.model import Platform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from netraven_cli.device.session import Limits, Session
    from netraven_cli.device.transcript import Transcript
    from netraven_cli.model import Device, Login
    from netraven_cli.model.discovery import Facts, Neighbour

# What a server says in its greeting (RFC 4253, 4.2), and the platform whose own login it needs, or whose command first.
BANNERS = (
    (re.compile(r"ROSSSH"), "mikrotik_routeros"),
    (re.compile(r"Cisco"), "cisco_ios"),
    (re.compile(r"HUAWEI|VRP", re.IGNORECASE), "huawei"),
    (re.compile(r"Comware"), "hp_comware"),
    (re.compile(r"Mocana|SSHD_MOCANA"), "hp_procurve"),
    (re.compile(r"FortiSSH|^SSH-2\.0-[\w-]{4,8}$"), "fortinet"),
)
SURE = ("mikrotik_routeros",)  # of which the banner says enough, and its own way to log in is needed
SAME = {"cisco_xr_2": "cisco_xr", "cisco_wlc_85": "cisco_wlc"}  # netmiko's second ways to tell a platform
# What a terminal of an unknown kind shows between two pages.
PAGER = r"-- ?MORE ?--.*|<?-+ ?\(?[Mm]ore.*|lines \d+-\d+.*"
UNKNOWN = Platform(name="autodetect", commands=(), pager=PAGER)
ADDED = {  # netmiko has no way to tell these: platform, command, pattern
    "frrouting": ("show version", r"FRRouting \d"),
    "vyos": ("show version", r"Version:\s+VyOS"),
    "hp_procurve": ("show system", r"ROM Version\s+:\s+[A-Z]{1,2}\.\d"),
}
_REFUSED = re.compile(
    r"Invalid input|[Uu]nknown (command|action)|[Uu]nrecognized command|[Ii]nvalid (command|syntax)"
    r"|syntax error|command not found|bad command|Command fail|Incomplete command|Ambiguous command"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What one login told of a device."""

    platform: str | None  # None: nothing that is known
    facts: Facts
    neighbours: tuple[Neighbour, ...]
    host_key: str | None


def look(  # noqa: PLR0913 - what one session needs
    device: Device,
    platform: Platform | None,
    login: Login,
    limits: Limits,
    *,
    banner: str | None = None,
    told: str | None = None,
    transcript: Transcript | None = None,
    on_abort: Callable[[Callable[[], None]], None] = lambda _close: None,
    on_key: Callable[[str], None] = lambda _key: None,
) -> Looked:
    """Log in, tell the platform if it is None, and ask for facts and neighbours.

    `banner` is the greeting of its server, `told` the platform by its sysObjectID; it holds where no answer tells more.

    Raises:
        AttemptError: no session came about.
    """
    hint = told or hint_of(banner)
    unprivileged = replace(platform, needs_enable=False) if platform else None  # enough for all that is asked
    known = unprivileged or (Platform(name=hint, commands=(), pager=PAGER) if hint in SURE else None)
    with opened(device, known or UNKNOWN, login, limits, transcript, on_abort, on_key) as session:
        name = known.name if known else _tell(session, hint) or told
        commands = (*fact_commands(name), *neighbour_commands(name)) if name else ()
        answers = ask(session, commands)
        answers |= ask(session, detail_commands(name or "", answers))
    return Looked(
        platform=name,
        facts=facts_of(name or "", answers, session.prompt),
        neighbours=tuple(neighbours_of(name or "", answers)),
        host_key=session.host_key,
    )


def hint_of(banner: str | None) -> str | None:
    """The platform that a greeting makes likely."""
    return next((platform for pattern, platform in BANNERS if banner and pattern.search(banner)), None)


def _tell(session: Session, hint: str | None) -> str | None:
    """Ask one command after the other, that which most platforms know first, until an answer fits."""
    table = _table()
    for command in _order(table, hint):
        answer = session.reader.ask(command)
        if answer.ended:
            return None
        if not _REFUSED.search(answer.text):
            fitting = [(priority, name) for name, priority, patterns in table[command] if _fits(patterns, answer.text)]
            if fitting:
                return SAME.get(max(fitting)[1], max(fitting)[1])
    return None


def _table() -> Mapping[str, list[tuple[str, int, Sequence[str]]]]:
    """By command: the platforms that it tells, how surely (0 to 99), and the patterns that its answer has then."""
    from netmiko.ssh_autodetect import SSH_MAPPER_DICT  # noqa: PLC0415 - netmiko takes 130 ms to import

    found: dict[str, list[tuple[str, int, Sequence[str]]]] = {}
    ways: Mapping[str, Any] = SSH_MAPPER_DICT
    for name, way in ways.items():
        if way["cmd"] and way["dispatch"] == "_autodetect_std":
            found.setdefault(way["cmd"], []).append((name, way["priority"], way["search_patterns"]))
    for name, (command, pattern) in ADDED.items():
        found.setdefault(command, []).append((name, 90, [pattern]))
    return found


def _order(table: Mapping[str, list[tuple[str, int, Sequence[str]]]], hint: str | None) -> list[str]:
    sizes = Counter({command: len(ways) for command, ways in table.items()})
    hinted = {command for command, ways in table.items() if any(name == hint for name, _, _ in ways)}
    return sorted(sizes, key=lambda command: (command not in hinted, -sizes[command], command))


def _fits(patterns: Sequence[str], text: str) -> bool:
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)


def ask(session: Session, commands: Sequence[str]) -> dict[str, str]:
    """The answers that came whole; a command that the device does not take tells nothing, and spoils nothing."""
    return dict(_answers(session, commands))


def _answers(session: Session, commands: Sequence[str]) -> Iterator[tuple[str, str]]:
    for command in commands:
        answer = session.reader.ask(command)
        if answer.ended:
            return
        if not _REFUSED.search(answer.text[:500]):
            yield command, answer.text
