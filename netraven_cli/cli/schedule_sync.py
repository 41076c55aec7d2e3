"""`netraven schedule sync`: bring timers and crontabs in line with the schedules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netraven_cli.cli.command import DryRun, opened

if TYPE_CHECKING:
    from netraven_cli.cli.render import Terminal
    from netraven_cli.plugin import Context
    from netraven_cli.schedule.install import SyncPlan

Target = Annotated[
    str | None,
    typer.Option("--target", help="systemd, systemd-user, supercronic or crond; systemd, or systemd-user off root."),
]
Dir = Annotated[Path | None, typer.Option("--dir", help="Write here, and leave the running system alone.")]
Check = Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 if something differs.")]


def sync(
    ctx: typer.Context, target: Target = None, folder: Dir = None, check: Check = False, dry_run: DryRun = False
) -> int:
    """Write the timers or the crontab that wake NetRaven; files of others are never touched."""
    from netraven_cli.schedule import install

    with opened(ctx) as (context, terminal):
        chosen = target or _usual(folder)
        plan = _plan(context, chosen, folder)
        _show(terminal, plan, chosen)
        if check or dry_run:
            return 1 if check and plan.drift else 0
        if folder is None and chosen.startswith("systemd"):
            hints = install.activate(plan, for_user=chosen == "systemd-user")
        else:
            hints = install.apply(plan)
        for hint in hints:
            terminal.say(hint)
    return 0


def _usual(folder: Path | None) -> str:
    import os

    return "systemd" if folder or os.geteuid() == 0 else "systemd-user"


def _plan(context: Context, target: str, folder: Path | None) -> SyncPlan:
    from netraven_cli.schedule import install, place
    from netraven_cli.settings import system_timezone
    from netraven_cli.store import schedules

    live = place.live_folder(target, context.settings.data_dir)
    with context.database.read() as connection:
        found = schedules.list_all(connection)
    installation = place.installation_of(context.settings, target)
    files = install.render(target, found, installation, context.now(), system_timezone())
    return install.plan_sync(files, folder.absolute() if folder else live)


def _show(terminal: Terminal, plan: SyncPlan, target: str) -> None:
    rows = [{"state": state, "file": path.name} for state, path in plan.drift]
    rows += [{"state": "unchanged", "file": path.name} for path in plan.unchanged]
    terminal.items("sync", rows, ["state", "file"], target=target, folder=str(plan.folder))
    terminal.say(
        f"{plan.folder}: {len(plan.write)} to write, {len(plan.remove)} to remove, {len(plan.unchanged)} unchanged"
    )
