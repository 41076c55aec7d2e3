"""`netraven database`: the tables."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from netraven_cli.cli.command import DryRun, Noun, terminal_of
from netraven_cli.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netraven_cli.cli.render import Terminal
    from netraven_cli.store.database import Database

app = Noun("The tables.")


@app.verb("migrate")
def migrate(ctx: typer.Context, dry_run: DryRun = False) -> None:
    """Bring the tables to the schema of this program, in one transaction: after a failure they are as before."""
    from netraven_cli.store.migrate import migrate as migrate_tables

    with _database(ctx) as (database, terminal), database.write() as connection:
        before, after = migrate_tables(connection)
        if dry_run:
            connection.rollback()
        sentence = f"the database has schema {after} already" if before == after else f"schema {before} became {after}"
        terminal.changed("migration", [{"before": before, "after": after}], sentence, dry_run=dry_run)


@app.verb("check")
def check(ctx: typer.Context) -> int:
    """Check the schema and the soundness of the database; exit with 1 if something is wrong."""
    from netraven_cli.store.integrity import problems

    with _database(ctx) as (database, terminal):
        database.check_schema()
        with database.read() as connection:
            found = problems(connection)
        terminal.items("database-check", [{"problem": one} for one in found], ["problem"], ok=not found)
        terminal.say("the database is damaged; restore it from a backup" if found else "the database is sound")
    return 1 if found else 0


@contextmanager
def _database(ctx: typer.Context) -> Iterator[tuple[Database, Terminal]]:
    """The database as the settings name it, whatever its schema."""
    from netraven_cli.app import open_database
    from netraven_cli.settings import load

    terminal = terminal_of(ctx)
    settings = load(terminal.config)
    if settings.sqlite_path and not settings.sqlite_path.exists():
        raise SettingsError(f"there is no database {settings.sqlite_path} yet; make it with: netraven init")
    database = open_database(settings)
    try:
        yield database, terminal
    finally:
        database.close()
