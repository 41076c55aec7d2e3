"""`netraven range`: the addresses that are searched for devices."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli.cli.command import DryRun, Force, Noun, Yes, changing, confirm, opened
from netraven_cli.cli.render import plain_row
from netraven_cli.errors import UsageError
from netraven_cli.model.discovery import SEARCHED_PORTS, Range

if TYPE_CHECKING:
    from netraven_cli.cli.render import Terminal
    from netraven_cli.plugin import Context

app = Noun("The addresses that are searched for devices.")
Name = Annotated[str, typer.Argument(metavar="RANGE", help="Name of a range.")]
Names = Annotated[list[str], typer.Argument(metavar="RANGE...", help="Names of ranges.")]
NETWORKS = "192.0.2.0/24, 192.0.2.10-192.0.2.20 or one address; several, or separated by commas."
Networks = Annotated[list[str], typer.Argument(metavar="NETWORK...", help=NETWORKS)]
Exclude = Annotated[
    list[str] | None, typer.Option("--exclude", "-x", metavar="NETWORK", help="Never touched; repeat for several.")
]
Port = Annotated[
    list[int] | None, typer.Option("--port", metavar="N", help=f"Tried; {', '.join(map(str, SEARCHED_PORTS))}.")
]
Rate = Annotated[int | None, typer.Option("--rate", metavar="N", help="Connections begun in a second; 500.")]
Tag = Annotated[list[str] | None, typer.Option("--tag", "-t", help="Chooses credentials, and goes to the devices.")]
Credential = Annotated[str | None, typer.Option("--credential", help="Log in with this one alone.")]
Ping = Annotated[bool | None, typer.Option("--ping/--no-ping", help="Ask those that no port tells of by fping too.")]
Snmp = Annotated[
    bool | None, typer.Option("--snmp/--no-snmp", help="Ask all by SNMP too, with the credentials for it that fit.")
]
SnmpPort = Annotated[int | None, typer.Option("--snmp-port", metavar="N", help="Where SNMP is asked; 161.")]
AutoAccept = Annotated[
    bool | None,
    typer.Option("--auto-accept/--no-auto-accept", help="Make devices of what was identified, by itself."),
]
COLUMNS = ["name", "networks", "exclusions", "ports", "rate", "zone", "tags", "auto_accept", "enabled", "addresses"]


@app.verb("list")
def list_ranges(ctx: typer.Context) -> None:
    """List all ranges, with the number of addresses of each."""
    from netraven_cli.store import ranges

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        found = ranges.list_ranges(connection)
        terminal.items("range", map(_row, found), COLUMNS)
        if not found:
            terminal.say("there are no ranges yet; add one with: netraven range add NAME 192.0.2.0/24")


@app.verb("show")
def show(ctx: typer.Context, name: Name) -> None:
    """Show a range, with the number of its findings in each state."""
    from netraven_cli.store import findings, ranges

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        one = ranges.get(connection, name)
        states = [found.state.value for found in findings.list_findings(connection, range_name=name)]
        terminal.record("range", {**_row(one), "findings": {state: states.count(state) for state in set(states)}})


@app.verb("add")
def add(
    ctx: typer.Context,
    name: Name,
    networks: Networks,
    exclude: Exclude = None,
    port: Port = None,
    rate: Rate = None,
    zone: Annotated[str, typer.Option("--zone", help="Which runners reach it.")] = "default",
    tag: Tag = None,
    credential: Credential = None,
    ping: Ping = None,
    snmp: Snmp = None,
    snmp_port: SnmpPort = None,
    auto_accept: AutoAccept = None,
    dry_run: DryRun = False,
) -> None:
    """Add a range: netraven range add dc1 192.0.2.0/24 --exclude 192.0.2.1 --tag dc1."""
    from netraven_cli.store import ranges

    given = _given(
        networks=networks, exclusions=exclude, ports=port, rate=rate, tags=tag, ping=ping, snmp=snmp,
        snmp_port=snmp_port, auto_accept=auto_accept,
    )  # fmt: skip
    new = Range(**{"name": name, "zone": zone, "credential": credential, **given})
    with opened(ctx) as (context, terminal):
        with changing(context, dry_run=dry_run) as connection:
            ranges.add(connection, new, context.now())
        sentence = f"{name} is added, {new.addresses.count} addresses; search it with: netraven run discovery"
        terminal.changed("range", [_row(new)], sentence, dry_run=dry_run)


@app.verb("edit")
def edit(
    ctx: typer.Context,
    name: Name,
    networks: Annotated[list[str] | None, typer.Argument(metavar="[NETWORK]...", help=NETWORKS)] = None,
    exclude: Exclude = None,
    exclude_nothing: Annotated[bool, typer.Option("--exclude-nothing", help="Take all exclusions away.")] = False,
    port: Port = None,
    rate: Rate = None,
    zone: Annotated[str | None, typer.Option("--zone", help="Another zone.")] = None,
    tag: Tag = None,
    credential: Credential = None,
    any_credential: Annotated[bool, typer.Option("--any-credential", help="Log in with what its tags fit.")] = False,
    ping: Ping = None,
    snmp: Snmp = None,
    snmp_port: SnmpPort = None,
    auto_accept: AutoAccept = None,
    dry_run: DryRun = False,
) -> None:
    """Give a range other values; what is named replaces what was there, the rest stays."""
    from netraven_cli.store import ranges

    if (exclude_nothing and exclude) or (any_credential and credential):
        raise UsageError("an option is given together with the one that takes it away")
    given = _given(
        networks=networks, exclusions=exclude, ports=port, rate=rate, zone=zone, tags=tag, credential=credential,
        ping=ping, snmp=snmp, snmp_port=snmp_port, auto_accept=auto_accept,
    )  # fmt: skip
    given |= {"exclusions": ()} if exclude_nothing else {}
    given |= {"credential": None} if any_credential else {}
    with opened(ctx) as (context, terminal), changing(context, dry_run=dry_run) as connection:
        before = ranges.get(connection, name)
        after = dataclasses.replace(before, **given)
        if after == before:
            raise UsageError(f"nothing to change for {name}; see: netraven range edit --help")
        ranges.edit(connection, after, context.now())
        terminal.changed("range", [_row(after)], f"{name} is changed", dry_run=dry_run)


@app.verb("remove")
def remove(ctx: typer.Context, name: Name, yes: Yes = False, force: Force = False, dry_run: DryRun = False) -> None:
    """Search a range no more; its findings stay."""
    from netraven_cli.store import ranges

    with opened(ctx) as (context, terminal):
        with context.database.read() as connection:
            one = ranges.get(connection, name)
        if not dry_run:
            confirm(context, f"Remove the range {name}?", yes=yes, force=force)
        with changing(context, dry_run=dry_run) as connection:
            ranges.remove(connection, name)
        terminal.changed("range", [_row(one)], f"{name} is removed; its findings stay", dry_run=dry_run)


@app.verb("enable")
def enable(ctx: typer.Context, names: Names, dry_run: DryRun = False) -> None:
    """Let runs search ranges again."""
    with opened(ctx) as (context, terminal):
        _set_enabled(context, terminal, names, enabled=True, dry_run=dry_run)


@app.verb("disable")
def disable(ctx: typer.Context, names: Names, dry_run: DryRun = False) -> None:
    """Leave ranges alone, jobs that are queued already included."""
    with opened(ctx) as (context, terminal):
        _set_enabled(context, terminal, names, enabled=False, dry_run=dry_run)


def _set_enabled(context: Context, terminal: Terminal, names: list[str], *, enabled: bool, dry_run: bool) -> None:
    from netraven_cli.store import ranges

    with changing(context, dry_run=dry_run) as connection:
        after = [dataclasses.replace(ranges.get(connection, name), enabled=enabled) for name in names]
        for one in after:
            ranges.edit(connection, one, context.now())
    what = "enabled" if enabled else "disabled"
    terminal.changed("range", map(_row, after), f"{', '.join(names)} {what}", dry_run=dry_run)


def _given(**values: Any) -> dict[str, Any]:
    """The options that were given; lists as the fields of a range take them."""
    given = {name: value for name, value in values.items() if value is not None and value != []}
    for name in given.keys() & {"networks", "exclusions"}:
        given[name] = _split(given[name])
    for name in given.keys() & {"ports", "tags"}:
        given[name] = tuple(sorted(set(given[name])))
    return given


def _split(texts: list[str]) -> tuple[str, ...]:
    return tuple(part.strip() for text in texts for part in text.split(",") if part.strip())


def _row(one: Range) -> dict[str, Any]:
    return {**plain_row(one), "addresses": one.addresses.count}
