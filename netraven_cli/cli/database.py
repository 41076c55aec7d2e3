"""`netraven database`: the tables, the backup, the way into another database."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netraven_cli.cli.command import DryRun, Force, Noun, Yes, confirm, opened, terminal_of
from netraven_cli.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netraven_cli.cli.render import Terminal
    from netraven_cli.settings.keys import Settings
    from netraven_cli.store.database import Database

app = Noun("The database: its tables, its backup, its way into another one.")


@app.verb("migrate")
def migrate(ctx: typer.Context, dry_run: DryRun = False) -> None:
    """Bring the tables to the schema of this program, in one transaction: after a failure they are as before."""
    from netraven_cli.store.migrate import migrate as migrate_tables

    with _database(ctx) as (database, _settings, terminal), database.write() as connection:
        before, after = migrate_tables(connection)
        if dry_run:
            connection.rollback()
        sentence = f"the database has schema {after} already" if before == after else f"schema {before} became {after}"
        terminal.changed("migration", [{"before": before, "after": after}], sentence, dry_run=dry_run)


@app.verb("check")
def check(ctx: typer.Context) -> int:
    """Check the schema and the soundness of the database; exit with 74 if it is damaged, and say the way back."""
    from netraven_cli.errors import StorageError
    from netraven_cli.store.integrity import problems

    with _database(ctx) as (database, settings, terminal):
        try:
            database.check_schema()
            with database.read() as connection:
                found = problems(connection)
        except StorageError as error:  # so damaged that it cannot be looked at
            found = [str(error)]
        terminal.items("database-check", [{"problem": one} for one in found], ["problem"], ok=not found)
        if not found:
            terminal.say("the database is sound")
            return 0
        terminal.complain("the database is damaged; the way back, with the timers stopped:")
        terminal.complain("\n".join(["", *_way_back(settings)]))
        return StorageError.exit_status


def _way_back(settings: Settings) -> list[str]:
    """The commands that put the last backup in the place of a damaged database."""
    path = settings.sqlite_path
    if path is None:
        return ["pg_restore --clean --if-exists --dbname=NAME BACKUP.dump", "netraven run backup"]
    last = max(settings.backups_dir.glob("*.db"), key=lambda file: file.stat().st_mtime, default="BACKUP.db")
    return [
        f"for file in {path}*; do mv $file $file.damaged; done",
        f"cp {last} {path} && chmod 600 {path}",
        "netraven database migrate && netraven database check && netraven run backup",
    ]


@app.verb("backup")
def backup(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="A new file; in the folder backups of data_dir.")] = None,
) -> None:
    """Write a backup into one file, also while runs are under way: of SQLite by its own means, else by pg_dump."""
    from netraven_cli.app import now
    from netraven_cli.store.backup import back_up

    with _database(ctx) as (database, settings, terminal):
        name = f"netraven-{now():%Y%m%dT%H%M%SZ}.{'dump' if database.is_postgres else 'db'}"
        place = (file or settings.backups_dir / name).absolute()
        size = back_up(database, place)
        terminal.changed("backup", [{"file": place, "bytes": size}], f"the backup is in {place}")
        terminal.say(f"its secrets are opened by {settings.vault_key_file}: keep a copy of that in another place")


@app.verb("copy")
def copy(
    ctx: typer.Context,
    target: Annotated[str, typer.Argument(help="Where to: postgresql://USER@HOST/NAME or sqlite:////PATH.")],
    yes: Yes = False,
    force: Force = False,
    dry_run: DryRun = False,
) -> None:
    """Copy everything into another database, and compare what arrived; asks before it replaces what is there."""
    from netraven_cli.store.copying import copy as copy_all
    from netraven_cli.store.copying import opened_target, rows_in
    from netraven_cli.store.migrate import migrate as migrate_tables
    from netraven_cli.store.runners import list_runners

    with opened(ctx) as (context, terminal), opened_target(target, context.database) as there, there.write() as into:
        migrate_tables(into)
        rows = rows_in(into)
        if rows and not dry_run:
            confirm(context, f"Replace all {rows} rows of {there.place}?", yes=yes, force=force)
        with context.database.read() as source:
            copied = copy_all(source, into)
            runners = list_runners(source)
        if dry_run:
            into.rollback()
        sentence = (
            f"{sum(one.rows for one in copied)} rows are in {there.place}, as they are in {context.database.place}"
        )
        terminal.changed("database-copy", copied, sentence, dry_run=dry_run)
        if runners:
            terminal.say(f"{len(runners)} runs are under way: what they do from now on is not in the copy")
        terminal.say(f"to work with it, set database.url (or NETRAVEN_DATABASE__URL) to {there.place}")


@contextmanager
def _database(ctx: typer.Context) -> Iterator[tuple[Database, Settings, Terminal]]:
    """The database as the settings name it, whatever its schema."""
    from netraven_cli.app import open_database
    from netraven_cli.settings import load

    terminal = terminal_of(ctx)
    settings = load(terminal.config)
    if settings.sqlite_path and not settings.sqlite_path.exists():
        raise SettingsError(f"there is no database {settings.sqlite_path} yet; make it with: netraven init")
    database = open_database(settings)
    try:
        yield database, settings, terminal
    finally:
        database.close()
