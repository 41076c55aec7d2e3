"""`netraven run`: do jobs now, or those that are due; what the timers call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from netraven_cli.cli.command import (
    All,
    Command,
    DeviceNames,
    DryRun,
    PlatformOption,
    Tags,
    ZoneOption,
    opened,
    parameters,
    selector_of,
    whoami,
)
from netraven_cli.cli.render import plain_row
from netraven_cli.errors import TryLaterError, UsageError
from netraven_cli.model import Outcome

if TYPE_CHECKING:
    from netraven_cli.cli.render import Progress, Terminal
    from netraven_cli.model import Occurrence, Schedule, Selector
    from netraven_cli.plugin import Context
    from netraven_cli.runner.attempts import AttemptEvent
    from netraven_cli.runner.run import Options, Plan
    from netraven_cli.runner.tally import Summary

NO_DEVICE = "there is no enabled device; add one with: netraven device add NAME --address A --platform P"
NO_CHORE = "no chore is due; see: netraven maintenance list"
app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(cls=Command)
def run(
    ctx: typer.Context,
    job_type: Annotated[str | None, typer.Argument(metavar="[TYPE]", help="backup, or another job type.")] = None,
    names: DeviceNames = None,
    tag: Tags = None,
    platform: PlatformOption = None,
    zone: ZoneOption = None,
    all_: All = False,
    due: Annotated[bool, typer.Option("--due", help="All types: what is due and what waits.")] = False,
    schedule: Annotated[str | None, typer.Option("--schedule", help="What this schedule has due.")] = None,
    workers: Annotated[int | None, typer.Option("--workers", min=1, max=1000, help="Sessions at once.")] = None,
    max_runtime: Annotated[float | None, typer.Option("--max-runtime", min=1, help="Seconds for all of it.")] = None,
    param: Annotated[list[str] | None, typer.Option("--param", metavar="K=V", help="A parameter of the type.")] = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 10 if something changed.")] = False,
    dry_run: DryRun = False,
) -> int:
    """Do jobs: `netraven run backup --tag core`, `netraven run --due`.

    Without a selector every enabled device is meant. Exit status 1 while a job of the run is dead or in retry, 75 if
    its type is paused.
    """
    from netraven_cli.runner.run import Options

    selector = selector_of(names, tag, platform, zone, all_)
    if due == bool(job_type) or ((schedule or due) and not (selector.is_open and not param)):
        raise UsageError(
            "write: netraven run TYPE [SELECTOR], netraven run TYPE --schedule NAME, or netraven run --due."
        )
    with opened(ctx) as (context, terminal):
        if job_type and not dry_run:
            _refuse_if_paused(context, job_type)
        plans = _plans(context, job_type, schedule, selector, parameters(param))
        if not plans:
            plans = _due(context, job_type, schedule, record=not dry_run)
        types = _types(context, job_type)
        if dry_run:
            return _show(context, terminal, plans)
        options = Options(workers=workers, max_runtime_seconds=max_runtime)
        summary = perform(context, terminal, job_type or "due", plans, types, options)
        if job_type and not schedule and selector.is_open and not summary.jobs:
            terminal.say(NO_CHORE if job_type == "maintenance" else NO_DEVICE)
    return exit_status(summary, by_name=bool(job_type), exit_code=exit_code)


def perform(
    context: Context, terminal: Terminal, title: str, plans: list[Plan], types: list[str], options: Options
) -> Summary:
    """Do a run, and say how it goes and ends.

    Raises:
        NetravenError: what kept the run from being planned or concluded.
    """
    from netraven_cli.cli.metrics import renew
    from netraven_cli.runner.run import run as do_run
    from netraven_cli.store.idle import remember

    with terminal.progress(title) as progress:
        summary = do_run(
            context, plans, types, options,
            lambda event: _settled(progress, event), progress.planned, progress.say,
        )  # fmt: skip
    remember(context.settings)
    renew(context, terminal)
    _print(terminal, title, summary)
    if summary.retry:
        _say_held(context, terminal)
    if summary.failure:
        raise summary.failure
    return summary


def _refuse_if_paused(context: Context, job_type: str) -> None:
    from netraven_cli.store import pauses

    with context.database.read() as connection:
        found = pauses.find(connection, job_type)
    if found:
        raise TryLaterError(f"{found.sentence}; its jobs stay queued until: {found.remedy}")


def _plans(
    context: Context, job_type: str | None, schedule: str | None, selector: Selector, params: dict[str, str]
) -> list[Plan]:
    """What a person asked for."""
    from netraven_cli.runner.run import Plan

    if job_type and job_type not in context.handlers:
        raise UsageError(f"there is no job type {job_type}; there are: {', '.join(sorted(context.handlers))}")
    return [Plan(type=job_type, selector=selector, params=params, who=whoami())] if job_type and not schedule else []


def _due(context: Context, job_type: str | None, name: str | None, *, record: bool) -> list[Plan]:
    """What schedules have due: all, or one of them; on record afterwards, unless it is only to be shown."""
    from netraven_cli.schedule.record import record_due
    from netraven_cli.store import schedules

    # What a transaction that only reads wrote is gone at its end.
    transaction = context.database.write if record else context.database.read
    with transaction() as connection:
        if name and (found := schedules.get(connection, name)).type != job_type:
            raise UsageError(
                f"the schedule {name} is for {found.type}; run: netraven run {found.type} --schedule {name}"
            )
        occurrences = record_due(connection, context.clock(connection), name)
        of = {name: schedules.get(connection, name) for name in {occurrence.schedule for occurrence in occurrences}}
    return [_plan_of(of[occurrence.schedule], occurrence) for occurrence in occurrences]


def _plan_of(schedule: Schedule, occurrence: Occurrence) -> Plan:
    from netraven_cli.runner.run import Plan
    from netraven_cli.runner.scheduled import JobLimits

    limits = JobLimits(
        due_at=occurrence.due_at, spread_seconds=schedule.spread_seconds, max_attempts=schedule.attempts,
        timeout_seconds=schedule.timeout_seconds, max_runtime_seconds=schedule.max_runtime_seconds,
    )  # fmt: skip
    return Plan(
        type=schedule.type, selector=schedule.selector, params=schedule.params, priority=schedule.priority,
        schedule=schedule.name, occurrence_id=occurrence.id, limits=limits,
    )  # fmt: skip


def _types(context: Context, job_type: str | None) -> list[str]:
    return [job_type] if job_type else sorted(context.handlers)


def _show(context: Context, terminal: Terminal, plans: list[Plan]) -> int:
    from netraven_cli.runner.planning import jobs_of

    jobs = [
        {"type": job.type, "subject": job.subject, "schedule": plan.schedule}
        for plan in plans
        for job in jobs_of(context, plan.type, plan.selector, plan.params)
    ]
    terminal.items("plan", jobs, ["type", "subject", "schedule"])
    return 0


def _settled(progress: Progress, event: AttemptEvent) -> None:
    row = {
        "event": "attempt",
        "job": event.job,
        "type": event.type,
        "subject": event.subject,
        "attempt": event.attempt,
        "outcome": event.outcome,
        "error_class": event.error_class,
        "reason": event.reason,
        "changed": event.changed,
        "seconds": event.seconds,
    }
    progress.settled(row, _sentence(event), final=event.outcome is not Outcome.RETRY)


def _sentence(event: AttemptEvent) -> str:
    if event.error_class:
        return f"{event.subject}: {event.outcome.value} ({event.error_class}): {event.reason}"
    news = {True: "changed", False: "unchanged", None: "done"}[event.changed]
    return f"{event.subject}: {news} in {event.seconds:.1f} s"


def _print(terminal: Terminal, title: str, summary: Summary) -> None:
    from netraven_cli.runner.tally import COUNTS

    if terminal.json:
        figures = {key: value for key, value in plain_row(summary).items() if key != "failure"}
        terminal.event({"event": "summary", **figures})
        return
    shown = ", ".join(f"{getattr(summary, name)} {name}" for name in COUNTS if getattr(summary, name))
    terminal.data(f"{title}: {shown or 'nothing to do'} in {summary.seconds:.1f} s\n")


def _say_held(context: Context, terminal: Terminal) -> None:
    """Why jobs are left that could not even be begun."""
    from netraven_cli.cli.held_words import say_held
    from netraven_cli.store.held import held_jobs

    with context.database.read() as connection:
        now = context.clock(connection)
        say_held(terminal, held_jobs(connection, context.settings.breaker, now))


def exit_status(summary: Summary, *, by_name: bool, exit_code: bool = False) -> int:
    """How a run went; `exit_code`: tell changes too."""
    if summary.stopped_by:
        return 128 + summary.stopped_by
    if summary.dead or summary.retry:
        return 1
    if by_name and summary.paused:  # while it ran; --due skips what is paused, and that is all it was to do
        return TryLaterError.exit_status
    return 10 if exit_code and summary.changed else 0
