"""The composition root: settings, database, clock and handlers become one Context."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any

from netraven_cli.errors import SettingsError
from netraven_cli.plugin import Context
from netraven_cli.settings import load
from netraven_cli.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from netraven_cli.plugin import Handler
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
    database = open_database(settings)
    try:
        database.check_schema()
        yield Context(settings=settings, database=database, now=now, handlers=Handlers())
    finally:
        database.close()


def open_database(settings: Settings) -> Database:
    """The database that the settings name; its tables may be missing."""
    return Database(settings.database_url, settings.database.busy_timeout_seconds)


def now() -> datetime:
    """The clock."""
    return datetime.now(timezone.utc)


class Handlers(Mapping[str, "Handler"]):
    """All handlers by job type, each imported when it is asked for; the built-in ones register as anybody's do."""

    def __init__(self) -> None:
        self._made: dict[str, Handler] = {}

    @cached_property
    def _points(self) -> dict[str, Any]:
        from importlib.metadata import entry_points  # only a command that runs jobs needs it

        return {point.name: point for point in entry_points(group="netraven.handlers")}

    def __getitem__(self, job_type: str) -> Handler:
        if job_type not in self._made:
            self._made[job_type] = self._points[job_type].load()()
        return self._made[job_type]

    def __iter__(self) -> Iterator[str]:
        return iter(self._points)

    def __len__(self) -> int:
        return len(self._points)
