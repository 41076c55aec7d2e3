"""Names of credentials that a device or a range is given: whether somebody can log in with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from netraven_cli.errors import DataError, NotFoundError
from netraven_cli.store.suggest import did_you_mean
from netraven_cli.store.tables import credential

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from sqlalchemy import Connection


def check_can_log_in(connection: Connection, names: AbstractSet[str]) -> None:
    """Refuse names of credentials that are not there, or are for SNMP.

    Raises:
        NotFoundError: one is not there.
        DataError: one is for SNMP.
    """
    if not names:
        return
    known = {row.name: row.snmp for row in connection.execute(sa.select(credential.c.name, credential.c.snmp))}
    for name in sorted(names):
        if name not in known:
            advice = did_you_mean(name, known, "see: netraven credential list")
            raise NotFoundError(f"there is no credential {name}; {advice}")
        if known[name]:
            raise DataError(f"the credential {name} is for SNMP, and nobody logs in with it; name one that has no SNMP")
