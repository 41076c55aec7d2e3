"""`netraven platform`: how kinds of devices are asked and read, and what a recorded session would come to."""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli.cli.command import Noun, terminal_of
from netraven_cli.errors import DataError, NoInputError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netraven_cli.model import Capture, Platform, Redaction

app = Noun("How kinds of devices are asked for their configuration, and what proves it complete.")
COLUMNS = ["name", "title", "is_proven", "proof", "origin"]


@app.verb("list")
def list_platforms(ctx: typer.Context) -> None:
    """List the platforms: what proves a configuration complete, and who else than NetRaven has a say in it."""
    from netraven_cli.device.platforms import changed_keys, load_platforms, platform_files
    from netraven_cli.settings import load

    terminal = terminal_of(ctx)
    source = load(terminal.config).platforms_file
    origins = {name: f"{file.distribution} {file.version}" for file in platform_files() for name in file.given}
    origins |= dict.fromkeys(changed_keys(source), str(source))
    rows = [
        {
            "name": one.name,
            "title": one.title,
            "is_proven": one.is_proven,
            "proof": one.proof,
            "commands": one.commands,
            "origin": origins.get(one.name, "shipped"),
        }
        for _name, one in sorted(load_platforms(source).items())
    ]
    terminal.items("platform", rows, COLUMNS)


@app.verb("show")
def show(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of a platform, also as another tool calls it.")],
) -> None:
    """Show all data of a platform, what other tools call it, and which of the data a file of yours gives."""
    from netraven_cli.device.platforms import changed_keys, load_platforms
    from netraven_cli.device.platforms.aliases import aliases_of
    from netraven_cli.settings import load

    terminal = terminal_of(ctx)
    source = load(terminal.config).platforms_file
    one = _named(name, load_platforms(source))
    more = {
        "is_proven": one.is_proven,
        "proof": one.proof,
        "aliases": aliases_of(one.name),
        "changed_keys": sorted(changed_keys(source).get(one.name, ())),
    }
    terminal.record("platform", {**{field.name: getattr(one, field.name) for field in fields(one)}, **more})


@app.verb("test")
def test(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="A recorded session, or what a device answered.")],
    platform: Annotated[str, typer.Option("--platform", "-p", help="The platform that it is of.")],
    redact: Annotated[
        bool, typer.Option("--redact", help="Hide its secrets, also where the settings keep them (archive.secrets).")
    ] = False,
) -> int:
    """Clean, redact and judge a recorded session without a device: exit status 1 if it would not be accepted.

    The file is a transcript that a session left, the log of a terminal, or the answer alone; --json shows the text.
    Secrets are counted, and hidden if the settings hide them in the archive; the fingerprints are others at each call.
    """
    from netraven_cli.device.platforms import load_platforms
    from netraven_cli.device.recording import find_answers
    from netraven_cli.settings import load
    from netraven_cli.snapshot.hide import hide
    from netraven_cli.snapshot.judge import make_capture
    from netraven_cli.snapshot.redact import TOKEN

    terminal = terminal_of(ctx)
    settings = load(terminal.config)
    one = _named(platform, load_platforms(settings.platforms_file))
    found = find_answers(_read(file), one)
    alone = found.second_text is None
    redaction = _redaction(settings.archive.redact_certificates)
    capture = make_capture(
        found.text,
        raw_second=found.text if alone else found.second_text,
        platform=one,
        ended=None,
        prompt_seen=found.prompt_seen,
        redaction=redaction if redact or settings.archive.secrets != "keep" else None,
    )
    hidden = capture.text if capture.redacted else hide(capture.text, one, redaction).text
    terminal.record(
        "platform-test",
        _verdict(one, capture, len(TOKEN.findall(hidden))) | ({"text": capture.text} if terminal.json else {}),
    )
    if alone and one.reads_twice:
        terminal.say(f"this is one read; of {one.name} a backup takes two, and both must be equal")
    return 1 if capture.reasons else 0


def _redaction(certificates: bool) -> Redaction:
    """What hides secrets without a database: a key that nobody keeps, and nothing of what NetRaven logs in with."""
    from secrets import token_hex

    from netraven_cli.model import Redaction, Secret

    return Redaction(key=Secret(token_hex()), certificates=certificates)


def _verdict(platform: Platform, capture: Capture, secrets: int) -> dict[str, Any]:
    return {
        "platform": platform.name,
        "accepted": not capture.reasons,
        "reasons": capture.reasons,
        "error_class": capture.error_class,
        "proof": platform.proof,
        "lines": capture.lines,
        "redacted": capture.redacted,
        "secrets": secrets,
        "digest": capture.digest,
    }


def _named(name: str, platforms: Mapping[str, Platform]) -> Platform:
    from netraven_cli.device.platforms import check_platform
    from netraven_cli.device.platforms.aliases import canonical

    found = canonical(name, platforms)
    try:
        check_platform(found, platforms)
    except DataError as error:
        raise NotFoundError(str(error)) from None
    return platforms[found]


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise NoInputError(f"the file {file} cannot be read: {error.strerror}") from None
