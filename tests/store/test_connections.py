from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url, text

from netraven_cli.store import database as connections
from netraven_cli.store.database import Database

if TYPE_CHECKING:
    from tests.postgres import PostgresServer


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_connections_that_were_cut_while_they_rested_are_replaced(
    database_url: str, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "REST_SECONDS", 0)  # any rest is long enough
    database = Database(database_url)
    with database.read() as one, database.read() as other:  # two, that rest side by side
        backends = {connection.execute(text("SELECT pg_backend_pid()")).scalar_one() for connection in (one, other)}
    postgres.cut(str(make_url(database_url).database))
    for _ in range(2):
        with database.write() as connection:
            assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() not in backends
    database.close()
