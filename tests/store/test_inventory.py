from __future__ import annotations

import dataclasses
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, func, select

from netraven_cli.errors import DataError, NotFoundError
from netraven_cli.model import NewDevice, Selector
from netraven_cli.store import host_keys, inventory, tables
from tests.store.make import NOW, new_device

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netraven_cli.store.database import Database

STRANGE = ["sw 1", "Zürich/Süd", "../../etc/passwd", "-rf", "ルーター", "a'b\"c;--", "{x}%s$(id)", "x" * 255]


@pytest.fixture
def fleet(database: Database) -> Database:
    devices = [
        new_device("core1", tags=("core", "paris"), zone="dmz", platform="arista_eos"),
        new_device("core2", tags=("core",)),
        new_device("edge1", tags=("paris", "edge")),
        new_device("old1", tags=("core", "gone"), enabled=False),
    ]
    with database.write() as connection:
        inventory.add_devices(connection, devices, NOW)
    return database


def names(database: Database, *, disabled_too: bool = False, **selected: Any) -> list[str]:
    with database.read() as connection:
        found = inventory.select(connection, Selector(**selected), disabled_too=disabled_too)
    return [one.name for one in found]


def why_not(database: Database, **selected: Any) -> str:
    with pytest.raises(NotFoundError) as refused:
        names(database, **selected)
    assert refused.value.exit_status == 68
    return str(refused.value)


def test_a_device_comes_back_with_all_that_was_entered(database: Database) -> None:
    new = new_device("r1", port=2222, zone="lab", tags=("b", "a", "b"), details={"notes": "two\nlines"}, enabled=False)
    with database.write() as connection:
        inventory.add_devices(connection, [new], NOW)
        found = inventory.get(connection, "r1")
    given = {field.name: getattr(found, field.name) for field in dataclasses.fields(NewDevice)}
    assert NewDevice(**given) == dataclasses.replace(new, tags=("a", "b"))
    assert found.host_key is None


def test_strange_but_printable_names_are_kept_exactly(database: Database) -> None:
    with database.write() as connection:
        inventory.add_devices(connection, [new_device(name) for name in STRANGE], NOW)
    assert names(database, names=STRANGE) == sorted(STRANGE)


def test_one_bad_device_keeps_all_of_a_batch_out(database: Database) -> None:
    with pytest.raises(DataError, match="name of a device"), database.write() as connection:
        inventory.add_devices(connection, [new_device("good"), new_device("sw\n1")], NOW)
    with database.read() as connection:
        assert inventory.counts(connection) == {"enabled": 0, "disabled": 0}


def test_a_taken_name_is_refused_and_so_is_one_given_twice(fleet: Database) -> None:
    for batch in ([new_device("new1"), new_device("core1")], [new_device("new1"), new_device("new1")]):
        with pytest.raises(DataError, match=r"core1|new1"), fleet.write() as connection:
            inventory.add_devices(connection, batch, NOW)
    assert names(fleet) == ["core1", "core2", "edge1"]


def test_a_credential_that_does_not_exist_is_refused(database: Database) -> None:
    with pytest.raises(NotFoundError, match="no credential admin"), database.write() as connection:
        inventory.add_devices(connection, [new_device("r1", credential="admin")], NOW)


@pytest.mark.parametrize(
    ("selected", "expected"),
    [
        ({}, ["core1", "core2", "edge1"]),
        ({"all": True}, ["core1", "core2", "edge1"]),
        ({"names": ("edge1", "core1", "edge1")}, ["core1", "edge1"]),
        ({"tags": ("core",)}, ["core1", "core2"]),
        ({"tags": ("core", "paris")}, ["core1"]),
        ({"platform": "cisco_ios"}, ["core2", "edge1"]),
        ({"zone": "dmz", "tags": ("core",)}, ["core1"]),
        ({"names": ("edge1",), "zone": "dmz"}, ["core1", "edge1"]),
    ],
)
def test_a_selector_means_what_it_names_and_what_has_all_its_marks(
    fleet: Database, selected: dict[str, Any], expected: list[str]
) -> None:
    assert names(fleet, **selected) == expected


def test_disabled_devices_are_selected_only_on_request(fleet: Database) -> None:
    assert names(fleet, tags=("gone",), disabled_too=True) == ["old1"]
    assert "netraven device enable old1" in why_not(fleet, names=("old1", "core1"))


def test_what_is_not_there_is_named_with_what_is_near(fleet: Database) -> None:
    assert "did you mean core1 or core2?" in why_not(fleet, names=("core1", "core3"))
    assert "no device has the tag pariss; did you mean paris?" in why_not(fleet, tags=("core", "pariss"))
    assert "did you mean cisco_ios?" in why_not(fleet, platform="cisco-ios")
    assert "no device has the zone moon; there are: default, dmz" in why_not(fleet, zone="moon")
    assert "matches" in why_not(fleet, tags=("edge",), zone="dmz")
    assert "matches" in why_not(fleet, tags=("gone",))


def test_an_empty_inventory_says_how_to_add_a_device(database: Database) -> None:
    assert "netraven device add" in why_not(database)


def test_ten_thousand_devices_with_tags_take_two_queries(database: Database) -> None:
    devices = [new_device(f"d{number:05}", tags=("all", f"t{number % 10}")) for number in range(10_000)]
    with database.write() as connection:
        inventory.add_devices(connection, devices, NOW)
    for selector in (Selector(), Selector(tags=("t3",)), Selector(names=tuple(one.name for one in devices))):
        with database.read() as connection, counted(database) as statements:
            found = inventory.select(connection, selector)
        assert len([one for one in statements if one.startswith("SELECT")]) == 2
        assert found[3].tags == ("all", "t3") or selector.tags
    assert len(found) == 10_000


def test_more_names_than_a_statement_can_hold_are_selected_all_the_same(database: Database) -> None:
    devices = [new_device(f"d{number:05}") for number in range(10_002)]
    with database.write() as connection:
        inventory.add_devices(connection, [*devices, new_device("other", zone="z"), new_device("not")], NOW)
    wanted = tuple(one.name for one in devices)
    assert len(names(database, names=wanted)) == 10_002
    assert names(database, names=wanted, zone="z")[-1] == "other"


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(database.engine, "before_cursor_execute", note)


def test_an_edited_device_keeps_its_identity(fleet: Database) -> None:
    later = NOW + timedelta(days=1)
    with fleet.write() as connection:
        before = inventory.get(connection, "core1")
        changed = dataclasses.replace(before, address="198.51.100.7", tags=("new",), port=8022)
        inventory.edit(connection, changed, later)
        assert inventory.get(connection, "core1") == changed
        times = connection.execute(
            select(tables.device.c.created_at, tables.device.c.updated_at).where(tables.device.c.name == "core1")
        ).one()
    assert tuple(times) == (NOW, later)


def test_enabling_counts_only_what_changed(fleet: Database) -> None:
    with fleet.write() as connection:
        everything = inventory.select(connection, Selector(), disabled_too=True)
        assert inventory.set_enabled(connection, everything, True, NOW) == 1
        assert inventory.counts(connection) == {"enabled": 4, "disabled": 0}


def test_a_removed_device_is_gone_its_row_stays_and_its_name_is_free(fleet: Database) -> None:
    with fleet.write() as connection:
        old = inventory.get(connection, "core1")
        assert inventory.remove(connection, [old], NOW) == 1
        inventory.add_devices(connection, [new_device("core1", tags=("fresh",))], NOW)
        new = inventory.get(connection, "core1")
        rows = connection.execute(select(func.count()).where(tables.device.c.name == "core1")).scalar_one()
    assert (new.tags, rows) == (("fresh",), 2)
    assert new.id != old.id
    assert "no device has the tag dmz" in why_not(fleet, tags=("dmz",))


def test_the_first_host_key_is_remembered_and_never_overwritten(fleet: Database) -> None:
    with fleet.write() as connection:
        one, two = inventory.select(connection, Selector(names=("core1", "core2")))
        host_keys.remember(connection, {one.id: "ssh-ed25519 AAAA", two.id: "ssh-rsa BBBB"})
        host_keys.remember(connection, {one.id: "ssh-ed25519 EVIL"})
        assert inventory.get(connection, "core1").host_key == "ssh-ed25519 AAAA"
        assert inventory.get(connection, "core2").host_key == "ssh-rsa BBBB"
