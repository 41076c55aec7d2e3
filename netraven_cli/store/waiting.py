"""Jobs that wait are cancelled for the sake of others: replaced, dropped, or too late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Select, literal_column, select, update

from netraven_cli.store.events import chunks, record_events
from netraven_cli.store.tables import job

if TYPE_CHECKING:
    from datetime import datetime

CAN_WAIT: ColumnElement[bool] = literal_column("job.state IN ('scheduled', 'ready')")


def waiting(*conditions: ColumnElement[bool]) -> Select[Any]:
    """The jobs that wait and fit, as `cancel_waiting` takes them."""
    return select(job.c.id, job.c.state).where(CAN_WAIT, *conditions)


def cancel_waiting(
    connection: Connection, chosen: Select[Any], now: datetime, *, who: str, why: str, error_class: str
) -> int:
    """Cancel waiting jobs, of which the query locks the rows; returns how many."""
    rows = connection.execute(chosen).all()
    values = {"state": "cancelled", "finished_at": now, "error_class": error_class, "reason": why}
    for chunk in chunks([row.id for row in rows]):
        connection.execute(update(job).where(job.c.id.in_(chunk), CAN_WAIT).values(**values))
    record_events(connection, ((row.id, row.state, "cancelled", who, why) for row in rows), now, error_class)
    return len(rows)
