"""The key of what is hidden in configurations: one row, sealed by the vault, so that it outlives the vault's own keys.

From it come the key of each device's fingerprints and the one that encrypts full texts. A new key of the vault seals
this one anew and changes neither: else each rotation would change every configuration in git.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import zlib
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from netraven_cli.errors import NoInputError, PermissionDeniedError
from netraven_cli.model import Secret
from netraven_cli.store.tables import capture, snapshot, text_key

if TYPE_CHECKING:
    from datetime import datetime

    from netraven_cli.store.database import Database
    from netraven_cli.store.vault import Vault

ONLY = 1  # there is one row
NAME = "text"


class TextKey:
    """Makes the keys of fingerprints, and seals and opens full texts."""

    __slots__ = ("_key",)

    def __init__(self, key: Secret) -> None:
        self._key = key

    def of_device(self, device_id: int) -> Secret:
        """The key of a device's fingerprints: equal secrets of two devices have different ones."""
        return Secret(self._derived(f"fingerprint {device_id}").hex())

    def seal(self, text: str) -> bytes:
        """Encrypt a text."""
        return self._fernet().encrypt(zlib.compress(text.encode("utf-8", "surrogateescape"), 6))

    def open(self, sealed: bytes) -> str:
        """Decrypt a text.

        Raises:
            PermissionDeniedError: it was sealed with another key, or changed since.
        """
        try:
            packed = self._fernet().decrypt(sealed)
        except InvalidToken:
            raise PermissionDeniedError(
                "this text was sealed with another key than the database has now; restore it from the backup of the "
                "database that it belongs to"
            ) from None
        return zlib.decompress(packed).decode("utf-8", "surrogateescape")

    def _fernet(self) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(self._derived("seal")))

    def _derived(self, purpose: str) -> bytes:
        return hmac.new(self._key.reveal().encode(), purpose.encode(), hashlib.sha256).digest()


def have(database: Database, vault: Vault, now: datetime) -> TextKey:
    """The key, which is made if there is none yet.

    Raises:
        PermissionDeniedError: no key of the vault opens it.
    """
    with database.read() as connection:
        found = _sealed(connection)
    if found is None:
        with database.write() as connection:
            _make(connection, vault, now)
            found = _sealed(connection)
    return _opened(vault, found or b"")


def _make(connection: Connection, vault: Vault, now: datetime) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    sealed = vault.seal({NAME: Secret(secrets.token_hex(32))})
    new = dialect.insert(text_key).values(id=ONLY, sealed=sealed, created_at=now)
    connection.execute(new.on_conflict_do_nothing())


def read(connection: Connection, vault: Vault) -> TextKey:
    """The key.

    Raises:
        NoInputError: there is none: nothing was ever sealed.
        PermissionDeniedError: no key of the vault opens it.
    """
    found = _sealed(connection)
    if found is None:
        raise NoInputError("nothing was ever sealed in this database; with archive.secrets: seal, the next backups are")
    return _opened(vault, found)


def reseal(connection: Connection, vault: Vault) -> None:
    """Seal it with the newest key of the vault."""
    found = connection.execute(select(text_key.c.sealed).with_for_update()).scalar_one_or_none()
    if found is not None:
        connection.execute(update(text_key).values(sealed=vault.reseal(found)))


def is_sealed_otherwise(connection: Connection, vault: Vault) -> bool:
    """Whether there is a key that no key of the vault opens."""
    found = _sealed(connection)
    try:
        return found is not None and not _opened(vault, found)
    except PermissionDeniedError:
        return True


def unsealed(
    connection: Connection, key: TextKey, *, snapshot_id: int | None = None, capture_id: int | None = None
) -> str:
    """The full text of a snapshot, or of a capture.

    Raises:
        NoInputError: it is not kept.
        PermissionDeniedError: it was sealed with another key.
    """
    if snapshot_id is not None:
        full = full_text(connection, key, snapshot_id)
    else:
        found = connection.execute(select(capture.c.sealed).where(capture.c.id == capture_id)).scalar_one_or_none()
        full = key.open(found) if found is not None else None
    if full is None:
        raise NoInputError(
            "the full text of this configuration is not kept: it was captured while archive.secrets was not `seal`"
        )
    return full


def full_text(connection: Connection, key: TextKey, snapshot_id: int) -> str | None:
    """The full text of a snapshot; None if it is not kept.

    Raises:
        PermissionDeniedError: it was sealed with another key.
    """
    query = select(capture.c.sealed).select_from(snapshot.join(capture)).where(snapshot.c.id == snapshot_id)
    found = connection.execute(query).scalar_one_or_none()
    return key.open(found) if found is not None else None


def _sealed(connection: Connection) -> bytes | None:
    return connection.execute(select(text_key.c.sealed).where(text_key.c.id == ONLY)).scalar_one_or_none()


def _opened(vault: Vault, sealed: bytes) -> TextKey:
    try:
        return TextKey(vault.open(sealed)[NAME])
    except PermissionDeniedError as error:
        raise PermissionDeniedError(f"the key of redacted and sealed configurations: {error}") from None
