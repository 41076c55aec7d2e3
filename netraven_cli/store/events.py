"""The event row that every change of a job's state has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netraven_cli.store.rows import insert_rows
from netraven_cli.store.tables import job_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

CHUNK = 500  # ids in one statement


def record_events(
    connection: Connection, events: Iterable[tuple[int, str | None, str, str, str]], now: datetime
) -> None:
    """Write event rows: (job id, state before, state after, who, why) each."""
    rows = [
        {"job_id": job_id, "at": now, "before": before, "after": after, "who": who, "why": why}
        for job_id, before, after, who, why in events
    ]
    insert_rows(connection, job_event, rows)


def chunks(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """Parts of a list that fit into one statement."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
