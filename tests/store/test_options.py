"""The options of devices, and the jump hosts among them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from netraven_cli.errors import DataError, NotFoundError
from netraven_cli.model import Options
from netraven_cli.store import inventory, jumps
from tests.store.make import NOW, new_device

if TYPE_CHECKING:
    from netraven_cli.model import NewDevice
    from netraven_cli.store.database import Database


def behind(name: str, jump: str | None) -> NewDevice:
    return new_device(name, options=Options(jump=jump))


@pytest.fixture
def chained(database: Database) -> Database:
    with database.write() as connection:
        inventory.add_devices(
            connection, [behind("far", "inner"), behind("inner", "outer"), behind("outer", None)], NOW
        )
    return database


def test_options_come_back_as_they_were_given(database: Database) -> None:
    given = Options(source_address="192.0.2.7", login_timeout_seconds=60.5, legacy_algorithms=True)
    with database.write() as connection:
        inventory.add_devices(connection, [new_device("old", options=given), new_device("plain")], NOW)
    with database.read() as connection:
        assert inventory.get(connection, "old").options == given
        assert inventory.get(connection, "plain").options == Options()


def test_the_way_to_a_device_begins_with_the_first_jump_host(chained: Database) -> None:
    with chained.read() as connection:
        known = inventory.by_names(connection, ["far", "inner", "outer"])
    assert [one.name for one in jumps.chain(known["far"], known.get)] == ["outer", "inner"]
    assert jumps.chain(known["outer"], known.get) == ()
    del known["outer"]
    assert [one.name for one in jumps.chain(known["far"], known.get)] == ["inner"]


def test_a_jump_host_must_be_in_the_inventory(chained: Database) -> None:
    with pytest.raises(NotFoundError, match="did you mean inner"), chained.write() as connection:
        inventory.add_devices(connection, [behind("more", "iner")], NOW)


@pytest.mark.parametrize("jump", ["far", "outer"])
def test_a_way_in_a_circle_is_refused_and_nothing_changes(chained: Database, jump: str) -> None:
    with chained.read() as connection:
        outer = inventory.get(connection, "outer")
    with pytest.raises(DataError, match="in a circle"), chained.write() as connection:
        inventory.edit(connection, dataclasses.replace(outer, options=Options(jump=jump)), NOW)
    with chained.read() as connection:
        assert inventory.get(connection, "outer") == outer


def test_a_way_over_too_many_jump_hosts_is_refused(database: Database) -> None:
    row = [behind(f"d{number}", f"d{number - 1}" if number else None) for number in range(jumps.LONGEST_CHAIN + 1)]
    with pytest.raises(DataError, match="more than 7 jump hosts"), database.write() as connection:
        inventory.add_devices(connection, row, NOW)


def test_a_jump_host_that_is_needed_cannot_be_removed(chained: Database) -> None:
    with pytest.raises(DataError, match="jump host of far"), chained.write() as connection:
        inventory.remove(connection, [inventory.get(connection, "inner")], NOW)
    with chained.write() as connection:
        both = [inventory.get(connection, name) for name in ("far", "inner")]
        assert inventory.remove(connection, both, NOW) == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (Options(source_address="here"), "must be an IP address"),
        (Options(jump="outer", source_address="192.0.2.1"), "the jump host has one"),
        (Options(jump="a|b"), "cannot have a bar"),
        (Options(jump="a\nb"), "printable"),
    ],
)
def test_options_that_make_no_sense_are_refused(chained: Database, options: Options, said: str) -> None:
    with pytest.raises(DataError, match=said), chained.write() as connection:
        inventory.add_devices(connection, [new_device("x", options=options)], NOW)
