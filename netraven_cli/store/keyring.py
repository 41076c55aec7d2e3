"""Credentials opened by the vault: what a session logs in with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from netraven_cli.errors import PermissionDeniedError
from netraven_cli.model import Hop, Login
from netraven_cli.model.reference import Reference
from netraven_cli.store import credentials, inventory, jumps
from netraven_cli.store.tables import credential
from netraven_cli.store.vault import open_secrets

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from sqlalchemy import Connection

    from netraven_cli.model import Credential, Device, Secret
    from netraven_cli.model.discovery import Range
    from netraven_cli.store.vault import Vault


def logins_for(connection: Connection, vault: Vault, devices: Sequence[Device]) -> dict[int, tuple[Login, ...]]:
    """How to log in on each device, in the order to try; empty if nothing fits.

    A device that names a credential is given that one alone, any other those that share a tag with it or have none.

    Raises:
        PermissionDeniedError: the vault has not the key of a credential that is needed.
    """
    ring = read(connection)
    return {one.id: ring.logins(vault, one) for one in devices}


def jumps_for(connection: Connection, vault: Vault, devices: Sequence[Device]) -> dict[int, tuple[Hop, ...]]:
    """The jump hosts on the way to each device, with how to log in on them.

    Raises:
        PermissionDeniedError: as for `logins_for`.
    """
    ring = read(connection)
    hosts = {one.id: jumps.chain(one, lambda name: inventory.by_names(connection, [name]).get(name)) for one in devices}
    return {key: tuple(Hop(device=one, logins=ring.logins(vault, one)) for one in way) for key, way in hosts.items()}


class Keyring:
    """All credentials in the order to try, each opened once, when it is first needed."""

    def __init__(self, known: Sequence[Credential], sealed: Mapping[int, bytes]) -> None:
        self.known, self._sealed = known, sealed
        self._opened: dict[int, Login] = {}

    def login(self, vault: Vault, one: Credential) -> Login:
        """A credential with its secrets.

        Raises:
            PermissionDeniedError: the vault has not the key of it.
        """
        if one.id not in self._opened:
            self._opened[one.id] = _login(one, open_secrets(vault, one, self._sealed[one.id]))
        return self._opened[one.id]

    def logins(self, vault: Vault, one: Device | Range, without: Container[str] = ()) -> tuple[Login, ...]:
        """How to log in on a device, in the order to try; `without`: names of credentials that are left out.

        Raises:
            PermissionDeniedError: the vault has not the key of a credential that is needed.
        """
        return tuple(
            self.login(vault, each) for each in credentials.fitting(self.known, one) if each.name not in without
        )

    def snmp_logins(self, vault: Vault, one: Range) -> tuple[Login, ...]:
        """How to ask a range by SNMP, in the order to try.

        Raises:
            PermissionDeniedError: the vault has not the key of a credential that is needed.
        """
        return tuple(self.login(vault, each) for each in credentials.fitting_for_snmp(self.known, one.tags))

    def all_logins(self, vault: Vault) -> list[Login]:
        """Every credential, so that its secrets can be looked for where they must not be.

        Raises:
            PermissionDeniedError: the vault has not the key of one.
        """
        return [self.login(vault, each) for each in self.known]

    def readable_logins(self, vault: Vault) -> list[Login]:
        """Every credential of which the vault has the key."""
        return [self.login(vault, one) for one in self.known if _opens(vault, one, self._sealed[one.id])]


def read(connection: Connection) -> Keyring:
    """Read all credentials with their sealed secrets."""
    rows = connection.execute(sa.select(credential.c.id, credential.c.secrets))
    return Keyring(credentials.list_credentials(connection), {row.id: row.secrets for row in rows})


def sealed_otherwise(connection: Connection, vault: Vault) -> list[str]:
    """The credentials whose secrets no key of the vault opens."""
    query = sa.select(credential.c.id, credential.c.secrets)
    sealed = {row.id: row.secrets for row in connection.execute(query)}
    return [one.name for one in credentials.list_credentials(connection) if not _opens(vault, one, sealed[one.id])]


def _opens(vault: Vault, one: Credential, sealed: bytes) -> bool:
    try:
        open_secrets(vault, one, sealed)
    except PermissionDeniedError:
        return False
    return True


def _login(one: Credential, secrets: Mapping[str, Secret]) -> Login:
    return Login(
        credential=one.name,
        username=one.username,
        password=secrets.get("password"),
        enable=secrets.get("enable"),
        password_from=_reference(secrets.get("password_from")),
        enable_from=_reference(secrets.get("enable_from")),
        key_file=one.key_file,
        agent=one.agent,
        privacy=secrets.get("privacy"),
        snmp=one.snmp,
    )


def _reference(kept: Secret | None) -> Reference | None:
    return Reference(kept.reveal()) if kept else None
