"""`netraven`: the table of commands, and from errors to sentences and exit statuses."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command

from netraven_cli import __version__
from netraven_cli.cli.command import GLOBAL_OPTIONS
from netraven_cli.cli.render import Terminal
from netraven_cli.errors import NetravenError

COMMANDS = {  # name: (what it is for, its verbs); the module cli.NAME (with _ for -) is imported when it is called
    "init": ("Make the settings file, the database, the archive and the key of the vault.", ""),
    "run": ("Do jobs: run backup, run --due (what the timers call).", ""),
    "status": ("How things stand: devices, queue, runners, schedules.", ""),
    "metrics": ("The status in the text format of Prometheus.", ""),
    "doctor": ("Check the installation, and say how to mend it.", ""),
    "device": ("The inventory.", "list show facts health history add edit remove enable disable import export test"),
    "platform": ("How kinds of devices are asked and read, and what proves it complete.", "list show test"),
    "credential": ("Ways to log in, kept encrypted.", "list show add edit remove test stats rotate-key"),
    "range": ("The addresses that are searched for devices.", "list show add edit remove enable disable"),
    "discovery": ("What was found there, and what becomes of it.", "list show accept ignore crawl"),
    "host-key": ("Which host keys the devices are known by.", "list accept forget export"),
    "job": ("The queue, job by job.", "list show log submit wait cancel retry drop reprioritise reschedule"),
    "batch": ("The jobs that were queued together.", "list show"),
    "queue": ("How full the queue is, and pausing it.", "status pause resume"),
    "limit": ("How many sessions there may be, over all hosts.", "list show add edit remove"),
    "breaker": ("Devices left alone, credentials stopped, for their faults.", "list show reset"),
    "runner": ("The runs that are under way, on all hosts.", "list stop resize"),
    "schedule": ("When jobs are due, and the timers that wake NetRaven.",
                 "list show add edit remove enable disable next history check export import sync"),
    "calendar": ("Times in which schedules are held back.", "list show add edit remove import"),
    "snapshot": ("Configurations: accepted, in quarantine, in git.",
                 "list show at diff changes blame noise search compliance export restore-plan verify accept reject"),
    "settings": ("The settings in force.", "show check"),
    "maintenance": ("How NetRaven keeps itself in order.", "list"),
    "database": ("The database: its tables, its backup, its way into another one.", "migrate check backup copy"),
    "handler": ("The job types that can be run.", "list"),
}  # fmt: skip


class _Lazy(MutableMapping[str, Any]):
    """The commands by name, each made when it is first asked for."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in COMMANDS:
            raise KeyError(name)
        if name not in self._made:
            self._made[name] = get_command(import_module(f"netraven_cli.cli.{name.replace('-', '_')}").app)
            self._made[name].name = name
        return self._made[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _Root(TyperGroup):
    """The group of all commands; its help shows the tree without importing it."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**{**more, "commands": _Lazy(), "params": [*more.pop("params", []), *GLOBAL_OPTIONS]})

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - typer's signature
        rows = [(name, f"{text} [{verbs}]" if verbs else text) for name, (text, verbs) in COMMANDS.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _version(value: bool) -> None:
    if value:
        Terminal().data(f"netraven {__version__}\n")
        raise typer.Exit


app = typer.Typer(cls=_Root, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback()
def netraven(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it.")] = False,
) -> None:
    """Archive network devices' configurations into git, with no daemon.

    Start with: netraven init; netraven credential add; netraven device add; netraven run backup.

    Exit status: 0 done, 1 some jobs failed, 64 usage, 65 bad data, 66 no input, 68 no such thing, 69 unavailable,
    70 bug, 73 cannot create, 74 input/output, 75 try later, 77 permission, 78 settings, 130 and 143 stopped.
    """


def main(arguments: list[str] | None = None) -> int:
    """Run one command line; returns its exit status."""
    terminal = Terminal()
    try:
        result = get_command(app).main(
            args=arguments or sys.argv[1:] or ["--help"], prog_name="netraven", standalone_mode=False, obj=terminal
        )
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone; nobody wants to hear of it
        return 0
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except Exception as error:
        return _status_of(error, terminal)
    return result if isinstance(result, int) else 0


def _status_of(error: Exception, terminal: Terminal) -> int:
    """Tell the operator, and give the exit status."""
    if isinstance(error, NetravenError):
        terminal.complain(str(error))
        return error.exit_status
    if isinstance(error, TyperException):
        terminal.complain(_usage(error))
        return 64
    if isinstance(error, OSError):
        return _status_of_file(error, terminal)
    terminal.complain(f"a bug in NetRaven {__version__}; nothing that was recorded is lost. Please report this:")
    traceback.print_exception(error)
    return 70


def _usage(error: TyperException) -> str:
    """What was wrong with the command line, and whose help tells more."""
    message = error.format_message().replace("Value error, ", "")  # so pydantic begins, by which typer reads values
    if message.startswith("Usage:"):
        return message
    context = getattr(error, "ctx", None)
    sentence = message if message.endswith((".", "?")) else f"{message}."
    return f"{sentence} See: {context.command_path if context else 'netraven'} --help"


def _status_of_file(error: OSError, terminal: Terminal) -> int:
    """A disk, a mode, a mount: nobody's bug."""
    where = f"{error.filename}: " if error.filename else ""
    terminal.complain(f"{where}{error.strerror or error}; nothing that was recorded is lost; see: netraven doctor")
    if terminal.verbose:
        traceback.print_exception(error)
    return 77 if isinstance(error, PermissionError) else 74
