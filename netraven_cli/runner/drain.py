"""The drain: one coordinator claims, starts, watches and settles until nothing is left that it should wait for."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from netraven_cli.errors import ErrorClass
from netraven_cli.model import JobState, Outcome
from netraven_cli.runner.attempts import AttemptEvent, record_all
from netraven_cli.runner.brief import brief
from netraven_cli.runner.knowledge import Knowledge
from netraven_cli.runner.outage import AWAY
from netraven_cli.runner.pool import NotBegunError, Pool, Slot
from netraven_cli.runner.progress import progress
from netraven_cli.runner.watchdog import watch
from netraven_cli.store import claiming, jobs, pauses, settling
from netraven_cli.store.versions import lock_claims

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from netraven_cli.model import JobRecord
    from netraven_cli.plugin import Context
    from netraven_cli.runner.guard import Guard
    from netraven_cli.runner.outage import Outage
    from netraven_cli.runner.presence import Presence
    from netraven_cli.runner.shutdown import Stop
    from netraven_cli.runner.tally import Tally

log = logging.getLogger("netraven.runner")
CLOSING_SECONDS = 2  # how long closed sessions may take to end when the run stops
STOPPED = "its runner was stopped"
ANSWER_LOST = "the answer to its claim was lost"
POLL_SECONDS = 0.5  # how often a run looks at jobs that it waits for and does not hold


@dataclass(kw_only=True)
class Drain:
    """One drain of the queue.

    `open` holds the jobs of the run's own plan that are not final yet: the drain waits for those, whoever does
    them, and takes any other ready job of its types too.
    """

    context: Context
    presence: Presence
    outage: Outage
    pool: Pool
    guard: Guard
    stop: Stop
    types: Sequence[str]
    run_id: str
    open: set[int]
    tally: Tally
    on_event: Callable[[AttemptEvent], None]
    on_progress: Callable[[str], None]
    deadline: float | None = None  # seconds, monotonic: --max-runtime
    _wait_until: float = field(default=0.0, init=False)  # seconds, monotonic: how long retries are waited for
    _next_start: float | None = field(default=None, init=False)  # seconds, monotonic: when a job that is held may start
    _has_plan: bool = field(default=False, init=False)
    _knowledge: Knowledge = field(init=False)

    def __post_init__(self) -> None:
        self._knowledge = Knowledge(self.context, self.types)

    def run(self) -> None:
        """Drain; on a signal, a reached --max-runtime or an error, what runs is put back first.

        Raises:
            LeaseLostError: this runner was taken for dead.
            AwayError, LockedError: the database was away, or locked, for longer than the lease.
        """
        self._has_plan = bool(self.open)
        self._extend_wait()
        ended: list[Slot] = []
        try:
            while not self._ends():
                self._obey()
                if not self._turn(ended):
                    return
                ended += self.pool.wait(self._pause())
                ended += watch(self.pool, self.context.settings.runner)
        finally:
            self._put_back(ended)

    def _ends(self) -> bool:
        over = self.deadline is not None and time.monotonic() >= self.deadline
        return over or self.stop.signal_number is not None

    def _obey(self) -> None:
        """Do what others want of this runner; stop at once if its jobs may not be its own any more."""
        self.outage.check()
        orders = self.presence.orders
        if orders.stop_requested_by:
            self.stop.ask(orders.stop_requested_by)
        if self.stop.take_question():
            self.on_progress(progress(self.context, self.types, self.tally, self.pool.running))
        if orders.workers_wanted:
            self.pool.resize(orders.workers_wanted)
        for slot in self.pool.running:
            if slot.held.id in orders.cancelled and not slot.ended_for:
                slot.end(ErrorClass.CANCELLED)

    def _turn(self, ended: list[Slot]) -> bool:
        """One transaction, and the starts that follow from it; False when nothing is left to do."""
        try:
            self._start(self._transact(ended))
            goes_on = bool(self.pool.running) or self._worth_waiting()
        except AWAY as error:
            self.outage.begins(error)
            self._knowledge = Knowledge(self.context, self.types)  # it may have learnt what was rolled back
            return True
        self.outage.ends()
        return goes_on

    def _transact(self, ended: list[Slot]) -> list[claiming.Claimed]:
        """Settle what ended, claim what fits."""
        with self.context.database.write() as connection:
            if not self.presence.stays(connection):
                self.outage.check()  # nothing may be claimed either: nobody would rescue it
            now = self.presence.clock(connection)
            events = record_all(connection, self.context, self._knowledge, ended, self.presence.id, now)
            if self.outage.is_on:
                self._give_back_unknown(connection, ended, now)
            claimed = [] if self._ends() else self._claim(connection)
        ended.clear()
        for event in events:
            self._after(event)
        if not self.pool.workers:
            raise NotBegunError(f"{self.pool.shortage}; its job was put back. Set fewer runner.workers, or free memory")
        return claimed

    def _give_back_unknown(self, connection: Connection, ended: Sequence[Slot], now: datetime) -> None:
        """Put back what this runner holds and does not know of: the answer to its claim was lost on the way."""
        known = {(slot.held.id, slot.held.token) for slot in (*self.pool.running, *ended)}
        for held in claiming.held_by(connection, self.presence.id):
            if (held.id, held.token) not in known:
                settling.put_back(connection, held, runner_id=self.presence.id, why=ANSWER_LOST, now=now)

    def _claim(self, connection: Connection) -> list[claiming.Claimed]:
        self._next_start = None
        room = self.guard.room(self.pool.free, len(self.pool.running))
        if not room:
            return []
        lock_claims(connection)
        now = self.presence.clock(connection)  # after the wait for the lock, which others set paces in
        claimed = claiming.claim(
            connection, runner_id=self.presence.id, types=self.types, limit=room, now=now,
            make_gate=lambda: self._knowledge.gate(connection, now),
        )  # fmt: skip
        if len(claimed) < room and (next_start := self._knowledge.next_start(connection)):
            self._next_start = time.monotonic() + (next_start - now).total_seconds()
        return claimed

    def _start(self, claimed: Sequence[claiming.Claimed]) -> None:
        slots = [Slot(held) for held in claimed]
        self.pool.running.update(slots)  # from here on they are put back if anything fails
        try:
            if slots:
                brief(self.context, self._knowledge, slots, self.run_id)
        except AWAY:
            self.pool.running.difference_update(slots)  # held and not known of: the next transaction puts them back
            raise
        for slot in slots:
            self.pool.start(slot, partial(self.context.handlers[slot.held.type].run, self.context, slot.job))

    def _after(self, event: AttemptEvent) -> None:
        if event.attempt == 1 and event.job in self.open:
            self._extend_wait()
        if event.job in self.open:
            self.open.update(event.follow_up)
            self.tally.plan(event.follow_up)
        if event.outcome is not Outcome.RETRY:
            self.open.discard(event.job)
        self.tally.take(event)
        self.on_event(event)

    def _extend_wait(self) -> None:
        self._wait_until = time.monotonic() + self.context.settings.runner.retry_wait_seconds

    def _worth_waiting(self) -> bool:
        """Whether a job of the plan will be ready, or settled by somebody else, while this run may still wait."""
        if not self.open:
            return self._others_start_soon()
        left = timedelta(seconds=max(self._wait_until - time.monotonic(), 0))
        self.presence.rescue()
        with self.context.database.read() as connection:
            now = self.presence.clock(connection)
            found = jobs.states(connection, self.open)
            self.open &= {id_ for id_, job in found.items() if not job.finished_at}
            waiting = [found[id_] for id_ in self.open]
            if any(job.state is JobState.RUNNING for job in waiting):
                return True
            claimable = pauses.unpaused(connection, self.types)
            near = [job for job in waiting if job.type in claimable and _is_near(job, now + left)]
            alone = self._knowledge.left_alone(
                connection, [job.subject for job in near], now=now, longer_than=now + left
            )
        return any(job.subject not in alone for job in near)

    def _others_start_soon(self) -> bool:
        """Whether a run without a plan of its own waits for a job that is held: nobody else may be there to do it."""
        soon = self._next_start is not None and self._next_start <= self._wait_until
        return soon and not self._has_plan

    def _pause(self) -> float:
        """Seconds until something may have to be done though nothing ended."""
        until = [self.outage.pause_seconds if self.outage.is_on else POLL_SECONDS]
        until += [moment - time.monotonic() for moment in (self.deadline, self._next_start) if moment is not None]
        return max(min(until), 0.01)

    def _put_back(self, ended: list[Slot]) -> None:
        """Let attempts end within the grace time and settle them; put the rest back, their sessions closed."""
        # With a lease that is gone there is no grace and nothing to record: another runner may hold the jobs.
        grace = self.context.settings.runner.stop_grace_seconds if self.presence.holds else 0
        if self.pool.running:
            log.warning("run_ends running=%d grace_seconds=%g", len(self.pool.running), grace)
        until = time.monotonic() + grace
        while self.pool.running and time.monotonic() < until:
            ended += self.pool.wait(until - time.monotonic())
        left = list(self.pool.running)
        for slot in left:
            slot.end(ErrorClass.CANCELLED)
        closed = time.monotonic() + CLOSING_SECONDS
        while self.pool.running and time.monotonic() < closed:
            self.pool.wait(closed - time.monotonic())  # what they bring now is not theirs to record
        if (ended or left) and self.presence.holds:
            for event in self.outage.through(partial(self._settle_last, ended, left)):
                self._after(event)

    def _settle_last(self, ended: Sequence[Slot], left: Sequence[Slot]) -> list[AttemptEvent]:
        with self.context.database.write() as connection:
            now = self.presence.clock(connection)
            events = record_all(connection, self.context, self._knowledge, ended, self.presence.id, now)
            for slot in left:
                settling.put_back(connection, slot.held, runner_id=self.presence.id, why=STOPPED, now=now)
        return events


def _is_near(job: JobRecord, horizon: datetime) -> bool:
    """Whether a waiting job is ready by then; not one whose time has not come yet, which a later wake-up does."""
    return job.state is JobState.READY or (job.attempt > 0 and job.ready_at <= horizon)
