"""`netraven doctor`: is everything there, sound, and closed to others?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from netraven_cli.cli.command import Command, terminal_of
from netraven_cli.cli.doctor_places import Finding, Health, machine_checks, place_checks
from netraven_cli.cli.doctor_records import record_checks
from netraven_cli.errors import NetravenError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

app = typer.Typer(add_completion=False, rich_markup_mode=None)
COLUMNS = ["health", "check", "detail", "fix"]


@app.command(cls=Command)
def doctor(ctx: typer.Context) -> int:
    """Check the installation, and say how to mend it; exit with 1 if something fails."""
    terminal = terminal_of(ctx)
    found = list(findings(terminal.config))
    failed = sum(one.health is Health.FAIL for one in found)
    warned = sum(one.health is Health.WARN for one in found)
    terminal.items("doctor", found, COLUMNS, failed=failed, warned=warned)
    terminal.say(f"{len(found)} checks: {failed} failed, {warned} with a warning")
    return 1 if failed else 0


def findings(config: Path | None) -> Iterator[Finding]:
    """All checks, as far as they can be made: without settings there is no database to look into."""
    from netraven_cli.app import open_database
    from netraven_cli.settings import load

    yield from machine_checks()
    try:
        settings = load(config)
    except NetravenError as error:
        yield Finding("settings", Health.FAIL, str(error), "mend that line")
        return
    yield Finding("settings", Health.OK, str(settings.source or "all defaults"))
    yield from place_checks(settings)
    if settings.sqlite_path and not settings.sqlite_path.exists():
        yield Finding("database", Health.FAIL, f"there is no {settings.sqlite_path}", "netraven init")
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
