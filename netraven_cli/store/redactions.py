"""How each device's secrets are hidden, by the settings of the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netraven_cli.model import Redaction
from netraven_cli.store import keyring, text_key
from netraven_cli.store.vault import Vault

if TYPE_CHECKING:
    from datetime import datetime

    from netraven_cli.model import Secret
    from netraven_cli.settings.keys import Settings
    from netraven_cli.store.database import Database
    from netraven_cli.store.text_key import TextKey


class Redactions:
    """Makes the redaction of each device."""

    def __init__(self, settings: Settings, key: TextKey, known: tuple[tuple[str, Secret], ...]) -> None:
        self._settings, self._key, self._known = settings.archive, key, known

    def of(self, device_id: int) -> Redaction:
        """The redaction of a device."""
        return Redaction(
            key=self._key.of_device(device_id),
            known=self._known,
            certificates=self._settings.redact_certificates,
            seal=self._key.seal if self._settings.secrets == "seal" else None,
        )


def open_redactions(settings: Settings, database: Database, now: datetime) -> Redactions | None:
    """What hides secrets; None if they are kept. Belongs before a transaction: it may write.

    Raises:
        SettingsError: there is no vault.
        PermissionDeniedError: the vault has not the key of what is needed.
    """
    if settings.archive.secrets == "keep":
        return None
    vault = Vault(settings.vault_key_file)
    key = text_key.have(database, vault, now)
    with database.read() as connection:
        return Redactions(settings, key, keyring.read(connection).secrets(vault))
