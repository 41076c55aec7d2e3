"""`netraven snapshot search|compliance`: all devices' configurations at once, as they are or as they were."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli.cli.command import All, DeviceNames, PlatformOption, Tags, ZoneOption, moment, opened, selector_of
from netraven_cli.cli.render import Terminal, plain_row
from netraven_cli.cli.versions import At
from netraven_cli.errors import UsageError

if TYPE_CHECKING:
    from netraven_cli.report.texts import Held, Texts
    from netraven_cli.snapshot.search import Query

More = list[str] | None
FOUND = ["device", "number", "text"]
EVER = ["device", "captured_at", "valid_until", "number", "text"]
MISSING = ["device", "verified_at"]


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
    ever: Annotated[
        bool, typer.Option("--ever", help="In all versions: from when until when each line stood.")
    ] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 if nothing is listed.")] = False,
) -> int:
    """Find lines in the configurations of all devices, or the devices that lack them."""
    from netraven_cli.report import texts
    from netraven_cli.snapshot.search import query

    if ever and at is not None:
        raise UsageError("--ever and --at are two ways to say when; give one of them")
    asked = query([wanted, *(also or ())], without or (), words=words, ignore_case=ignore_case)
    with opened(ctx) as (context, terminal):
        held = texts.of(context, selector_of(names, tag, platform, zone, all_), moment(at), ever=ever)
        rows = _lacking(asked, held) if missing else _found(asked, held)
        terminal.items("search", rows, MISSING if missing else EVER if ever else FOUND, uncovered=held.uncovered)
        say_uncovered(terminal, held.uncovered)
    return 1 if exit_code and not rows else 0


def _about(one: Held) -> dict[str, Any]:
    record = one.record
    return {
        "device": record.device, "id": record.id, "captured_at": record.captured_at, "valid_until": record.valid_until,
        "verified_at": record.verified_at,
    }  # fmt: skip


def _lacking(asked: Query, held: Texts) -> list[dict[str, Any]]:
    """The devices of which no text fits, with the newest that was looked at."""
    abouts, fitting = {}, set()
    for one in held:
        abouts[one.device.name] = _about(one)
        if asked.fits(one.text):
            fitting.add(one.device.name)
    return [about for name, about in abouts.items() if name not in fitting]


def _found(asked: Query, held: Texts) -> list[dict[str, Any]]:
    """The lines that were found; one that stood in versions one after the other comes once, from first to last."""
    rows: list[dict[str, Any]] = []
    standing: dict[tuple[str, str], dict[str, Any]] = {}
    for one in held:
        before, standing = standing, {}
        for line in asked.lines(one.text) if asked.fits(one.text) else ():
            key = (one.device.name, line.text)
            if key in before:
                before[key].update(valid_until=one.record.valid_until, verified_at=one.record.verified_at)
            else:
                rows.append({**_about(one), **plain_row(line)})
            standing[key] = before.get(key) or rows[-1]
    return rows


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
        say_uncovered(terminal, held.uncovered)
        broken = len({row["device"] for row in rows})
        terminal.say(f"{len(held_to)} rules, {checked} devices: {checked - broken} keep them, {broken} break them")
    return 1 if rows else 0


def say_uncovered(terminal: Terminal, uncovered: list[str]) -> None:
    """An answer must not look complete where it is not."""
    if uncovered:
        shown = ", ".join(uncovered[:5]) + (", …" if len(uncovered) > 5 else "")
        terminal.say(f"nothing is known of {len(uncovered)} of these devices: no configuration was accepted: {shown}")
