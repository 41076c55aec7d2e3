"""How each device's secrets are hidden, by the settings of the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netraven_cli.model import Redaction
from netraven_cli.store import keyring, text_key
from netraven_cli.store.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from netraven_cli.model import Login, Secret
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


def open_redactions(
    settings: Settings, database: Database, now: datetime, with_secrets: Callable[[Login], Login]
) -> Redactions | None:
    """What hides secrets; None if they are kept. Belongs before a transaction: it may write.

    Args:
        settings: of the archive and the vault.
        database: has the credentials.
        now: when the key of the texts is made, if there is none yet.
        with_secrets: reads the secrets of a credential that has references to them.

    Raises:
        SettingsError: there is no vault.
        PermissionDeniedError: the vault has not the key of what is needed.
    """
    if settings.archive.secrets == "keep":
        return None
    vault = Vault(settings.vault_key_file)
    key = text_key.have(database, vault, now)
    with database.read() as connection:
        ring = keyring.read(connection)
    return Redactions(settings, key, _known(map(with_secrets, ring.all_logins(vault))))


def _known(logins: Iterable[Login]) -> tuple[tuple[str, Secret], ...]:
    """All secrets, each with what it is and once."""
    found: dict[str, tuple[str, Secret]] = {}
    for what, secret in (known for login in logins for known in login.secrets()):
        found.setdefault(secret.reveal(), (what, secret))
    return tuple(found.values())
