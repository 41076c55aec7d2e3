"""`netraven queue`: how full it is, and pausing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from netraven_cli.cli.command import Noun, opened, whoami
from netraven_cli.cli.held_words import say_held
from netraven_cli.cli.render import plain_row
from netraven_cli.errors import TryLaterError, UsageError
from netraven_cli.model import JobState

if TYPE_CHECKING:
    from netraven_cli.plugin import Context

app = Noun("How full the queue is, and pausing it.")
Type = Annotated[str | None, typer.Argument(metavar="[TYPE]", help="A job type; all of them.")]
COLUMNS = ["type", "state", "priority", "jobs", "oldest_at", "age_seconds"]


@app.verb("status")
def status(ctx: typer.Context) -> None:
    """Count live and dead jobs by type, state and priority; name what is paused, and what limits and breakers hold."""
    from netraven_cli.store import pauses
    from netraven_cli.store.depth import depths
    from netraven_cli.store.held import held_jobs

    with opened(ctx) as (context, terminal), context.database.read() as connection:
        found, paused = depths(connection), pauses.list_all(connection)
        now = context.clock(connection)
        held = held_jobs(connection, context.settings.breaker, now)
        ages = [max(int((now - one.oldest_at).total_seconds()), 0) for one in found]
        rows = [{**plain_row(one), "age_seconds": age} for one, age in zip(found, ages, strict=True)]
        waiting = [age for one, age in zip(found, ages, strict=True) if one.state is JobState.READY]
        terminal.items(
            "queue", rows, COLUMNS,
            live=sum(one.jobs for one in found if one.state is not JobState.DEAD),
            dead=sum(one.jobs for one in found if one.state is JobState.DEAD),
            oldest_waiting_seconds=max(waiting, default=None),
            limit=context.settings.queue.limit,
            limit_per_type=context.settings.queue.limit_per_type,
            paused=[plain_row(one) for one in paused],
            held=[plain_row(one) for one in held],
        )  # fmt: skip
        for one in paused:
            terminal.say(f"{one.sentence}; take it back with: {one.remedy}")
        say_held(terminal, held)


@app.verb("pause")
def pause(
    ctx: typer.Context,
    job_type: Type = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why, for those who see it.")] = None,
) -> None:
    """Let no runner on any host begin jobs of a type; what runs goes on, and jobs can still be queued."""
    from netraven_cli.store import pauses
    from netraven_cli.store.words import storable

    with opened(ctx) as (context, terminal):
        _check(context, job_type)
        with context.database.write() as connection:
            why = None if reason is None else storable(reason)
            chosen = job_type or pauses.ALL
            pauses.put(connection, chosen, who=whoami(), reason=why, now=context.clock(connection))
            rows = [one for one in pauses.list_all(connection) if one.type == chosen]
        terminal.changed("pause", rows, f"{rows[0].sentence}; go on with: {rows[0].remedy}")


@app.verb("resume")
def resume(ctx: typer.Context, job_type: Type = None) -> None:
    """Let jobs of a type be done again; without a type, all that are paused."""
    from netraven_cli.store import pauses

    with opened(ctx) as (context, terminal):
        with context.database.write() as connection:
            lifted = pauses.lift(connection, job_type or pauses.ALL)
            left = pauses.find(connection, job_type) if job_type else None
        if not lifted:
            _check(context, job_type)
        if left:
            raise TryLaterError(f"{job_type} stays paused: {left.sentence}; take that back with: {left.remedy}")
        terminal.changed("pause", [], _resumed(lifted, job_type))


def _resumed(lifted: list[str], job_type: str | None) -> str:
    from netraven_cli.store import pauses

    if not lifted:
        return f"{job_type} was not paused" if job_type else "nothing was paused"
    names = ", ".join("every job type" if one == pauses.ALL else one for one in lifted)
    return f"{names}: no longer paused; the next netraven run goes on"


def _check(context: Context, job_type: str | None) -> None:
    if job_type and job_type not in context.handlers:
        raise UsageError(f"there is no job type {job_type}; there are: {', '.join(sorted(context.handlers))}")
