"""The drain: one coordinator claims, starts, watches and settles until nothing is left that it should wait for."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from netraven_cli.errors import ErrorClass, NetravenError
from netraven_cli.model import JobState, Outcome
from netraven_cli.runner.attempts import AttemptEvent, record_all
from netraven_cli.runner.brief import brief
from netraven_cli.runner.knowledge import Knowledge
from netraven_cli.runner.pool import NotBegunError, Pool, Slot
from netraven_cli.store import claiming, jobs, pauses, runners, settling

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from netraven_cli.model import JobRecord
    from netraven_cli.plugin import Context
    from netraven_cli.runner.presence import Presence
    from netraven_cli.runner.shutdown import Stop

log = logging.getLogger("netraven.runner")
LEAVE_BEHIND_SECONDS = 10  # how long a worker may take to come back after its session was closed
CLOSING_SECONDS = 2  # how long closed sessions may take to end when the run stops
POLL_SECONDS = 0.5  # how often a run looks at jobs that it waits for and does not hold


class LeaseLostError(NetravenError):
    """Others took this runner for dead and put its jobs back."""

    exit_status = 75


@dataclass(kw_only=True)
class Drain:
    """One drain of the queue.

    `open` holds the jobs of the run's own plan that are not final yet: the drain waits for those, whoever does
    them, and takes any other ready job of its types too.
    """

    context: Context
    presence: Presence
    pool: Pool
    stop: Stop
    types: Sequence[str]
    run_id: str
    open: set[int]
    on_event: Callable[[AttemptEvent], None]
    deadline: float | None = None  # seconds, monotonic: --max-runtime
    _wait_until: float = field(default=0.0, init=False)  # seconds, monotonic: how long retries are waited for
    _heartbeat_at: float = field(default=0.0, init=False)  # seconds, monotonic
    _next_start: float | None = field(default=None, init=False)  # seconds, monotonic: when a job that is held may start
    _has_plan: bool = field(default=False, init=False)
    _knowledge: Knowledge = field(init=False)

    def __post_init__(self) -> None:
        self._knowledge = Knowledge(self.context, self.types)

    def run(self) -> None:
        """Drain; on a signal, a reached --max-runtime or an error, what runs is put back first.

        Raises:
            LeaseLostError: this runner was taken for dead.
        """
        self._has_plan = bool(self.open)
        self._extend_wait()
        ended: list[Slot] = []
        try:
            while not self._ends():
                if not self._turn(ended):
                    return
                ended += self.pool.wait(self._pause())
                ended += self._watch()
        finally:
            self._put_back(ended)

    def _ends(self) -> bool:
        over = self.deadline is not None and time.monotonic() >= self.deadline
        return over or self.stop.signal_number is not None

    def _turn(self, ended: list[Slot]) -> bool:
        """One transaction: sign of life, settle what ended, claim what fits; False when nothing is left to do."""
        with self.context.database.write() as connection:
            now = self.presence.clock(connection)
            self._heartbeat(connection)
            settled = record_all(connection, self.context, self._knowledge, ended, self.presence.id, now)
            claimed = [] if self._ends() else self._claim(connection, now)
        ended.clear()
        for event in settled:
            self._after(event)
        if not self.pool.workers:
            raise NotBegunError(f"{self.pool.shortage}; its job was put back. Set fewer runner.workers, or free memory")
        self._start(claimed)
        return bool(self.pool.running) or self._worth_waiting()

    def _heartbeat(self, connection: Connection) -> None:
        if time.monotonic() < self._heartbeat_at:
            return
        self._heartbeat_at = time.monotonic() + self.presence.heartbeat_seconds
        if not self.presence.heartbeat(connection):
            raise LeaseLostError("this runner was taken for dead (was the machine asleep?); its jobs were put back")
        who = runners.stop_requested(connection, self.presence.id)
        if who:
            self.stop.ask(who)
        wanted = set(runners.cancel_requests(connection, self.presence.id))
        for slot in self.pool.running:
            if slot.held.id in wanted and not slot.ended_for:
                slot.end(ErrorClass.CANCELLED)

    def _claim(self, connection: Connection, now: datetime) -> list[claiming.Claimed]:
        self._next_start = None
        if not self.pool.free:
            return []
        claimed = claiming.claim(
            connection, runner_id=self.presence.id, types=self.types, limit=self.pool.free, now=now,
            make_gate=lambda: self._knowledge.gate(connection, now),
        )  # fmt: skip
        if len(claimed) < self.pool.free:
            next_start = self._knowledge.next_start(connection)
            self._next_start = time.monotonic() + (next_start - now).total_seconds() if next_start else None
        return claimed

    def _start(self, claimed: Sequence[claiming.Claimed]) -> None:
        slots = [Slot(held) for held in claimed]
        self.pool.running.update(slots)  # from here on they are put back if anything fails
        if slots:
            brief(self.context, self._knowledge, slots, self.run_id)
        for slot in slots:
            self.pool.start(slot, partial(self.context.handlers[slot.held.type].run, self.context, slot.job))

    def _after(self, event: AttemptEvent) -> None:
        if event.attempt == 1 and event.job in self.open:
            self._extend_wait()
        if event.outcome is not Outcome.RETRY:
            self.open.discard(event.job)
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
        until = [self._heartbeat_at - time.monotonic(), POLL_SECONDS]
        until += [moment - time.monotonic() for moment in (self.deadline, self._next_start) if moment is not None]
        return max(min(until), 0.01)

    def _watch(self) -> list[Slot]:
        """End attempts that take too long; returns those whose worker does not come back, left behind."""
        limits = self.context.settings.runner
        lost = []
        for slot in list(self.pool.running):
            limit = slot.held.timeout_seconds or limits.limit_of(slot.held.type)
            if not slot.ended_for and slot.seconds > limit:
                log.error("attempt_timed_out job=%d subject=%s stack=%s", slot.held.id, slot.held.subject, slot.stack)
                slot.end(ErrorClass.TIMEOUT)
            elif slot.ended_for and time.monotonic() - slot.ended_at > LEAVE_BEHIND_SECONDS:
                log.error("worker_left_behind job=%d subject=%s stack=%s", slot.held.id, slot.held.subject, slot.stack)
                self.pool.abandon(slot)
                lost.append(slot)
        if lost:
            with self.context.database.write() as connection:
                runners.note_left_behind(connection, self.presence.id, self.pool.left_behind)
        return lost

    def _put_back(self, ended: list[Slot]) -> None:
        """Let attempts end within the grace time and settle them; put the rest back, their sessions closed."""
        until = time.monotonic() + self.context.settings.runner.stop_grace_seconds
        while self.pool.running and time.monotonic() < until:
            ended += self.pool.wait(until - time.monotonic())
        left = list(self.pool.running)
        for slot in left:
            slot.end(ErrorClass.CANCELLED)
        closed = time.monotonic() + CLOSING_SECONDS
        while self.pool.running and time.monotonic() < closed:
            self.pool.wait(closed - time.monotonic())  # what they bring now is not theirs to record
        if ended or left:
            self._settle_last(ended, left)

    def _settle_last(self, ended: Sequence[Slot], left: Sequence[Slot]) -> None:
        with self.context.database.write() as connection:
            now = self.presence.clock(connection)
            events = record_all(connection, self.context, self._knowledge, ended, self.presence.id, now)
            for slot in left:
                settling.put_back(
                    connection, slot.held, runner_id=self.presence.id, why="its runner was stopped", now=now
                )
        for event in events:
            self._after(event)


def _is_near(job: JobRecord, horizon: datetime) -> bool:
    """Whether a waiting job is ready by then; not one whose time has not come yet, which a later wake-up does."""
    return job.state is JobState.READY or (job.attempt > 0 and job.ready_at <= horizon)
