"""Credentials: ways to log in, by name; their secrets are sealed by the vault."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from netraven_cli.errors import DataError, NotFoundError
from netraven_cli.model import Credential, Device
from netraven_cli.model.snmp import Authentication, Privacy, Snmp, SnmpVersion
from netraven_cli.store import breakers, text_key
from netraven_cli.store.breaker_states import credential_key
from netraven_cli.store.device_rules import check_name, check_tag
from netraven_cli.store.suggest import did_you_mean
from netraven_cli.store.tables import credential, credential_tag, device, discovery_range
from netraven_cli.store.vault import open_secrets
from netraven_cli.store.versions import INVENTORY, raise_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from netraven_cli.model import Secret
    from netraven_cli.model.discovery import Range
    from netraven_cli.store.vault import Vault

COLUMNS = [credential.c[field.name] for field in fields(Credential) if field.name != "tags"]
SHOWN = 10  # names in one sentence
LOWEST, HIGHEST = -1_000_000, 1_000_000
DEFAULT_PRIORITY = 100
# Each is sealed itself, or as the reference to it: password_from, enable_from; those of SNMP always themselves.
SECRETS = ("password", "enable", "privacy")


def lock(connection: Connection) -> None:
    """Keep others from writing credentials until the transaction ends.

    Read the vault after this: a rotation of its keys, which seals all rows anew, is then over or has not begun.
    SQLite has locked the database at the beginning of the transaction.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE credential IN SHARE ROW EXCLUSIVE MODE"))


def add(connection: Connection, vault: Vault, new: Credential, secrets: Mapping[str, Secret], now: datetime) -> None:
    """Enter a credential; its `id` counts for nothing, and what it has is told by its secrets, or references to them.

    Raises:
        DataError: it is not valid, or its name is taken.
    """
    _check(new)
    raise_version(connection, INVENTORY)
    taken = sa.select(credential.c.id).where(credential.c.name == new.name)
    if connection.execute(taken).one_or_none():
        raise DataError(
            f"there is a credential {new.name} already; change it with: netraven credential edit {new.name}"
        )
    row = {**_row(new), **_sealed(vault, secrets), "created_at": now, "updated_at": now}
    made = connection.execute(sa.insert(credential).values(**row).returning(credential.c.id)).scalar_one()
    _insert_tags(connection, made, new.tags)


def edit(
    connection: Connection, vault: Vault | None, changed: Credential, secrets: Mapping[str, Secret], now: datetime
) -> None:
    """Give a credential other values; secrets that are not given stay, and need no vault."""
    _check(changed)
    raise_version(connection, INVENTORY)
    values: dict[str, Any] = {**_row(changed), "updated_at": now}
    if secrets and vault:
        kept = open_secrets(vault, changed, _secrets_of(connection, changed.id))
        replaced = {
            name for what in SECRETS if {what, f"{what}_from"} & secrets.keys() for name in (what, f"{what}_from")
        }
        values |= _sealed(vault, {**{name: kept[name] for name in kept.keys() - replaced}, **secrets})
    connection.execute(sa.update(credential).where(credential.c.id == changed.id).values(**values))
    connection.execute(sa.delete(credential_tag).where(credential_tag.c.credential_id == changed.id))
    _insert_tags(connection, changed.id, changed.tags)
    breakers.forget(connection, [credential_key(changed.name)])


def list_credentials(connection: Connection) -> list[Credential]:
    """All credentials in the order in which they are tried."""
    tags: dict[int, list[str]] = defaultdict(list)
    for credential_id, tag in connection.execute(sa.select(credential_tag)):
        tags[credential_id].append(tag)
    rows = connection.execute(sa.select(*COLUMNS)).mappings()
    found = [Credential(**{**row, "snmp": _snmp(row["snmp"]), "tags": tuple(sorted(tags[row["id"]]))}) for row in rows]
    return sorted(found, key=lambda one: (one.priority, one.name))


def get(connection: Connection, name: str) -> Credential:
    """One credential.

    Raises:
        NotFoundError: there is none of this name.
    """
    known = {one.name: one for one in list_credentials(connection)}
    if name not in known:
        advice = did_you_mean(name, known, "see: netraven credential list")
        raise NotFoundError(f"there is no credential {name}; {advice}")
    return known[name]


def remove(connection: Connection, name: str) -> None:
    """Forget a credential and its secrets.

    Raises:
        NotFoundError: there is none of this name.
        DataError: a device or a range names it.
    """
    lock(connection)
    raise_version(connection, INVENTORY)
    found = get(connection, name)
    naming = sa.select(device.c.name).where(device.c.credential == name, device.c.removed_at.is_(None))
    users = sorted(connection.scalars(naming))
    if users:
        more = f" and {len(users) - SHOWN} more" if len(users) > SHOWN else ""
        raise DataError(
            f"the credential {name} is used by {', '.join(users[:SHOWN])}{more}; "
            f"give them another one with: netraven device edit DEVICE --credential OTHER"
        )
    searching = sa.select(discovery_range.c.name).where(discovery_range.c.credential == name)
    if ranges := sorted(connection.scalars(searching)):
        raise DataError(
            f"the credential {name} is used by the range {', '.join(ranges[:SHOWN])}; "
            f"give it another one with: netraven range edit RANGE --credential OTHER"
        )
    connection.execute(sa.delete(credential).where(credential.c.id == found.id))
    breakers.forget(connection, [credential_key(name)])


def fitting(known: Iterable[Credential], one: Device | Range) -> list[Credential]:
    """The credentials for a device or a range, of a list in the order to try; the last that a device let in first."""
    return fitting_for(known, one.credential, one.tags, one.last_credential if isinstance(one, Device) else None)


def fitting_for(
    known: Iterable[Credential], named: str | None, tags: Iterable[str], last: str | None
) -> list[Credential]:
    """The credentials for what names one, or else has these tags; the one that was let in last comes first."""
    can_log_in = [each for each in known if each.snmp is None]
    if named is not None:
        return [each for each in can_log_in if each.name == named]
    return sorted(_tagged(can_log_in, tags), key=lambda each: each.name != last)


def fitting_for_snmp(known: Iterable[Credential], tags: Iterable[str]) -> list[Credential]:
    """The credentials of SNMP for a range with these tags, in the order to try."""
    return _tagged((each for each in known if each.snmp), tags)


def _tagged(known: Iterable[Credential], tags: Iterable[str]) -> list[Credential]:
    wanted = set(tags)
    return [each for each in known if not each.tags or wanted & set(each.tags)]


def tried_first(connection: Connection, known: Iterable[Credential]) -> set[str]:
    """The credentials, of a list in the order to try, that some device or range may be tried with first."""
    ways = [
        sa.select(column).where(column.is_not(None), device.c.removed_at.is_(None))
        for column in (device.c.credential, device.c.last_credential)
    ]
    of_ranges = sa.select(discovery_range.c.credential).where(discovery_range.c.credential.is_not(None))
    found = set(connection.scalars(sa.union(*ways, of_ranges)))
    for one in known:
        if one.snmp:
            continue
        found.add(one.name)
        if not one.tags:
            break  # it fits every device, so none is tried with a later one first
    return found


def reseal(connection: Connection, vault: Vault) -> int:
    """Seal all secrets with the newest key of the vault; returns how many credentials there are."""
    lock(connection)
    raise_version(connection, INVENTORY)
    rows = connection.execute(sa.select(credential.c.id, credential.c.secrets)).all()
    changed = [{"key": row.id, "sealed": vault.reseal(row.secrets)} for row in rows]
    if changed:
        one = sa.update(credential).where(credential.c.id == sa.bindparam("key"))
        connection.execute(one.values(secrets=sa.bindparam("sealed")), changed)
    text_key.reseal(connection, vault)
    return len(changed)


def _check(new: Credential) -> None:
    check_name(new.name, "the name of a credential")
    if new.snmp is None or new.snmp.version is SnmpVersion.V3:
        check_name(new.username, "the user name")
    for tag in new.tags:
        check_tag(tag)
    if not LOWEST <= new.priority <= HIGHEST:
        raise DataError(f"the priority must be from {LOWEST} to {HIGHEST}, not {new.priority}")


def _row(new: Credential) -> dict[str, Any]:
    return {"name": new.name, "username": new.username, "priority": new.priority, "key_file": new.key_file,
            "agent": new.agent, "snmp": asdict(new.snmp) if new.snmp else None}  # fmt: skip


def _snmp(row: Mapping[str, str] | None) -> Snmp | None:
    if row is None:
        return None
    return Snmp(
        version=SnmpVersion(row["version"]),
        authentication=Authentication(row["authentication"]),
        privacy=Privacy(row["privacy"]),
    )


def _sealed(vault: Vault, secrets: Mapping[str, Secret]) -> dict[str, Any]:
    return {
        "secrets": vault.seal(secrets),
        **{f"has_{what}": bool({what, f"{what}_from"} & secrets.keys()) for what in SECRETS},
    }


def _secrets_of(connection: Connection, credential_id: int) -> bytes:
    query = sa.select(credential.c.secrets).where(credential.c.id == credential_id)
    return bytes(connection.execute(query).scalar_one())


def _insert_tags(connection: Connection, credential_id: int, tags: Iterable[str]) -> None:
    rows = [{"credential_id": credential_id, "tag": tag} for tag in sorted(set(tags))]
    if rows:
        connection.execute(sa.insert(credential_tag), rows)
