from __future__ import annotations

import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from netraven_cli.errors import PermissionDeniedError, SettingsError
from netraven_cli.model import Secret
from netraven_cli.store.vault import Vault, create_key_file, read_keys, rotating
from tests.store.make import new_vault

if TYPE_CHECKING:
    from pathlib import Path

CANARY = 'c4n4ry-"Ünïcode"-\udcff'


def test_secrets_come_back_as_they_were_sealed(tmp_path: Path) -> None:
    vault = new_vault(tmp_path)
    opened = vault.open(vault.seal({"password": Secret(CANARY), "enable": Secret("")}))
    assert {name: secret.reveal() for name, secret in opened.items()} == {"password": CANARY, "enable": ""}


def test_a_sealed_secret_does_not_show_its_text(tmp_path: Path) -> None:
    vault = new_vault(tmp_path)
    sealed = vault.seal({"password": Secret("canary-one")})
    assert b"canary" not in sealed
    assert "canary" not in repr(vault.open(sealed))


def test_the_key_file_is_made_for_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        create_key_file(tmp_path / "data" / "vault.key")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "data" / "vault.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    assert create_key_file(tmp_path / "vault.key")
    before = (tmp_path / "vault.key").read_bytes()
    assert not create_key_file(tmp_path / "vault.key")
    assert (tmp_path / "vault.key").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["vault.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_key_file_that_others_may_use_is_refused_with_the_command_that_mends_it(tmp_path: Path, mode: int) -> None:
    create_key_file(tmp_path / "vault.key")
    (tmp_path / "vault.key").chmod(mode)
    with pytest.raises(PermissionDeniedError, match=r"chmod 600 .*vault\.key"):
        Vault(tmp_path / "vault.key")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    create_key_file(tmp_path / "vault.key")
    os.chown(tmp_path / "vault.key", 12345, -1)
    with pytest.raises(PermissionDeniedError, match="belongs to user 12345"):
        Vault(tmp_path / "vault.key")


def test_without_a_key_file_the_operator_is_sent_to_init(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="netraven init"):
        Vault(tmp_path / "vault.key")


@pytest.mark.parametrize("content", [b"", b"\n", b"secret-but-no-key\n", "kéy\n".encode()])
def test_a_damaged_key_file_is_refused_without_showing_what_is_in_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "vault.key").touch(0o600)
    (tmp_path / "vault.key").write_bytes(content)
    with pytest.raises(SettingsError, match="saved") as refused:
        Vault(tmp_path / "vault.key")
    assert "secret-but" not in str(refused.value)


def test_a_foreign_key_opens_nothing_and_says_what_to_do(tmp_path: Path) -> None:
    sealed = new_vault(tmp_path / "a").seal({"password": Secret("canary")})
    with pytest.raises(PermissionDeniedError, match="credential edit"):
        new_vault(tmp_path / "b").open(sealed)


def test_a_changed_secret_is_refused(tmp_path: Path) -> None:
    vault = new_vault(tmp_path)
    sealed = vault.seal({"password": Secret("canary")})
    with pytest.raises(PermissionDeniedError):
        vault.open(sealed[:40] + bytes([sealed[40] ^ 1]) + sealed[41:])


def test_while_keys_rotate_old_secrets_open_and_afterwards_only_the_new_key_is_left(tmp_path: Path) -> None:
    before = new_vault(tmp_path)
    old, old_keys = before.seal({"password": Secret("canary")}), read_keys(tmp_path / "vault.key")
    with rotating(tmp_path / "vault.key") as vault:
        fresh = vault.reseal(old)
        assert read_keys(tmp_path / "vault.key")[1:] == old_keys
    assert len(read_keys(tmp_path / "vault.key")) == 1
    assert Vault(tmp_path / "vault.key").open(fresh)["password"].reveal() == "canary"
    with pytest.raises(PermissionDeniedError):
        before.open(fresh)


def test_a_rotation_that_fails_keeps_every_key(tmp_path: Path) -> None:
    old = new_vault(tmp_path).seal({"password": Secret("canary")})
    with pytest.raises(ZeroDivisionError), rotating(tmp_path / "vault.key") as vault:
        fresh = vault.reseal(old)
        raise ZeroDivisionError
    for sealed in (old, fresh):
        assert Vault(tmp_path / "vault.key").open(sealed)["password"].reveal() == "canary"


def test_a_rotation_that_is_killed_keeps_every_key(tmp_path: Path) -> None:
    old = new_vault(tmp_path).seal({"password": Secret("canary")})
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "vault.key"), old.decode()], check=False, capture_output=True
    )
    assert killed.returncode == -9, killed.stderr
    vault = Vault(tmp_path / "vault.key")
    assert vault.open(old)["password"].reveal() == "canary"
    assert vault.open(killed.stdout)["password"].reveal() == "canary"


@pytest.mark.timeout(120)
def test_whatever_boundary_a_rotation_is_killed_at_all_secrets_open_with_one_and_the_same_key(
    database_url: str, tmp_path: Path
) -> None:
    create_key_file(tmp_path / "keys" / "vault.key")
    command = [sys.executable, "-m", "tests.store.rotating", str(tmp_path / "keys" / "vault.key"), database_url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    assert int(done.stdout.split()[0]) >= 20
    for boundary in ("after", "before", "os.rename", "open", "fcntl.flock"):
        assert boundary in done.stdout


KILLED = """
import os, sys
from pathlib import Path
from netraven_cli.store.vault import rotating
with rotating(Path(sys.argv[1])) as vault:
    os.write(1, vault.reseal(sys.argv[2].encode()))
    os.kill(os.getpid(), 9)
"""
