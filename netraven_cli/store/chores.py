"""When each chore of maintenance was done last, and what it found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from netraven_cli.model import Health
from netraven_cli.store.tables import chore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

SHARED = ""  # the host of a chore that is done for all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A chore as it was done last."""

    name: str
    host: str
    done_at: datetime
    seconds: float
    job_id: int
    did: Mapping[str, Any]
    found: Sequence[Mapping[str, Any]]


def record(connection: Connection, done: Done) -> None:
    """Note that a chore was done."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = asdict(done)
    insertion = dialect.insert(chore).values(**row)
    keys = ["name", "host"]
    values = {name: insertion.excluded[name] for name in row if name not in keys}
    connection.execute(insertion.on_conflict_do_update(index_elements=keys, set_=values))


def failures(connection: Connection, since: datetime) -> list[str]:
    """What chores found to be broken when they were done last, a sentence each; of hosts that did them since then."""
    recent = [one for one in last(connection) if one.done_at >= since]
    broken = [(one, each) for one in recent for each in one.found if each["health"] == Health.FAIL.value]
    return [f"{_where(one)}{each['check']}: {each['detail']}; {each['fix']}" for one, each in broken]


def _where(done: Done) -> str:
    return f"{done.host}: " if done.host else ""


def last(connection: Connection, host: str | None = None) -> list[Done]:
    """All chores as they were done last; of a host: those of its own, and those that are done for all."""
    query = select(chore).order_by(chore.c.host, chore.c.name)
    if host is not None:
        query = query.where(chore.c.host.in_((SHARED, host)))
    return [Done(**row) for row in connection.execute(query).mappings()]
