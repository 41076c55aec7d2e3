"""Job types that are paused: their jobs are queued and kept, and not claimed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from netraven_cli.store.tables import pause

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

ALL = "*"  # stands for every type; store.idle spells it too


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """That a job type, or every one, is not claimed: since when, by whom, why."""

    type: str
    who: str
    reason: str | None
    paused_at: datetime

    @property
    def sentence(self) -> str:
        """The pause for an operator."""
        what = "every job type" if self.type == ALL else self.type
        why = f": {self.reason}" if self.reason else ""
        return f"{what} is paused since {self.paused_at:%Y-%m-%d %H:%M} UTC by {self.who}{why}"

    @property
    def remedy(self) -> str:
        """The command that takes it back."""
        return "netraven queue resume" if self.type == ALL else f"netraven queue resume {self.type}"


def put(connection: Connection, job_type: str, *, who: str, reason: str | None, now: datetime) -> None:
    """Pause a type; one that is paused already keeps its time, and its reason if there is no new one."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(pause).values(type=job_type, who=who, reason=reason, paused_at=now)
    kept = func.coalesce(new.excluded.reason, pause.c.reason)
    connection.execute(new.on_conflict_do_update(index_elements=["type"], set_={"reason": kept}))


def lift(connection: Connection, job_type: str) -> list[str]:
    """Take the pause of a type back, or with ALL every pause; returns the types that were paused."""
    lifted = delete(pause) if job_type == ALL else delete(pause).where(pause.c.type == job_type)
    return sorted(connection.execute(lifted.returning(pause.c.type)).scalars())


def list_all(connection: Connection) -> list[Pause]:
    """Every pause, that of all types first."""
    return [Pause(**row) for row in connection.execute(select(pause).order_by(pause.c.type)).mappings()]


def find(connection: Connection, job_type: str) -> Pause | None:
    """What keeps jobs of a type from being claimed, if anything does."""
    return next((one for one in list_all(connection) if one.type in (ALL, job_type)), None)


def unpaused(connection: Connection, types: Iterable[str]) -> Sequence[str]:
    """Those of the types whose jobs may be claimed."""
    paused = set(connection.execute(select(pause.c.type)).scalars())
    return [] if ALL in paused else [one for one in types if one not in paused]
