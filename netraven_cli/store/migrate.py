"""Bring the tables up to date."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config

from netraven_cli.errors import SettingsError
from netraven_cli.store.database import SCHEMA, refuse_old, schema_version

if TYPE_CHECKING:
    from sqlalchemy import Connection


def migrate(connection: Connection) -> tuple[str | None, str]:
    """Make or upgrade all tables in the caller's transaction; returns the schema before and after.

    Raises:
        SettingsError: the database was made by a newer NetRaven.
        UnavailableError: the server is too old.
    """
    refuse_old(connection)
    before = schema_version(connection)
    if before is not None and before > SCHEMA:
        raise SettingsError(
            f"the database has schema {before}, newer than this program's {SCHEMA}; install a newer NetRaven"
        )
    if before != SCHEMA:
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, SCHEMA)
    return before, SCHEMA
