"""What all commands share: the global options, the opened context, and asking before something dangerous."""

from __future__ import annotations

import getpass
import sys
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand
from typer.main import get_command

from netraven_cli.cli.render import Terminal
from netraven_cli.errors import PermissionDeniedError, UsageError
from netraven_cli.model import NORMAL, Priority, Selector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from netraven_cli.plugin import Context


def terminal_of(ctx: typer.Context) -> Terminal:
    """The Terminal of this call."""
    terminal: Terminal = ctx.find_object(Terminal) or Terminal()
    return terminal


def _set(ctx: typer.Context, param: typer.CallbackParam, value: Any) -> None:
    # The option may stand before the noun or after the verb; the other place must not take it back.
    if value and param.name:
        setattr(terminal_of(ctx), param.name, value)


def _option(*names: str, text: str) -> Any:
    return typer.Option(*names, help=text, callback=_set, expose_value=False, rich_help_panel="Global options")


_probe = typer.Typer(add_completion=False)


@_probe.command()
def _global_options(
    config: Annotated[Path | None, _option("--config", "-c", text="The settings file.")] = None,
    json: Annotated[bool, _option("--json", text="Print one JSON object.")] = False,
    quiet: Annotated[bool, _option("--quiet", "-q", text="No messages, only data and errors.")] = False,
    verbose: Annotated[bool, _option("--verbose", "-v", text="Say more.")] = False,
) -> None: ...


GLOBAL_OPTIONS = get_command(_probe).params


class Command(TyperCommand):
    """A command that takes the global options too, so that `netraven device list --json` works."""

    def __init__(self, *args: Any, params: list[Any] | None = None, **more: Any) -> None:
        super().__init__(*args, params=[*(params or []), *GLOBAL_OPTIONS], **more)


class Noun(typer.Typer):
    """A noun of the command line; its verbs are Commands."""

    def __init__(self, help: str) -> None:  # noqa: A002 - typer's name for it
        super().__init__(help=help, no_args_is_help=True, add_completion=False, rich_markup_mode=None)
        self.callback()(lambda: None)  # keeps a noun with one verb a noun

    def verb(self, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a function as `netraven NOUN name`."""
        return self.command(name, cls=Command)


@contextmanager
def opened(ctx: typer.Context) -> Iterator[tuple[Context, Terminal]]:
    """The context of the settings in force, with its log open."""
    from netraven_cli.app import open_context
    from netraven_cli.cli.logs import open_log

    terminal = terminal_of(ctx)
    with open_context(terminal.config) as context, open_log(context.settings, verbose=terminal.verbose):
        terminal.colour = context.settings.environment != "test"  # what a test compares has no colours
        yield context, terminal


@contextmanager
def changing(context: Context, *, dry_run: bool = False) -> Iterator[Connection]:
    """A transaction that writes; with --dry-run all of it is tried, and then taken back."""
    with context.database.write() as connection:
        yield connection
        if dry_run:
            connection.rollback()


Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Force = Annotated[bool, typer.Option("--force", help="In the environment prod: allow --yes without a terminal.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
DeviceNames = Annotated[list[str] | None, typer.Argument(metavar="[DEVICE]...", help="Names of devices.")]
Tags = Annotated[
    list[str] | None, typer.Option("--tag", "-t", help="Devices with this tag; repeat for all of several.")
]
PlatformOption = Annotated[str | None, typer.Option("--platform", "-p", help="Devices of this platform.")]
ZoneOption = Annotated[str | None, typer.Option("--zone", help="Devices of this zone.")]
All = Annotated[bool, typer.Option("--all", help="Every enabled device.")]

PriorityOption = Annotated[
    str | None,
    typer.Option("--priority", metavar="P", help="critical, high, normal, low, lowest, or 0 to 100: higher is sooner."),
]


def selector_of(
    names: list[str] | None, tag: list[str] | None, platform: str | None, zone: str | None, all_: bool
) -> Selector:
    """The selector that the options of a command mean."""
    return Selector(names=tuple(names or ()), tags=tuple(tag or ()), platform=platform, zone=zone, all=all_)


def moment(text: str | None) -> datetime | None:
    """A time as operators and scripts write it (RFC 3339); one without an offset is in UTC.

    Raises:
        UsageError: it is none.
    """
    if text is None:
        return None
    try:  # before Python 3.11, fromisoformat does not know the Z
        found = datetime.fromisoformat(text.strip().upper().replace("Z", "+00:00"))
    except ValueError:
        raise UsageError(f"{text!r} is no time; write it like 2026-12-24T18:00:00Z") from None
    return found.astimezone(timezone.utc) if found.tzinfo else found.replace(tzinfo=timezone.utc)


def priority_of(text: str | None) -> Priority:
    """The priority that an operator named; normal if none.

    Raises:
        UsageError: there is none such.
    """
    try:
        return NORMAL if text is None else Priority.of(text)
    except ValueError as error:
        raise UsageError(str(error)) from None


def whoami() -> str:
    """Who gives this command, for the record."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user has no name
        return "operator"


def parameters(given: list[str] | None) -> dict[str, str]:
    """The parameters of `--param K=V`."""
    pairs = [text.partition("=") for text in given or ()]
    wrong = next(("".join(pair) for pair in pairs if not pair[0] or not pair[1]), None)
    if wrong is not None:
        raise UsageError(f"--param {wrong!r} is not understood; write --param KEY=VALUE")
    return {key: value for key, _, value in pairs}


def confirm(context: Context, question: str, *, yes: bool, force: bool) -> None:
    """Ask before something that cannot be taken back.

    Raises:
        UsageError: there is no terminal to ask on, and no --yes.
        PermissionDeniedError: prod, no terminal, and --yes without --force.
    """
    on_terminal = sys.stdin.isatty() and sys.stderr.isatty()
    if yes and not on_terminal and context.settings.environment == "prod" and not force:
        raise PermissionDeniedError(
            "refused in the environment prod without a terminal; add --force if a script is meant to do this"
        )
    if yes:
        return
    if not on_terminal:
        raise UsageError(f"{question} There is no terminal to ask on; add --yes.")
    typer.confirm(question, abort=True, err=True)
