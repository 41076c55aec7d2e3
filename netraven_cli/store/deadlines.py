"""Jobs that are of no use after a time: no attempt begins from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, literal_column, select, update

from netraven_cli.store.events import chunks, record_events
from netraven_cli.store.tables import job

if TYPE_CHECKING:
    from datetime import datetime

# As the partial index spells it: see queue.IS_READY.
CAN_EXPIRE: ColumnElement[bool] = literal_column("job.state IN ('scheduled', 'ready') AND job.expires_at IS NOT NULL")


def expire(connection: Connection, now: datetime) -> int:
    """Cancel the waiting jobs whose time is over, retries too; returns how many."""
    over = select(job.c.id, job.c.state).where(CAN_EXPIRE, job.c.expires_at <= now)
    rows = connection.execute(over.with_for_update(skip_locked=True)).all()
    values = {"state": "cancelled", "finished_at": now, "error_class": "cancelled", "reason": "expired"}
    for chunk in chunks([row.id for row in rows]):
        connection.execute(update(job).where(job.c.id.in_(chunk), CAN_EXPIRE).values(**values))
    why = "expired: it was not begun in time"
    record_events(connection, ((row.id, row.state, "cancelled", "queue", why) for row in rows), now, "cancelled")
    return len(rows)
