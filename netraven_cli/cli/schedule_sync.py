"""`netraven schedule sync`: bring timers and crontabs in line with the schedules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netraven_cli.cli.command import opened

if TYPE_CHECKING:
    from netraven_cli.cli.render import Terminal
    from netraven_cli.plugin import Context
    from netraven_cli.schedule.compare import SyncPlan
    from netraven_cli.schedule.systemctl import Systemctl

Target = Annotated[
    str | None,
    typer.Option("--target", help="systemd, systemd-user, supercronic or crond; systemd, or systemd-user off root."),
]
Dir = Annotated[Path | None, typer.Option("--dir", help="Write here, and leave the running system alone.")]
Check = Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 if something differs, and say what.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Change nothing; show what would be changed, as a diff.")]


def sync(
    ctx: typer.Context, target: Target = None, folder: Dir = None, check: Check = False, dry_run: DryRun = False
) -> int:
    """Write the timers or the crontab that wake NetRaven; files of others are never touched.

    All of it is verified first, and put in place all or none. Exit status 75 if another sync is at work.
    """
    from netraven_cli.schedule import install
    from netraven_cli.schedule.systemctl import Systemctl
    from netraven_cli.schedule.verify import verify

    with opened(ctx) as (context, terminal):
        chosen = target or _usual(folder)
        is_live = folder is None
        systemctl = Systemctl(for_user=chosen == "systemd-user") if is_live and chosen.startswith("systemd") else None
        plan = _plan(context, chosen, folder, systemctl, only_look=check or dry_run)
        if is_live:
            verify(plan, chosen)
        _show(terminal, plan, chosen, as_diff=dry_run and not check)
        if check or dry_run:
            return 1 if check and plan.drift else 0
        if systemctl is None:
            install.apply(plan)
        else:
            for hint in install.activate(plan, systemctl):
                terminal.say(hint)
    return 0


def _usual(folder: Path | None) -> str:
    import os

    return "systemd" if folder or os.geteuid() == 0 else "systemd-user"


def _plan(
    context: Context, target: str, folder: Path | None, systemctl: Systemctl | None, *, only_look: bool
) -> SyncPlan:
    from netraven_cli.errors import UnavailableError
    from netraven_cli.schedule import install, place
    from netraven_cli.schedule.compare import compare
    from netraven_cli.settings import system_timezone
    from netraven_cli.store import schedules

    live = place.live_folder(target, context.settings.data_dir)
    with context.database.read() as connection:
        found = schedules.list_all(connection)
    installation = place.installation_of(context.settings, target)
    files = install.render(target, found, installation, context.now(), system_timezone())
    plan = compare(files, folder.absolute() if folder else live)
    try:
        return install.with_stopped(plan, systemctl) if systemctl else plan
    except UnavailableError:
        if only_look:  # the files can be compared without a systemd that runs
            return plan
        raise


def _show(terminal: Terminal, plan: SyncPlan, target: str, *, as_diff: bool) -> None:
    from netraven_cli.schedule.compare import difference

    if as_diff and not terminal.json:
        terminal.data("".join(difference(plan)))
    else:
        rows = [{"state": state, "file": str(path.relative_to(plan.folder))} for state, path in plan.drift]
        rows += [{"state": "unchanged", "file": str(path.relative_to(plan.folder))} for path in plan.unchanged]
        more = {"diff": "".join(difference(plan))} if as_diff else {}
        terminal.items("sync", rows, ["state", "file"], target=target, folder=str(plan.folder), **more)
    stopped = f", {len(plan.stopped)} to start" if plan.stopped else ""
    terminal.say(
        f"{plan.folder}: {len(plan.write)} to write, {len(plan.remove)} to remove{stopped}, "
        f"{len(plan.unchanged)} unchanged"
    )
