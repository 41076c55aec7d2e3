from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from netraven_cli.device.secret import with_secrets
from netraven_cli.errors import NoInputError, PermissionDeniedError
from netraven_cli.model import Credential, Secret
from netraven_cli.settings.keys import Settings
from netraven_cli.settings.sections import ArchiveSettings
from netraven_cli.store import credentials, text_key
from netraven_cli.store.redactions import open_redactions
from netraven_cli.store.tables import text_key as table
from netraven_cli.store.vault import Vault, create_key_file, rotating

if TYPE_CHECKING:
    from pathlib import Path

    from netraven_cli.store.database import Database

NOW = datetime(2026, 3, 1, tzinfo=timezone.utc)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    create_key_file(tmp_path / "vault.key")
    return Vault(tmp_path / "vault.key")


def test_there_is_one_key_whoever_asks_first(database: Database, vault: Vault) -> None:
    first, second = text_key.have(database, vault, NOW), text_key.have(database, vault, NOW)
    assert first.of_device(1).reveal() == second.of_device(1).reveal() != first.of_device(2).reveal()
    assert second.open(first.seal("enable secret x\udce9\n")) == "enable secret x\udce9\n"


def test_a_new_key_of_the_vault_leaves_fingerprints_and_sealed_texts_as_they_are(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    before = text_key.have(database, vault, NOW)
    sealed = before.seal("all of it\n")
    with rotating(tmp_path / "vault.key") as newer, database.write() as connection:
        credentials.reseal(connection, newer)
    with database.read() as connection:
        after = text_key.read(connection, Vault(tmp_path / "vault.key"))
        assert text_key.is_sealed_otherwise(connection, vault)
    assert after.open(sealed) == "all of it\n"
    assert after.of_device(7).reveal() == before.of_device(7).reveal()


def test_without_its_key_nothing_is_opened_and_nothing_is_made_anew(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    with database.read() as connection, pytest.raises(NoInputError, match="nothing was ever sealed"):
        text_key.read(connection, vault)
    sealed = text_key.have(database, vault, NOW).seal("x")
    create_key_file(tmp_path / "other.key")
    with pytest.raises(PermissionDeniedError, match="redacted and sealed configurations"):
        text_key.have(database, Vault(tmp_path / "other.key"), NOW)
    with database.write() as connection:
        connection.execute(sa.delete(table))
    with pytest.raises(PermissionDeniedError, match="another key"):
        text_key.have(database, vault, NOW).open(sealed)


def test_all_secrets_that_netraven_logs_in_with_are_known_but_one_that_is_its_own_user_name(
    database: Database, vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEPT_ELSEWHERE", "fourth")
    with database.write() as connection:
        kept = Credential(id=0, name="four", username="w", priority=1)
        credentials.add(connection, vault, kept, {"password_from": Secret("env:KEPT_ELSEWHERE")}, NOW)
        for name, username, password in (("one", "u", "first"), ("two", "admin", "admin"), ("three", "v", "first")):
            new = Credential(id=0, name=name, username=username, priority=1)
            credentials.add(connection, vault, new, {"password": Secret(password), "enable": Secret(f"{name} up")}, NOW)
    settings = Settings(data_dir=tmp_path, archive=ArchiveSettings(secrets="redact"))
    redactions = open_redactions(settings, database, NOW, with_secrets)
    assert redactions is not None
    known = {secret.reveal(): what for what, secret in redactions.of(1).known}
    assert set(known) == {"first", "one up", "two up", "three up", "fourth"}
    assert known["two up"] == "the enable password of the credential two"
    assert "first" not in repr(redactions.of(1))
    assert redactions.of(1).seal is None
