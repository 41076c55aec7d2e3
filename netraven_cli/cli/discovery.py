"""`netraven discovery`: what was found, and what becomes of it."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli.cli.command import DryRun, Noun, changing, opened
from netraven_cli.cli.render import plain_row
from netraven_cli.errors import UsageError
from netraven_cli.model import Selector
from netraven_cli.model.discovery import FindingState

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from netraven_cli.model.discovery import Finding

app = Noun("What was found in the ranges, and what becomes of it.")
Addresses = Annotated[list[str] | None, typer.Argument(metavar="[ADDRESS]...", help="Addresses of findings.")]
State = Annotated[FindingState | None, typer.Option("--state", help="Those in this state.")]
RangeName = Annotated[str | None, typer.Option("--range", metavar="RANGE", help="Those of this range.")]
COLUMNS = ["address", "state", "device", "hostname", "platform", "model", "serial", "ports", "reason"]


@app.verb("list")
def list_findings(ctx: typer.Context, state: State = None, range_name: RangeName = None) -> None:
    """List findings: new, known (a device of the inventory), ignored, gone (did not answer several sweeps)."""
    from netraven_cli.store import findings, ranges

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        found = findings.list_findings(connection, state=state, range_name=range_name)
        if range_name and not found:
            ranges.get(connection, range_name)
        terminal.items("finding", map(_row, found), COLUMNS)
        if not found:
            terminal.say("nothing was found yet; search with: netraven range add NAME NETWORK; netraven run discovery")


@app.verb("show")
def show(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(help="Address of a finding.")],
    zone: Annotated[str | None, typer.Option("--zone", help="Of this zone, where several have the address.")] = None,
) -> None:
    """Show all that is known of a finding."""
    from netraven_cli.store import findings

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        found = [one for one in findings.by_addresses(connection, [address]) if zone in (None, one.zone)]
        if len(found) != 1:
            zones = ", ".join(one.zone for one in findings.by_addresses(connection, [address]))
            raise UsageError(f"say which {address}, that of which zone: --zone, one of {zones}")
        terminal.record("finding", _row(found[0]))


@app.verb("accept")
def accept(
    ctx: typer.Context,
    addresses: Addresses = None,
    all_: Annotated[bool, typer.Option("--all", help="All new ones whose platform is known.")] = False,
    range_name: RangeName = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Template: {hostname}, {address}, {serial}, {platform}, {range}.")
    ] = None,
    platform: Annotated[str | None, typer.Option("--platform", "-p", help="Another platform than was found.")] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", "-t", help="One more tag than those of its range.")] = None,
    zone: Annotated[str | None, typer.Option("--zone", help="Another zone than that of its range.")] = None,
    credential: Annotated[str | None, typer.Option("--credential", help="Another one than that which worked.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Make devices of findings, all or none: netraven discovery accept --all --name 'dc1-{hostname}'."""
    from netraven_cli.handlers.accepting import Wishes
    from netraven_cli.handlers.accepting import accept as accept_one

    wishes = Wishes(name=name, platform=platform, tags=tuple(tag or ()), zone=zone, credential=credential)
    with opened(ctx) as (context, terminal):
        with changing(context, dry_run=dry_run) as connection:
            found = _chosen(connection, addresses, range_name, all_=all_)
            wanted = found if addresses else [one for one in found if (one.platform or platform) and _is_first(one)]
            made = [accept_one(connection, context, one, wishes) for one in wanted]
        names = f"{len(made)} devices added" if len(made) != 1 else f"{made[0].name} is added"
        left = (
            f"; {len(found) - len(made)} left: see netraven discovery list --state new"
            if len(made) < len(found)
            else ""
        )
        terminal.changed("device", made, names + left, dry_run=dry_run)


@app.verb("ignore")
def ignore(
    ctx: typer.Context,
    addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS...", help="Addresses of findings.")],
    undo: Annotated[bool, typer.Option("--undo", help="Ignore them no longer.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Leave findings alone: they are not logged in on, and not shown as new."""
    from netraven_cli.store import findings

    with opened(ctx) as (context, terminal):
        with changing(context, dry_run=dry_run) as connection:
            found = findings.by_addresses(connection, addresses)
            known = [one.address for one in found if one.state is FindingState.KNOWN]
            if known:
                raise UsageError(f"{', '.join(known)}: a device of the inventory; disable it instead")
            findings.set_state(connection, found, FindingState.NEW if undo else FindingState.IGNORED)
            after = findings.by_addresses(connection, addresses)
        what = "new again" if undo else "ignored"
        terminal.changed("finding", map(_row, after), f"{', '.join(addresses)} {what}", dry_run=dry_run)


@app.verb("crawl")
def crawl(
    ctx: typer.Context,
    seed: Annotated[str, typer.Argument(metavar="DEVICE", help="Where to begin.")],
    depth: Annotated[int, typer.Option("--depth", min=0, max=32, help="How many steps from there.")] = 1,
    workers: Annotated[int | None, typer.Option("--workers", min=1, max=1000, help="Sessions at once.")] = None,
) -> int:
    """Follow LLDP and CDP from a device. Neighbours become findings; in a range, they are logged in on too."""
    from netraven_cli.cli.run import exit_status, perform
    from netraven_cli.runner.run import Options, Plan

    plan = Plan(type="discovery", selector=Selector(), params={"seed": seed, "depth": depth})
    with opened(ctx) as (context, terminal):
        summary = perform(context, terminal, "discovery", [plan], ["discovery"], Options(workers=workers))
    return exit_status(summary, by_name=True)


def _chosen(
    connection: Connection, addresses: list[str] | None, range_name: str | None, *, all_: bool
) -> list[Finding]:
    from netraven_cli.store import findings, ranges

    if bool(addresses) == (all_ or bool(range_name)):
        raise UsageError("say which findings: by address, by --range RANGE, or --all")
    if addresses:
        return findings.by_addresses(connection, addresses)
    if range_name:
        ranges.get(connection, range_name)
    return findings.list_findings(connection, state=FindingState.NEW, range_name=range_name)


def _is_first(one: Finding) -> bool:
    return one.duplicate_of is None


def _row(one: Finding) -> dict[str, Any]:
    row = plain_row(one)
    facts = row.pop("facts")
    state = row["state"].value if isinstance(row["state"], Enum) else row["state"]
    told = {name: facts[name] for name in ("vendor", "model", "os_version", "interfaces", "uptime_seconds")}
    return {**row, "state": state, **told}
