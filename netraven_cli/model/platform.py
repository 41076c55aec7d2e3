"""Platforms: how kinds of devices are asked for their configuration, and how the answer is read."""

from __future__ import annotations

from dataclasses import dataclass

FILES = ("startup", "version", "inventory", "licence")  # further files, beside the running configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Lines that belong together: from one that the first pattern fits, to one that the last fits, both included."""

    first: str
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """How a kind of device is asked for its configuration, and how the answer is read. See device/platforms/.

    All patterns are regular expressions (Python `re`, MULTILINE), matched against text with LF line ends.

    `structure` names the check that stands in for an end marker; snapshot/structure.py has them:
    `braces`: every `{` has its `}`, those in quotes and comments aside (Junos, PAN-OS, VyOS).
    `config-blocks`: every `config` has its `end`, every `edit` its `next` (FortiOS).
    `set-lines`: every line is a whole `set …` command (`show configuration commands`, `display set`).
    `json`, `xml`: it can be parsed as such.
    `prompt`: nothing in the text proves its end; the prompt after it and `minimum_lines` must do.
    A platform with neither an end marker nor a structure is unproven: only two equal reads in one session count.
    """

    name: str  # what devices name it by: as a rule the netmiko device type
    title: str = ""  # vendor and system, for people
    netmiko_type: str | None = None  # the driver that logs in; None: the one of the name
    commands: tuple[str, ...]  # their answers, one after the other, are the configuration
    startup_commands: tuple[str, ...] = ()  # what shows the configuration of the next start
    version_commands: tuple[str, ...] = ()  # what shows the system's version
    inventory_commands: tuple[str, ...] = ()  # what shows hardware and serial numbers
    licence_commands: tuple[str, ...] = ()  # what shows licences
    needs_enable: bool = False
    prepare: tuple[str, ...] = ()  # sent before the commands; must not change the configuration
    leave_paging: bool = False  # the driver's way to turn paging off would change the configuration: pages are answered
    pager: str | None = None  # the pager's prompt on a line of its own, answered by a space and dropped
    prompt_varies: str | None = None  # the part of the prompt whose numbers are others after each command
    end_marker: str | None = None  # must match within the last lines of a complete configuration
    structure: str | None = None  # where there is no end marker: a check by name, see above
    read_again: bool = False  # what is not the same as the last accepted text counts only if a second read is equal
    volatile: tuple[str, ...] = ()  # lines that change without a change of configuration: dropped
    volatile_blocks: tuple[Block, ...] = ()  # the same over several lines
    ignore: tuple[str, ...] = ()  # lines that change the same way, but are kept: a change of them alone is none
    ignore_blocks: tuple[Block, ...] = ()  # the same over several lines
    secrets: tuple[tuple[str, tuple[str, ...]], ...] = ()  # kind -> patterns; each group of a pattern is a secret
    required: tuple[str, ...] = ()  # each matches somewhere in every complete configuration
    error_patterns: tuple[str, ...] = ()  # the error text of the device's command line
    minimum_lines: int = 1
    change_messages: tuple[str, ...] = ()  # syslog lines that tell of a change of the configuration
    comment: str | None = None  # what begins a comment in a configuration
    legacy_algorithms: tuple[str, ...] = ()  # old SSH algorithms that some of these devices are left with
    leave: str = "exit"  # ends the session
    sources: tuple[str, ...] = ()  # where it is written that its configuration looks like this

    @property
    def driver(self) -> str:
        """The netmiko device type that logs in."""
        return self.netmiko_type or self.name

    def commands_of(self, file: str) -> tuple[str, ...]:
        """The commands whose answers are a further file, one of FILES; none if the platform has no such file."""
        commands: tuple[str, ...] = getattr(self, f"{file}_commands")
        return commands

    @property
    def is_proven(self) -> bool:
        """True if a text can show by itself, or by what follows it, that it is whole."""
        return self.end_marker is not None or self.structure is not None

    @property
    def ignores(self) -> bool:
        """True if there are lines that are kept and not compared."""
        return bool(self.ignore or self.ignore_blocks)

    @property
    def reads_twice(self) -> bool:
        """True if two equal reads are, or are a part of, what proves a configuration complete."""
        return self.read_again or not self.is_proven

    @property
    def proof(self) -> str:
        """What proves a configuration complete, in words."""
        if not self.is_proven:
            return "unproven: two equal reads"
        parts = [f"end marker {self.end_marker}" if self.end_marker else "", self.structure or ""]
        return ", ".join([*filter(None, parts), *(["two equal reads of what is new"] if self.read_again else [])])
