"""The composition root: settings, database, clock and handlers become one Context."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from netraven_cli.errors import SettingsError
from netraven_cli.plugin import Context
from netraven_cli.runner.installed import Handlers
from netraven_cli.settings import load
from netraven_cli.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from netraven_cli.settings.keys import Settings


@contextmanager
def open_context(config: Path | None = None) -> Iterator[Context]:
    """Everything that a command needs, closed at the end.

    Raises:
        SettingsError: the settings are wrong, or `netraven init` has not been run.
    """
    settings = load(config)
    if settings.sqlite_path and not settings.sqlite_path.exists():
        raise SettingsError(f"there is no database {settings.sqlite_path} yet; make it with: netraven init")
    database, handlers = open_database(settings), Handlers()
    try:
        database.check_schema()
        yield Context(settings=settings, database=database, now=now, handlers=handlers, hooks=handlers.hooks)
    finally:
        handlers.close()
        database.close()


def open_database(settings: Settings) -> Database:
    """The database that the settings name; its tables may be missing."""
    return Database(settings.database_url, settings.database.busy_timeout_seconds)


def now() -> datetime:
    """The clock."""
    return datetime.now(timezone.utc)
