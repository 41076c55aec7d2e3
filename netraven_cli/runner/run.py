"""One run: plan, then drain, then conclude."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from netraven_cli.errors import NetravenError
from netraven_cli.plugin import Concluding
from netraven_cli.runner.drain import Drain
from netraven_cli.runner.guard import Guard, descriptors, resident_bytes
from netraven_cli.runner.heartbeat import Heartbeat
from netraven_cli.runner.hooks import tell_hooks
from netraven_cli.runner.isolated import IsolatedHandler
from netraven_cli.runner.outage import Outage
from netraven_cli.runner.planning import jobs_of
from netraven_cli.runner.pool import Pool
from netraven_cli.runner.presence import present
from netraven_cli.runner.scheduled import JobLimits, scheduled
from netraven_cli.runner.shutdown import Stop
from netraven_cli.runner.spool import Spool
from netraven_cli.runner.tally import Summary, Tally
from netraven_cli.store import capacity, occurrences, queue
from netraven_cli.store.runners import Figures

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from netraven_cli.model import Selector
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
    who: str | None = None  # the person, where it was one


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
    on_progress: Callable[[str], None] = lambda _line: None,
) -> Summary:
    """Do the jobs of the plans, and any other ready job of these types.

    Raises:
        NotFoundError: a plan selects nothing.
        QueueFullError: the jobs that a person wants do not fit into the queue.
        LeaseLostError: this runner was taken for dead.
        AwayError: the database was away for longer than the lease.
    """
    started, run_id, stop, tally = time.monotonic(), str(uuid4()), Stop(), Tally()
    pool = Pool(options.workers or context.settings.runner.workers)
    guard = Guard(context.settings.runner)
    figures = partial(_figures, pool, guard)
    with (
        present(context, figures()) as presence,
        Heartbeat(presence, context.database, figures, pool.wake),
        stop.listening(pool.wake),
    ):
        outage = Outage(presence, stop)
        deadline = started + options.max_runtime_seconds if options.max_runtime_seconds else None
        waiting = partial(_wait_for_room, presence, pool, stop, deadline)
        planned, full = _enqueue_all(context, plans, run_id, presence.id, waiting)
        if full and not stop.signal_number and any(plan.occurrence_id is None for plan in plans):
            raise full
        tally.plan(planned)
        on_plan(len(planned))
        drain = Drain(
            context=context, presence=presence, outage=outage, pool=pool, guard=guard, stop=stop, types=types,
            run_id=run_id, open=planned, tally=tally, on_event=on_event, on_progress=on_progress, deadline=deadline,
        )  # fmt: skip
        try:
            drain.run()
        finally:
            pool.close()
        worked = {plan.type for plan in plans} | tally.types
        failure = (_conclude(context, types, worked, outage) or full) if stop.signal_number is None else None
        summary = outage.through(partial(tally.summary, context))
    summary.seconds = round(time.monotonic() - started, 3)
    summary.stopped_by, summary.failure = stop.signal_number, failure
    if summary.jobs and not summary.stopped_by:
        tell_hooks(context, run_id, worked, summary)
    return summary


def _figures(pool: Pool, guard: Guard) -> Figures:
    """How this runner is, for those who look at the database."""
    return Figures(
        workers=pool.workers, left_behind=pool.left_behind, memory_bytes=resident_bytes(), descriptors=descriptors(),
        short_of=guard.short_of,
    )  # fmt: skip


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


def _wait_for_room(presence: Presence, pool: Pool, stop: Stop, deadline: float | None) -> bool:
    """Give others a moment; False if this run is to end."""
    pool.wait(capacity.POLL_SECONDS)
    in_time = deadline is None or time.monotonic() < deadline
    wanted = stop.signal_number is None and not presence.orders.stop_requested_by
    return presence.holds and in_time and wanted


def _plan(context: Context, plan: Plan) -> Spool | None:
    """The jobs of a plan; None for an occurrence that cannot be planned: that is on record then."""
    try:
        with context.database.read() as connection:
            now = context.clock(connection)
        return Spool(scheduled(job, plan, now) for job in jobs_of(context, plan.type, plan.selector, plan.params))
    except NetravenError as error:
        if plan.occurrence_id is None:
            raise
        log.error("occurrence_missed schedule=%s reason=%s", plan.schedule, error)
        with context.database.write() as connection:
            occurrences.mark_missed(connection, plan.occurrence_id, str(error), context.clock(connection))
        return None


def _enqueue(context: Context, plan: Plan, new: Spool | None, run_id: str, who: str) -> list[int]:
    """Queue a plan's jobs, all or none; those of an occurrence together with the note that it is done."""
    if new is None:
        return []
    with context.database.write() as connection:
        if plan.occurrence_id is not None and not occurrences.mark_enqueued(connection, plan.occurrence_id, run_id):
            return []  # another run was first, or it overlaps with an earlier one
        limits, now = context.settings.queue, context.clock(connection)
        ids = queue.submit_parts(
            connection, new.batches(), replaces=new.replaces, now=now, run_id=run_id, who=plan.who or who, limits=limits
        ).ids
        if plan.occurrence_id is not None:
            occurrences.count_jobs(connection, plan.occurrence_id, planned=new.jobs)
        return ids


def _conclude(context: Context, types: Sequence[str], worked: set[str], outage: Outage) -> NetravenError | None:
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
            outage.through(partial(handler.conclude, context))
        except NetravenError as error:
            log.error("conclude_failed type=%s reason=%s", job_type, error)
            failure = error
    return failure
