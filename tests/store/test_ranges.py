from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from netraven_cli.errors import DataError, NotFoundError
from netraven_cli.model.discovery import Range
from netraven_cli.store import credentials, ranges
from tests.store.make import NOW, new_credential, new_vault

if TYPE_CHECKING:
    from pathlib import Path

    from netraven_cli.store.database import Database


def new_range(**more: Any) -> Range:
    return Range(**{"name": "lab", "networks": ("192.0.2.0/24", "2001:db8::/120"), **more})


def test_a_range_is_read_as_it_was_entered(database: Database) -> None:
    entered = new_range(exclusions=("192.0.2.1",), ports=(22, 2222), rate=10, tags=("dc1",), zone="z", auto_accept=True)
    with database.write() as connection:
        ranges.add(connection, entered, NOW)
    with database.read() as connection:
        assert ranges.get(connection, "lab") == entered
        assert ranges.enabled(connection) == [entered]


def test_a_disabled_range_is_not_searched(database: Database) -> None:
    with database.write() as connection:
        ranges.add(connection, new_range(), NOW)
        ranges.edit(connection, new_range(enabled=False), NOW)
        with pytest.raises(NotFoundError, match="netraven range enable lab"):
            ranges.enabled(connection, "lab")
        with pytest.raises(NotFoundError, match="there is no enabled range; add one"):
            ranges.enabled(connection)
        ranges.remove(connection, "lab")
        with pytest.raises(NotFoundError, match="there is no range lab"):
            ranges.get(connection, "lab")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"networks": ("192.0.2.1/24",)}, "host bits"),
        ({"networks": ("core-1",)}, "write 192.0.2.0/24"),
        ({"networks": ("2001:db8::/64",)}, "and may have 1048576"),
        ({"exclusions": ("192.0.2.0/24", "2001:db8::/120")}, "no address left"),
        ({"ports": (0,)}, "ports from 1 to 65535"),
        ({"ports": ()}, "not none"),
        ({"rate": 0}, "the rate is from 1"),
        ({"name": "a\nb"}, "printable"),
        ({"tags": ("a b",)}, "a tag cannot have blanks"),
    ],
)
def test_a_range_that_cannot_be_searched_is_refused(database: Database, wrong: dict[str, Any], sentence: str) -> None:
    with database.write() as connection, pytest.raises(DataError, match=sentence):
        ranges.add(connection, new_range(**wrong), NOW)


def test_names_are_taken_once_and_credentials_must_exist(database: Database) -> None:
    with database.write() as connection:
        ranges.add(connection, new_range(), NOW)
        with pytest.raises(DataError, match="there is a range lab already"):
            ranges.add(connection, new_range(), NOW)
        with pytest.raises(NotFoundError, match="there is no credential nobody"):
            ranges.edit(connection, new_range(credential="nobody"), NOW)


def test_a_credential_that_a_range_names_is_not_removed(database: Database, tmp_path: Path) -> None:
    with database.write() as connection:
        credentials.add(connection, new_vault(tmp_path), new_credential("lab"), {}, NOW)
        ranges.add(connection, new_range(credential="lab"), NOW)
        with pytest.raises(DataError, match="used by the range lab"):
            credentials.remove(connection, "lab")
