"""What becomes of a run's jobs: counted as they end, so that a large run needs no more memory than their numbers."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from netraven_cli.model import JobState, Outcome
from netraven_cli.store import jobs, pauses
from netraven_cli.store.events import chunks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from netraven_cli.errors import NetravenError
    from netraven_cli.model import JobRecord
    from netraven_cli.plugin import Context
    from netraven_cli.runner.attempts import AttemptEvent


COUNTS = ("succeeded", "changed", "unchanged", "quarantined", "retry", "dead", "cancelled", "paused", "later")


@dataclass(slots=True, kw_only=True)
class Summary:
    """How a run ended: its own jobs by what became of them."""

    succeeded: int = 0
    changed: int = 0
    unchanged: int = 0
    quarantined: int = 0
    retry: int = 0
    dead: int = 0
    cancelled: int = 0
    paused: int = 0  # of a type that is paused: they stay queued
    later: int = 0  # whose time has not come yet: their schedule spreads them, or somebody put them off
    seconds: float = 0.0
    jobs: int = 0  # all of them
    stopped_by: int | None = None  # the signal that ended it early; running jobs were put back
    failure: NetravenError | None = None  # what kept the run from being concluded; the next one completes it


class Tally:
    """The counts of one run, and the numbers of those of its jobs that it has not seen the end of."""

    def __init__(self) -> None:
        self.began = time.monotonic()  # seconds
        self.done: Counter[str] = Counter()  # jobs that ended in this run, by type
        self.types: set[str] = set()  # of which an attempt was settled
        self._ended = Summary()
        self._left: set[int] = set()
        self._quarantined: set[int] = set()  # of those left: whose last attempt ended in quarantine

    def plan(self, ids: Iterable[int]) -> None:
        """These jobs are the run's own."""
        self._left.update(ids)

    def take(self, event: AttemptEvent) -> None:
        """Count an attempt that ended."""
        self.types.add(event.type)
        self._left.discard(event.job)
        self._quarantined.discard(event.job)
        if event.outcome is Outcome.RETRY:
            self._left.add(event.job)
            self._quarantined.update([event.job] if event.quarantined else [])
            return
        self.done[event.type] += 1
        self._ended.jobs += 1
        self._ended.quarantined += event.quarantined
        _count(self._ended, event.outcome.value, changed=event.changed)

    def summary(self, context: Context) -> Summary:
        """All counts; what did not end in this run is looked up: others may have done it. Asked once, at the end."""
        left = sorted(self._left)
        total = replace(self._ended)
        total.jobs += len(left)
        total.quarantined += len(self._quarantined)
        with context.database.read() as connection:
            for chunk in chunks(left):
                _look_up(connection, chunk, total)
        return total


def _look_up(connection: Connection, ids: Sequence[int], total: Summary) -> None:
    found = jobs.states(connection, ids)
    changed = jobs.changed_by(connection, ids)
    claimable = pauses.unpaused(connection, {job.type for job in found.values()})
    for id_, job in found.items():
        _count(total, _became(job, paused=job.type not in claimable), changed=changed.get(id_))


def _became(job: JobRecord, *, paused: bool) -> str:
    """What a job that this run did not settle counts as."""
    if paused and job.state in (JobState.READY, JobState.SCHEDULED):
        return "paused"
    if job.state is JobState.SCHEDULED and not job.attempt:
        return "later"
    waits = job.state in (JobState.READY, JobState.RUNNING, JobState.SCHEDULED)
    return Outcome.RETRY.value if waits else job.state.value


def _count(summary: Summary, outcome: str, *, changed: bool | None) -> None:
    setattr(summary, outcome, getattr(summary, outcome) + 1)
    if outcome == Outcome.SUCCEEDED.value:
        summary.changed += changed is True
        summary.unchanged += changed is False
