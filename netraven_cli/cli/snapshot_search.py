"""`netraven snapshot search|compliance|export`: all devices' configurations at once, as they are or as they were."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from netraven_cli.cli.command import All, DeviceNames, PlatformOption, Tags, ZoneOption, moment, opened, selector_of
from netraven_cli.cli.render import Terminal, plain_row
from netraven_cli.cli.versions import At
from netraven_cli.errors import UsageError

More = list[str] | None


def search(
    ctx: typer.Context,
    wanted: Annotated[str, typer.Argument(metavar="PATTERN", help="A regular expression; ^ and $ are ends of lines.")],
    names: DeviceNames = None,
    tag: Tags = None,
    platform: PlatformOption = None,
    zone: ZoneOption = None,
    all_: All = False,
    also: Annotated[More, typer.Option("--and", metavar="PATTERN", help="What must be there too.")] = None,
    without: Annotated[More, typer.Option("--without", metavar="PATTERN", help="What must not be there.")] = None,
    words: Annotated[bool, typer.Option("--words", help="The patterns are plain text.")] = False,
    ignore_case: Annotated[bool, typer.Option("--ignore-case", "-i", help="Upper and lower case are one.")] = False,
    missing: Annotated[bool, typer.Option("--missing", help="List the devices where it is not found.")] = False,
    at: At = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 if nothing is listed.")] = False,
) -> int:
    """Find lines in the configurations of all devices, or the devices that lack them."""
    from netraven_cli.report import texts
    from netraven_cli.snapshot.search import query

    asked = query([wanted, *(also or ())], without or (), words=words, ignore_case=ignore_case)
    with opened(ctx) as (context, terminal):
        held = texts.of(context, selector_of(names, tag, platform, zone, all_), moment(at))
        rows: list[dict[str, Any]] = []
        for one in held:
            about = {"device": one.device.name, "id": one.record.id, "verified_at": one.record.verified_at}
            fits = asked.fits(one.text)
            if missing and not fits:
                rows.append(about)
            elif fits and not missing:
                rows += [{**about, **plain_row(line)} for line in asked.lines(one.text)]
        columns = ["device", "verified_at"] if missing else ["device", "number", "text"]
        terminal.items("search", rows, columns, uncovered=held.uncovered)
        _say_uncovered(terminal, held.uncovered)
    return 1 if exit_code and not rows else 0


def compliance(
    ctx: typer.Context,
    rules: Annotated[Path, typer.Argument(metavar="RULES", help="A YAML file of rules.")],
    names: DeviceNames = None,
    tag: Tags = None,
    platform: PlatformOption = None,
    zone: ZoneOption = None,
    all_: All = False,
    at: At = None,
) -> int:
    """Hold configurations to rules: what must stand in them, and what must not; exit with 1 if one is broken."""
    from netraven_cli.report import texts
    from netraven_cli.snapshot.rules import Rule, breaches, read_rules

    held_to = read_rules(rules, Rule)
    with opened(ctx) as (context, terminal):
        held = texts.of(context, selector_of(names, tag, platform, zone, all_), moment(at))
        rows = [
            {"device": one.device.name, **plain_row(breach)}
            for one in held
            for rule in held_to
            if rule.is_for(one.device)
            for breach in breaches(rule, one.text)
        ]
        checked = len(held.records)
        columns = ["device", "rule", "problem", "expression", "line", "text"]
        terminal.items("compliance", rows, columns, checked=checked, uncovered=held.uncovered)
        _say_uncovered(terminal, held.uncovered)
        broken = len({row["device"] for row in rows})
        terminal.say(f"{len(held_to)} rules, {checked} devices: {checked - broken} keep them, {broken} break them")
    return 1 if rows else 0


def export(
    ctx: typer.Context,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="A folder that is new or empty.")],
    names: DeviceNames = None,
    tag: Tags = None,
    platform: PlatformOption = None,
    zone: ZoneOption = None,
    all_: All = False,
    at: At = None,
) -> None:
    """Write configurations into a folder, one file each, as they are or as the whole network was at a time."""
    from netraven_cli.errors import CreateError
    from netraven_cli.handlers.archiving import open_archive
    from netraven_cli.report import texts

    with opened(ctx) as (context, terminal):
        held = texts.of(context, selector_of(names, tag, platform, zone, all_), moment(at))
        archive, rows = open_archive(context.settings), []
        try:
            output.mkdir(mode=0o700, parents=True, exist_ok=True)
            if any(output.iterdir()):
                raise UsageError(f"{output} is not empty; choose a new folder, so that nothing is written over")
            for one in held:
                path = archive.file_path(one.device.name, one.device.platform, one.device.zone)
                place = output / path
                place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                place.touch(mode=0o600)
                place.write_text(one.text, encoding="utf-8", errors="surrogateescape", newline="")
                rows.append({**plain_row(one.record), "path": path})
        except OSError as error:
            raise CreateError(f"{output} cannot be written: {error.strerror}; choose another folder") from None
        columns = ["device", "captured_at", "verified_at", "path"]
        terminal.items("export", rows, columns, output=str(output), uncovered=held.uncovered)
        _say_uncovered(terminal, held.uncovered)


def _say_uncovered(terminal: Terminal, uncovered: list[str]) -> None:
    """An answer must not look complete where it is not."""
    if uncovered:
        shown = ", ".join(uncovered[:5]) + (", …" if len(uncovered) > 5 else "")
        terminal.say(f"nothing is known of {len(uncovered)} of these devices: no configuration was accepted: {shown}")
