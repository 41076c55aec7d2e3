"""PostgreSQL in every bad state: a sentence that says what to do, the exit status that fits, and nothing changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from netraven_cli.store import database as module
from tests.postgres import WITH_PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Called
    from tests.postgres import PostgresServer


@pytest.fixture
def name(postgres: PostgresServer, postgres_template: str) -> Iterator[str]:
    """A database with our tables, a role that is no superuser, and one that needs its password."""
    name = postgres.create(template=postgres_template)
    ask(postgres, "CREATE ROLE plain LOGIN", f"CREATE ROLE {WITH_PASSWORD} LOGIN PASSWORD 'right'")
    yield name
    postgres.drop(name)
    ask(postgres, "DROP ROLE plain", f"DROP ROLE {WITH_PASSWORD}")


def ask(postgres: PostgresServer, *statements: str) -> None:
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def assert_refused(netraven: Called, url: str, status: int, sentence: str, *commands: str) -> None:
    """Each command says so, and `doctor` finds it."""
    netraven.environ["NETRAVEN_DATABASE__URL"] = url
    for command in commands or ("init", "status", "run backup", "job list", "database check"):
        said = netraven(*command.split())
        assert (said.status, sentence in said.err, "Traceback" in said.err) == (status, True, False), (command, said)
        assert "wrong-password" not in said.err + said.out
    failed = [one for one in netraven("doctor", "--json").json["items"] if one["health"] == "FAIL"]
    assert [one["check"] for one in failed] == ["database"] * bool(failed)
    assert all(sentence in one["detail"] for one in failed)


def test_a_database_that_is_missing(called: Called, postgres: PostgresServer) -> None:
    assert_refused(called, postgres.url("nowhere"), 78, "createdb")


def test_a_wrong_password_and_none(called: Called, postgres: PostgresServer, name: str) -> None:
    url = postgres.url(name).replace("//netraven@", f"//{WITH_PASSWORD}:wrong-password@")
    assert_refused(called, url, 77, "refuses the login")
    assert_refused(called, url.replace(":wrong-password", ""), 77, "refuses the login")


def test_a_role_that_is_missing(called: Called, postgres: PostgresServer, name: str) -> None:
    assert_refused(called, postgres.url(name).replace("//netraven@", "//nobody@"), 77, "refuses the login")


def test_a_role_that_may_not_make_tables(called: Called, postgres: PostgresServer) -> None:
    empty = postgres.create()
    ask(postgres, "CREATE ROLE plain LOGIN")
    called.environ["NETRAVEN_DATABASE__URL"] = postgres.url(empty).replace("//netraven@", "//plain@")
    said = called("init")
    assert (said.status, "GRANT" in said.err) == (77, True), said
    postgres.drop(empty)
    ask(postgres, "DROP ROLE plain")


def test_a_server_that_is_away(called: Called) -> None:
    assert_refused(called, "postgresql://netraven@127.0.0.1:1/netraven", 69, "cannot be reached")
    assert_refused(called, "postgresql://netraven@no-such-host.invalid/netraven", 69, "cannot be reached")


def test_too_many_connections(called: Called, postgres: PostgresServer, name: str) -> None:
    ask(postgres, f"ALTER DATABASE {name} CONNECTION LIMIT 0")
    assert_refused(called, postgres.url(name).replace("//netraven@", "//plain@"), 75, "no connection left")


def test_a_server_that_takes_no_writes(called: Called, postgres: PostgresServer, name: str) -> None:
    ask(postgres, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert_refused(called, postgres.url(name), 69, "takes no writes", "run backup", "device add a -a b -p cisco_ios")
    called.well("status")


def test_a_server_that_is_too_old(
    called: Called, postgres: PostgresServer, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OLDEST_POSTGRES", 99)  # what runs here is too old then
    assert_refused(called, postgres.url(name), 69, "upgrade its server")


def test_tables_that_are_missing(called: Called, postgres: PostgresServer, name: str) -> None:
    called.environ["NETRAVEN_DATABASE__URL"] = postgres.url(name)
    with psycopg.connect(postgres.url(name), autocommit=True) as connection:
        connection.execute("DROP TABLE pause")
    said = called("queue", "status")
    assert (said.status, "database check" in said.err) == (74, True), said
    said = called("database", "check")
    assert (said.status, "the table pause is missing" in said.out) == (74, True), said
