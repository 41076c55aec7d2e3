"""One run: plan, then drain, then conclude."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from netraven_cli.errors import NetravenError
from netraven_cli.model import JobState, Outcome, Selector
from netraven_cli.plugin import Concluding
from netraven_cli.runner.drain import Drain
from netraven_cli.runner.isolated import IsolatedHandler
from netraven_cli.runner.planning import jobs_of
from netraven_cli.runner.pool import Pool
from netraven_cli.runner.presence import present
from netraven_cli.runner.scheduled import JobLimits, scheduled
from netraven_cli.runner.shutdown import Stop
from netraven_cli.store import capacity, jobs, occurrences, pauses, queue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from netraven_cli.model import JobRecord, NewJob
    from netraven_cli.plugin import Context
    from netraven_cli.runner.attempts import AttemptEvent
    from netraven_cli.runner.presence import Presence

log = logging.getLogger("netraven.runner")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which jobs are to be queued: by a person's command, or for an occurrence of a schedule."""

    type: str
    selector: Selector
    params: Mapping[str, Any] = field(default_factory=dict)
    schedule: str | None = None
    occurrence_id: int | None = None
    priority: int | None = None
    limits: JobLimits = field(default_factory=JobLimits)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a run is done."""

    workers: int | None = None
    max_runtime_seconds: float | None = None


def run(
    context: Context,
    plans: Sequence[Plan],
    types: Sequence[str],
    options: Options,
    on_event: Callable[[AttemptEvent], None],
    on_plan: Callable[[int], None] = lambda _jobs: None,
) -> Summary:
    """Do the jobs of the plans, and any other ready job of these types.

    Raises:
        NotFoundError: a plan selects nothing.
        QueueFullError: the jobs that a person wants do not fit into the queue.
    """
    started, run_id, stop = time.monotonic(), str(uuid4()), Stop()
    pool = Pool(options.workers or context.settings.runner.workers)
    seen: dict[int, AttemptEvent] = {}

    def take(event: AttemptEvent) -> None:
        seen[event.job] = event
        on_event(event)

    with present(context) as presence, stop.listening(pool.wake):
        deadline = started + options.max_runtime_seconds if options.max_runtime_seconds else None
        waiting = partial(_wait_for_room, context, presence, pool, stop, deadline)
        planned, full = _enqueue_all(context, plans, run_id, presence.id, waiting)
        if full and not stop.signal_number and any(plan.occurrence_id is None for plan in plans):
            raise full
        on_plan(len(planned))
        drain = Drain(
            context=context, presence=presence, pool=pool, stop=stop, types=types, run_id=run_id,
            open=set(planned), on_event=take, deadline=deadline,
        )  # fmt: skip
        try:
            drain.run()
        finally:
            pool.close()
        worked = {plan.type for plan in plans} | {event.type for event in seen.values()}
        failure = (_conclude(context, types, worked) or full) if stop.signal_number is None else None
    summary = _summarise(context, planned | seen.keys(), seen)
    summary.seconds = round(time.monotonic() - started, 3)
    summary.stopped_by, summary.failure = stop.signal_number, failure
    return summary


def _enqueue_all(
    context: Context, plans: Sequence[Plan], run_id: str, who: str, wait: Callable[[], bool]
) -> tuple[set[int], NetravenError | None]:
    """Queue the jobs of all plans; an occurrence that does not fit stays due, since this run makes room for it."""
    planned: set[int] = set()
    full = None
    for plan in plans:
        new = _plan(context, plan)
        pause = wait if plan.occurrence_id is None else lambda: False
        try:
            work = partial(_enqueue, context, plan, new, run_id, who)
            planned.update(capacity.when_there_is_room(context.settings.queue, work, pause))
        except capacity.QueueFullError as error:
            log.warning("plan_waits type=%s schedule=%s reason=%s", plan.type, plan.schedule, error)
            full = error
    return planned, full


def _wait_for_room(context: Context, presence: Presence, pool: Pool, stop: Stop, deadline: float | None) -> bool:
    """Give others a moment, and a sign of life; False if this run is to end."""
    pool.wait(capacity.POLL_SECONDS)
    with context.database.write() as connection:
        alive = presence.heartbeat(connection)
    in_time = deadline is None or time.monotonic() < deadline
    return alive and in_time and stop.signal_number is None


def _plan(context: Context, plan: Plan) -> list[NewJob] | None:
    """The jobs of a plan; None for an occurrence that cannot be planned: that is on record then."""
    try:
        return [scheduled(job, plan, context.now()) for job in jobs_of(context, plan.type, plan.selector, plan.params)]
    except NetravenError as error:
        if plan.occurrence_id is None:
            raise
        log.error("occurrence_missed schedule=%s reason=%s", plan.schedule, error)
        with context.database.write() as connection:
            occurrences.mark_missed(connection, plan.occurrence_id, str(error), context.now())
        return None


def _enqueue(context: Context, plan: Plan, new: list[NewJob] | None, run_id: str, who: str) -> list[int]:
    """Queue a plan's jobs; those of an occurrence together with the note that it is done."""
    if new is None:
        return []
    with context.database.write() as connection:
        if plan.occurrence_id is not None and not occurrences.mark_enqueued(connection, plan.occurrence_id, run_id):
            return []  # another run was first, or it overlaps with an earlier one
        limits = context.settings.queue
        ids = queue.enqueue(connection, new, now=context.now(), run_id=run_id, who=who, limits=limits)
        if plan.occurrence_id is not None:
            occurrences.count_jobs(connection, plan.occurrence_id, planned=len(new))
        return ids


def _conclude(context: Context, types: Sequence[str], worked: set[str]) -> NetravenError | None:
    """Conclude what each type began; what one could not do keeps no other from it, and the next run does it.

    A plug-in is asked only after jobs of its own: one that is broken must not fail every run there is.
    """
    failure = None
    for job_type in types:
        handler = context.handlers[job_type]
        is_idle = isinstance(handler, IsolatedHandler) and job_type not in worked
        if is_idle or not isinstance(handler, Concluding):
            continue
        try:
            handler.conclude(context)
        except NetravenError as error:
            log.error("conclude_failed type=%s reason=%s", job_type, error)
            failure = error
    return failure


def _summarise(context: Context, ids: set[int], seen: Mapping[int, AttemptEvent]) -> Summary:
    """Count the run's jobs; those that another runner did are looked up."""
    summary = Summary(jobs=len(ids))
    for event in seen.values():
        summary.quarantined += event.quarantined
        _count(summary, event.outcome.value, changed=event.changed)
    others = ids - seen.keys()
    with context.database.read() as connection:
        found = jobs.states(connection, others)
        changed = jobs.changed_by(connection, list(others))
        claimable = pauses.unpaused(connection, {job.type for job in found.values()})
    for id_, job in found.items():
        _count(summary, _became(job, paused=job.type not in claimable), changed=changed.get(id_))
    return summary


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
