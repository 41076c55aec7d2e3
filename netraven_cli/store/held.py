"""Jobs that are ready and held: why, and until when; for those who look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from netraven_cli.store import credentials, fleet
from netraven_cli.store.admission import Gate
from netraven_cli.store.queue import IS_READY
from netraven_cli.store.rules import read_rules
from netraven_cli.store.session_keys import HAS_SESSION, device_key, has_session
from netraven_cli.store.tables import job

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from netraven_cli.model import Hold
    from netraven_cli.settings.sections import BreakerSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldJobs:
    """So many ready jobs are held by one limit or breaker; `until`: when the first of them is free of it, if known."""

    key: str
    why: str
    until: datetime | None
    jobs: int


def holds_of_device(connection: Connection, settings: BreakerSettings, name: str, now: datetime) -> list[Hold]:
    """What keeps jobs of a device from being started at the moment."""
    return _holds(connection, settings, device_key(name), now)


def holds_of_job(connection: Connection, settings: BreakerSettings, job_id: int, now: datetime) -> list[Hold]:
    """What keeps a ready job from being started at the moment; nothing for any other job."""
    query = sa.select(job.c.exclusive_key).where(job.c.id == job_id, IS_READY)
    key: str | None = connection.execute(query).scalar()
    return _holds(connection, settings, key, now) if key and has_session(key) else []


def held_jobs(connection: Connection, settings: BreakerSettings, now: datetime) -> list[HeldJobs]:
    """All ready jobs that are held, by what holds them; one that several hold is counted for each."""
    query = sa.select(job.c.exclusive_key, sa.func.count().label("jobs")).where(IS_READY, HAS_SESSION)
    rows = connection.execute(query.group_by(job.c.exclusive_key)).all()
    ready = {str(row.exclusive_key): int(row.jobs) for row in rows}
    if not ready:
        return []
    holds = _gate(connection, settings, now).holds(connection, list(ready))
    found: dict[str, list[tuple[Hold, int]]] = {}
    for key, several in holds.items():
        for hold in several:
            found.setdefault(hold.key, []).append((hold, ready[key]))
    return [_together(key, several) for key, several in sorted(found.items())]


def _together(key: str, several: Sequence[tuple[Hold, int]]) -> HeldJobs:
    holds = [hold for hold, _ in several]
    untils = [hold.until for hold in holds if hold.until]
    return HeldJobs(key=key, why=holds[0].why, until=min(untils, default=None), jobs=sum(jobs for _, jobs in several))


def _holds(connection: Connection, settings: BreakerSettings, key: str, now: datetime) -> list[Hold]:
    return _gate(connection, settings, now).holds(connection, [key])[key]


def _gate(connection: Connection, settings: BreakerSettings, now: datetime) -> Gate:
    known = credentials.list_credentials(connection)
    return Gate(connection, read_rules(connection, settings), fleet.load(connection, known), now)
