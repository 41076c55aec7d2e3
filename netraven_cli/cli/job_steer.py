"""`netraven job cancel|retry|drop|reprioritise|reschedule`: jobs by number, or all that a filter finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from netraven_cli.cli.command import DryRun, Yes, confirm, moment, opened, priority_of, whoami
from netraven_cli.errors import ErrorClass, UsageError
from netraven_cli.model import JobRecord, JobState

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from netraven_cli.plugin import Context

    Act = Callable[[Connection, Context, int], str]  # does it to one job; returns in a word what became of it

COLUMNS = [
    "id",
    "type",
    "subject",
    "state",
    "priority",
    "attempt",
    "error_class",
    "reason",
    "created_at",
    "finished_at",
]
AT_ONCE = 200  # jobs in one transaction: runners wait for its end
LEFT = "left as before"
NAMED = 10  # more jobs than this are only counted
Ids = Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="Numbers of jobs; or choose them by options.")]
State = Annotated[JobState | None, typer.Option("--state", help="Jobs in this state.")]
Type = Annotated[str | None, typer.Option("--type", help="Jobs of this type.")]
Class = Annotated[ErrorClass | None, typer.Option("--class", help="Jobs whose last attempt failed so.")]
Device = Annotated[str | None, typer.Option("--device", help="Jobs of this device.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which jobs are meant: those of the numbers, or all that the rest fits."""

    ids: Sequence[int] = ()
    state: JobState | None = None
    job_type: str | None = None
    error_class: ErrorClass | None = None
    device: str | None = None

    @property
    def is_filter(self) -> bool:
        """Whether jobs are found by what they are.

        Raises:
            UsageError: nothing is chosen, or in both ways.
        """
        filtered = any((self.state, self.job_type, self.error_class, self.device))
        if filtered == bool(self.ids):
            raise UsageError("name jobs by their numbers, or choose them by --state, --type, --class or --device")
        return filtered


def cancel(
    ctx: typer.Context, ids: Ids = None, state: State = None, job_type: Type = None, error_class: Class = None,
    device: Device = None, yes: Yes = False, dry_run: DryRun = False,
) -> None:  # fmt: skip
    """End jobs: those that wait at once, those that run by their runner."""
    from netraven_cli.store import jobs

    def act(connection: Connection, context: Context, id_: int) -> str:
        after = jobs.cancel(connection, id_, who=whoami(), now=context.clock(connection))
        return "cancelled" if after is JobState.CANCELLED else "to be ended by its runner"

    choice = Choice(ids=ids or (), state=state, job_type=job_type, error_class=error_class, device=device)
    live = (JobState.SCHEDULED, JobState.READY, JobState.RUNNING)
    _steer(ctx, choice, act, "cancel", fit=live, usual=live, yes=yes, dry_run=dry_run)


def retry(
    ctx: typer.Context, ids: Ids = None, state: State = None, job_type: Type = None, error_class: Class = None,
    device: Device = None, yes: Yes = False, dry_run: DryRun = False,
) -> None:  # fmt: skip
    """Give dead or cancelled jobs all their attempts again; by a filter, dead ones unless --state says cancelled."""
    from netraven_cli.store import jobs

    def act(connection: Connection, context: Context, id_: int) -> str:
        done = jobs.retry(connection, id_, who=whoami(), now=context.clock(connection))
        return "ready again, done by netraven run --due" if done else "under way already"

    choice = Choice(ids=ids or (), state=state, job_type=job_type, error_class=error_class, device=device)
    fit = (JobState.DEAD, JobState.CANCELLED)
    _steer(ctx, choice, act, "retry", fit=fit, usual=(JobState.DEAD,), yes=yes, dry_run=dry_run)


def drop(
    ctx: typer.Context, ids: Ids = None, state: State = None, job_type: Type = None, error_class: Class = None,
    device: Device = None, yes: Yes = False, dry_run: DryRun = False,
) -> None:  # fmt: skip
    """Take dead jobs out of the dead letters: they count as cancelled, and keep their history."""
    from netraven_cli.store import steer

    def act(connection: Connection, context: Context, id_: int) -> str:
        done = steer.drop(connection, id_, who=whoami(), now=context.clock(connection))
        return "dropped" if done else "cancelled before"

    choice = Choice(ids=ids or (), state=state, job_type=job_type, error_class=error_class, device=device)
    dead = (JobState.DEAD,)
    _steer(ctx, choice, act, "drop", fit=dead, usual=dead, yes=yes, dry_run=dry_run)


def reprioritise(
    ctx: typer.Context,
    priority: Annotated[
        str, typer.Option("--priority", metavar="P", help="critical, high, normal, low, lowest, or 0 to 100.")
    ],
    ids: Ids = None, state: State = None, job_type: Type = None, error_class: Class = None,
    device: Device = None, yes: Yes = False, dry_run: DryRun = False,
) -> None:  # fmt: skip
    """Give waiting jobs another priority."""
    from netraven_cli.store import steer

    wanted = priority_of(priority)

    def act(connection: Connection, context: Context, id_: int) -> str:
        done = steer.reprioritise(connection, id_, wanted, who=whoami(), now=context.clock(connection))
        return f"now {wanted}" if done else f"{wanted} before"

    choice = Choice(ids=ids or (), state=state, job_type=job_type, error_class=error_class, device=device)
    waiting = (JobState.SCHEDULED, JobState.READY)
    _steer(ctx, choice, act, "reprioritise", fit=waiting, usual=waiting, yes=yes, dry_run=dry_run)


def reschedule(
    ctx: typer.Context,
    ids: Annotated[list[int], typer.Argument(metavar="ID...", help="Numbers of jobs.")],
    at: Annotated[str, typer.Option("--at", help="Not before this time (RFC 3339).")],
    dry_run: DryRun = False,
) -> None:
    """Let waiting jobs wait until another time."""
    from netraven_cli.store import jobs

    def act(connection: Connection, context: Context, id_: int) -> str:
        when = moment(at) or context.clock(connection)
        jobs.reschedule(connection, id_, when, who=whoami(), now=context.clock(connection))
        return f"due at {when:%Y-%m-%d %H:%M:%S} UTC"

    _steer(ctx, Choice(ids=ids), act, "reschedule", fit=(), usual=(), yes=True, dry_run=dry_run)


def _steer(
    ctx: typer.Context, choice: Choice, act: Act, verb: str, *, fit: Sequence[JobState], usual: Sequence[JobState],
    yes: bool, dry_run: bool,
) -> None:  # fmt: skip
    """Do something to the chosen jobs; `fit`: the states in which it can be done, `usual`: those a filter means."""
    from netraven_cli.store import jobs

    with opened(ctx) as (context, terminal):
        by_filter = choice.is_filter
        ids = _find(context, choice, verb, fit, usual) if by_filter else list(dict.fromkeys(choice.ids))
        if by_filter and len(ids) > 1 and not dry_run:
            confirm(context, f"{verb.capitalize()} {len(ids)} jobs?", yes=yes, force=True)
        became = _do(context, ids, act, by_filter=by_filter, dry_run=dry_run)
        with context.database.read() as connection:
            rows = [row for _, row in sorted(jobs.states(connection, ids).items())]
        if dry_run and not terminal.json:
            terminal.items("job", rows, COLUMNS)
        terminal.changed("job", rows, _sentence(became), dry_run=dry_run)


def _find(context: Context, choice: Choice, verb: str, fit: Sequence[JobState], usual: Sequence[JobState]) -> list[int]:
    from netraven_cli.store import jobs

    if choice.state and choice.state not in fit:
        raise UsageError(f"there is no {verb} for jobs that are {choice.state.value}; only for {_list(fit)}")
    found: list[JobRecord] = []
    with context.database.read() as connection:
        for state in [choice.state] if choice.state else usual:
            found += jobs.list_jobs(
                connection, state=state, job_type=choice.job_type, subject=choice.device, limit=None,
                error_class=choice.error_class.value if choice.error_class else None,
            )  # fmt: skip
    return sorted(job.id for job in found)


def _do(context: Context, ids: Sequence[int], act: Act, *, by_filter: bool, dry_run: bool) -> dict[str, list[int]]:
    """Do it to each job, some in a transaction; of a filter's jobs, those that changed meanwhile are left alone."""
    from netraven_cli.cli.command import changing

    became: dict[str, list[int]] = {}
    at_once = AT_ONCE if by_filter else max(len(ids), 1)  # numbers that were named: all of them, or none
    for start in range(0, len(ids), at_once):
        with changing(context, dry_run=dry_run) as connection:
            for id_ in ids[start : start + at_once]:
                try:
                    word = act(connection, context, id_)
                except UsageError as error:
                    if not by_filter:
                        raise
                    left = (word for word in became if word.startswith(LEFT))
                    word = next(left, f"{LEFT} ({error})")  # one of the reasons is enough
                became.setdefault(word, []).append(id_)
    return became


def _sentence(became: dict[str, list[int]]) -> str:
    if not became:
        return "no job fits; see: netraven job list"
    return "; ".join(f"{_jobs(ids)}: {word}" for word, ids in became.items())


def _jobs(ids: Sequence[int]) -> str:
    if len(ids) > NAMED:
        return f"{len(ids)} jobs"
    return f"job{'s' if len(ids) > 1 else ''} {', '.join(map(str, ids))}"


def _list(states: Sequence[JobState]) -> str:
    return " or ".join(state.value for state in states)
