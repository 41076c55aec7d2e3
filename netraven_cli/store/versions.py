"""What runners keep in memory has a version: it is read anew when that changed.

Locks are taken in this order, so that no two transactions wait for each other (PostgreSQL; SQLite's writers exclude
each other): the table of credentials, the version of the inventory, rows of jobs and devices, the lock of findings,
the lock of the claims, and under it all rows of limits and breakers with their version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from netraven_cli.store.tables import version

if TYPE_CHECKING:
    from collections.abc import Mapping

INVENTORY = "inventory"  # devices, their tags, credentials
LIMITS = "limits"  # limits, breakers that are open, credentials' breakers
CLAIM_LOCK = 0x6E657472_6176  # any number that is ours: one claimer at a time (PostgreSQL)


def lock_claims(connection: Connection) -> None:
    """Let nobody else claim, or change what claims go by, until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(CLAIM_LOCK)))


def raise_version(connection: Connection, part: str) -> None:
    """Let every runner read a part anew; before the change itself, since this keeps others from changing it too."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    first = dialect.insert(version).values(part=part, number=1)
    connection.execute(first.on_conflict_do_update(index_elements=["part"], set_={"number": version.c.number + 1}))


def read_versions(connection: Connection) -> Mapping[str, int]:
    """The version of each part; 0 of one that never changed."""
    found = connection.execute(select(version.c.part, version.c.number))
    return {INVENTORY: 0, LIMITS: 0} | {row.part: row.number for row in found}
