from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select

from netraven_cli.errors import DataError, NotFoundError, PermissionDeniedError
from netraven_cli.model import Secret, Selector
from netraven_cli.model.snmp import Snmp, SnmpVersion
from netraven_cli.store import credential_use, credentials, fleet, inventory, keyring, tables
from netraven_cli.store.vault import Vault, rotating
from tests.store.make import NOW, new_credential, new_device, new_vault

if TYPE_CHECKING:
    from pathlib import Path

    from netraven_cli.store.database import Database

CANARY = "c4n4ry-s3cret"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return new_vault(tmp_path)


@pytest.fixture
def filled(database: Database, vault: Vault) -> Database:
    entered = [
        (new_credential("everywhere", priority=50), {"password": Secret(CANARY), "enable": Secret("en")}),
        (new_credential("core-a", priority=10, tags=("core",)), {"password": Secret("a")}),
        (new_credential("core-b", priority=10, tags=("core", "edge")), {"password": Secret("b")}),
        (new_credential("lab", priority=1, tags=("lab",), key_file="/keys/lab"), {}),
    ]
    devices = [
        new_device("d-core", tags=("core",)),
        new_device("d-edge", tags=("edge", "paris")),
        new_device("d-none"),
        new_device("d-named", tags=("core",), credential="lab"),
    ]
    with database.write() as connection:
        for new, secrets in entered:
            credentials.add(connection, vault, new, secrets, NOW)
        inventory.add_devices(connection, devices, NOW)
    return database


def orders(database: Database, vault: Vault) -> dict[str, list[str]]:
    with database.read() as connection:
        devices = inventory.select(connection, Selector())
        logins = keyring.logins_for(connection, vault, devices)
    return {one.name: [login.credential for login in logins[one.id]] for one in devices}


def test_a_device_is_tried_with_what_shares_a_tag_or_has_none_by_priority_then_name(
    filled: Database, vault: Vault
) -> None:
    assert orders(filled, vault) == {
        "d-core": ["core-a", "core-b", "everywhere"],
        "d-edge": ["core-b", "everywhere"],
        "d-none": ["everywhere"],
        "d-named": ["lab"],
    }


def test_a_login_has_the_secrets_opened_and_does_not_show_them(filled: Database, vault: Vault) -> None:
    with filled.read() as connection:
        device = inventory.get(connection, "d-none")
        (login,) = keyring.logins_for(connection, vault, [device])[device.id]
    assert login.password is not None
    assert login.password.reveal() == CANARY
    assert login.enable is not None
    assert CANARY not in repr(login)


def test_each_secret_is_opened_once_however_many_devices_use_it(filled: Database, vault: Vault) -> None:
    with filled.write() as connection:
        inventory.add_devices(connection, [new_device(f"n{number}") for number in range(50)], NOW)
        devices = inventory.select(connection, Selector())
        logins = keyring.logins_for(connection, vault, devices)
    distinct = {id(login) for several in logins.values() for login in several}
    assert len(distinct) == 4


def test_credentials_are_listed_in_the_order_in_which_they_are_tried(filled: Database) -> None:
    with filled.read() as connection:
        found = credentials.list_credentials(connection)
    assert [one.name for one in found] == ["lab", "core-a", "core-b", "everywhere"]
    assert [one.has_password for one in found] == [False, True, True, True]
    assert found[2].tags == ("core", "edge")


def test_no_secret_stands_in_the_database_in_clear(filled: Database) -> None:
    with filled.read() as connection:
        rows = connection.execute(select(tables.credential)).all()
    assert CANARY not in repr(rows)


def test_a_taken_name_is_refused(filled: Database, vault: Vault) -> None:
    with pytest.raises(DataError, match="credential edit lab"), filled.write() as connection:
        credentials.add(connection, vault, new_credential("lab"), {}, NOW)


@pytest.mark.parametrize("wrong", [{"name": "a\nb"}, {"username": ""}, {"tags": ("a b",)}, {"priority": 10**9}])
def test_what_cannot_be_a_credential_is_refused(database: Database, vault: Vault, wrong: dict[str, object]) -> None:
    with pytest.raises(DataError), database.write() as connection:
        credentials.add(connection, vault, dataclasses.replace(new_credential("x"), **wrong), {}, NOW)  # type: ignore[arg-type]  # by test


def test_an_edit_keeps_the_secrets_that_it_does_not_give(filled: Database, vault: Vault) -> None:
    with filled.write() as connection:
        before = credentials.get(connection, "everywhere")
        changed = dataclasses.replace(before, username="other", tags=("x",))
        credentials.edit(connection, vault, changed, {"enable": Secret("new")}, NOW)
        after = credentials.get(connection, "everywhere")
        sealed = connection.execute(select(tables.credential.c.secrets).where(tables.credential.c.id == after.id))
        opened = vault.open(sealed.scalar_one())
    assert (after.username, after.tags, after.has_password) == ("other", ("x",), True)
    assert {name: secret.reveal() for name, secret in opened.items()} == {"password": CANARY, "enable": "new"}


def test_a_credential_that_a_device_names_is_not_removed_and_the_device_is_said(filled: Database) -> None:
    with pytest.raises(DataError, match="used by d-named"), filled.write() as connection:
        credentials.remove(connection, "lab")
    with filled.write() as connection:
        inventory.remove(connection, [inventory.get(connection, "d-named")], NOW)
        credentials.remove(connection, "lab")
        assert connection.execute(select(tables.credential_tag).where(tables.credential_tag.c.tag == "lab")).all() == []


def test_an_unknown_credential_is_named_with_what_is_near(filled: Database) -> None:
    with pytest.raises(NotFoundError, match="did you mean everywhere"), filled.read() as connection:
        credentials.get(connection, "everywere")


def test_another_key_opens_nothing_and_the_credential_is_named(filled: Database, tmp_path: Path) -> None:
    other = new_vault(tmp_path / "other")
    with pytest.raises(PermissionDeniedError, match="core-a"):
        orders(filled, other)


def test_after_a_rotation_the_new_key_alone_opens_all(filled: Database, vault: Vault, tmp_path: Path) -> None:
    with rotating(tmp_path / "vault.key") as rotated, filled.write() as connection:
        assert credentials.reseal(connection, rotated) == 4
    assert orders(filled, Vault(tmp_path / "vault.key"))["d-none"] == ["everywhere"]
    with pytest.raises(PermissionDeniedError):
        orders(filled, vault)


def test_a_rotation_whose_transaction_fails_leaves_all_secrets_to_be_opened(filled: Database, tmp_path: Path) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        rotating(tmp_path / "vault.key") as rotated,
        filled.write() as connection,
    ):
        credentials.reseal(connection, rotated)
        raise ZeroDivisionError
    assert orders(filled, Vault(tmp_path / "vault.key"))["d-none"] == ["everywhere"]


def test_logins_are_counted_by_the_attempts_on_record(filled: Database) -> None:
    job = {"type": "backup", "params": {}, "state": "succeeded", "priority": 50, "rank": 0, "attempt": 1,
           "interruptions": 0, "token": 1, "cancel_requested": False, "created_at": NOW, "ready_at": NOW}  # fmt: skip
    attempt = {"number": 1, "token": 1, "runner_id": "r", "outcome": "succeeded", "started_at": NOW, "finished_at": NOW}
    with filled.write() as connection:
        for number, subject in enumerate(["d-core", "d-core", "d-edge"], 1):
            connection.execute(insert(tables.job).values(id=number, subject=subject, **job))
            connection.execute(insert(tables.attempt).values(job_id=number, credential="core-b", **attempt))
        found = {use.credential: use for use in credential_use.uses(connection)}
    assert (found["core-b"].logins, found["core-b"].devices, found["core-b"].last_used_at) == (3, 2, NOW)
    assert (found["lab"].logins, found["lab"].last_used_at) == (0, None)


def test_the_credential_that_a_device_let_in_last_is_tried_first_on_it_alone(filled: Database, vault: Vault) -> None:
    before = orders(filled, vault)
    with filled.write() as connection:
        inventory.let_in(connection, inventory.get(connection, "d-core"), "everywhere")
        inventory.let_in(connection, inventory.get(connection, "d-named"), "everywhere")
    assert orders(filled, vault) == {**before, "d-core": ["everywhere", "core-a", "core-b"]}


def test_limits_go_by_the_order_in_which_a_device_is_tried(filled: Database) -> None:
    with filled.write() as connection:
        inventory.let_in(connection, inventory.get(connection, "d-core"), "core-b")
    with filled.read() as connection:
        known = credentials.list_credentials(connection)
        found = fleet.load(connection, known)
        assert credentials.tried_first(connection, known) >= {"core-b", "lab"}
    assert "credential:core-b" in found.keys_of("d-core")
    assert "credential:core-a" not in found.keys_of("d-core")


def test_a_usual_community_is_no_secret_that_is_looked_for_and_any_other_is(database: Database, vault: Vault) -> None:
    snmp = Snmp(version=SnmpVersion.V2C)
    with database.write() as connection:
        for name, community in (("a", "public"), ("b", "not-so-public")):
            new = new_credential(name, username="", snmp=snmp)
            credentials.add(connection, vault, new, {"password": Secret(community)}, NOW)
        logins = keyring.read(connection).all_logins(vault)
    found = [known for login in logins for known in login.secrets()]
    assert [(what, secret.reveal()) for what, secret in found] == [
        ("the password of the credential b", "not-so-public")
    ]
