"""`netraven doctor`: is everything there, sound, and closed to others?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netraven_cli.cli.command import Command, terminal_of
from netraven_cli.cli.doctor_places import machine_checks, place_checks
from netraven_cli.cli.doctor_records import record_checks
from netraven_cli.errors import NetravenError, StorageError
from netraven_cli.model import Finding, Health

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netraven_cli.cli.render import Terminal
    from netraven_cli.settings.keys import Settings

app = typer.Typer(add_completion=False, rich_markup_mode=None)
COLUMNS = ["health", "check", "detail", "fix"]


@app.command(cls=Command)
def doctor(
    ctx: typer.Context,
    fix: Annotated[bool, typer.Option("--fix", help="First put right what is safe.")] = False,
    bundle: Annotated[
        Path | None, typer.Option("--bundle", metavar="FILE", help="Write a support bundle, without secrets.")
    ] = None,
) -> int:
    """Check the installation, and say how to mend it; exit with 1 if something fails.

    With --fix, missing folders are made, files that others can read are closed, what killed processes left is removed,
    jobs of dead runners are put back, and the archive is brought in step or made again if it is damaged.
    """
    terminal = terminal_of(ctx)
    fixed = _fix(terminal) if fix else []
    found = list(findings(terminal.config))
    failed = sum(one.health is Health.FAIL for one in found)
    warned = sum(one.health is Health.WARN for one in found)
    terminal.items("doctor", found, COLUMNS, failed=failed, warned=warned, fixed=fixed)
    hint = "" if fix or not failed + warned else "; what can be mended safely is by: netraven doctor --fix"
    terminal.say(f"{len(found)} checks: {failed} failed, {warned} with a warning{hint}")
    if bundle:
        from netraven_cli.cli.doctor_bundle import write

        size = write(terminal.config, found, bundle)
        terminal.say(f"the support bundle is in {bundle}: {size} bytes; it names devices, and no secret of NetRaven's")
    return 1 if failed else 0


def _fix(terminal: Terminal) -> list[str]:
    from netraven_cli.cli.doctor_fix import fix

    try:
        done = fix(terminal.config)
    except NetravenError as error:
        done = [f"not mended: {error}"]
    for sentence in done:
        terminal.say(sentence)
    return done


def findings(config: Path | None) -> Iterator[Finding]:
    """All checks, as far as they can be made: without settings there is no database to look into."""
    from netraven_cli.app import open_database
    from netraven_cli.settings import load

    yield from machine_checks()
    try:
        settings = load(config)
    except NetravenError as error:
        yield Finding("settings", Health.FAIL, str(error), "see the sentence before")
        return
    yield Finding("settings", Health.OK, str(settings.source or "all defaults"))
    yield from place_checks(settings)
    if settings.sqlite_path and not settings.sqlite_path.exists():
        yield Finding("database", Health.FAIL, f"there is no {settings.sqlite_path}", _how_to_begin(settings))
        return
    database = open_database(settings)
    try:
        yield from record_checks(settings, database)
    except StorageError as error:
        yield Finding("database", Health.FAIL, str(error), "netraven database check")
    except NetravenError as error:
        yield Finding("database", Health.FAIL, str(error), "see the sentence before")
    finally:
        database.close()


def _how_to_begin(settings: Settings) -> str:
    """A new database is an empty one: who has a backup is told of that first."""
    backups = sorted(settings.backups_dir.glob("*.db"), key=lambda file: file.stat().st_mtime)
    if not backups:
        return "netraven init"
    here = settings.sqlite_path
    restore = f"rm -f {here}-wal {here}-shm; install -m 600 {backups[-1]} {here}"
    return f"with the last backup: {restore}; or without your devices: netraven init"
