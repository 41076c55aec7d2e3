"""How credentials fared, by the attempts on record."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from netraven_cli.store.credentials import list_credentials
from netraven_cli.store.tables import attempt, job

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialUse:
    """How often a credential logged in and was refused, and when it last logged in."""

    credential: str
    logins: int
    refused: int
    success_rate: float | None  # logins of all tries; None: there were none
    devices: int
    last_used_at: datetime | None


def uses(connection: Connection) -> list[CredentialUse]:
    """How often each credential logged in and was refused, by the attempts on record."""
    query = (
        sa.select(
            attempt.c.credential,
            sa.func.count().label("logins"),
            sa.func.count(job.c.subject.distinct()).label("devices"),
            sa.func.max(attempt.c.finished_at).label("last_used_at"),
        )
        .join(job)
        .where(attempt.c.credential.is_not(None))
        .group_by(attempt.c.credential)
    )
    found = {row["credential"]: row for row in connection.execute(query).mappings()}
    refusals = Counter(
        name for names in connection.scalars(sa.select(attempt.c.refused).where(attempt.c.refused.is_not(None)))
        for name in names
    )  # fmt: skip
    return [_use(one.name, found.get(one.name), refusals[one.name]) for one in list_credentials(connection)]


def _use(name: str, row: sa.RowMapping | None, refused: int) -> CredentialUse:
    logins = row["logins"] if row else 0
    tries = logins + refused
    return CredentialUse(
        credential=name,
        logins=logins,
        refused=refused,
        success_rate=round(logins / tries, 4) if tries else None,
        devices=row["devices"] if row else 0,
        last_used_at=row["last_used_at"] if row else None,
    )
