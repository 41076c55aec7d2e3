"""Devices and credentials for tests of the store."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from netraven_cli.model import Credential, NewDevice
from netraven_cli.store.vault import Vault, create_key_file

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 3, 29, 0, 59, 59, tzinfo=timezone.utc)


def new_device(name: str, **more: Any) -> NewDevice:
    return NewDevice(**{"name": name, "address": "192.0.2.1", "platform": "cisco_ios", **more})


def new_credential(name: str, **more: Any) -> Credential:
    return Credential(**{"id": 0, "name": name, "username": "backup", "priority": 100, **more})


def new_vault(folder: Path) -> Vault:
    create_key_file(folder / "vault.key")
    return Vault(folder / "vault.key")
