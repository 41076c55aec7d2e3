"""How far a run is, in one line: what SIGUSR1 asks for."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from netraven_cli.model import JobState
from netraven_cli.model.duration import in_words
from netraven_cli.runner.outage import AWAY
from netraven_cli.store.depth import depths

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from netraven_cli.plugin import Context
    from netraven_cli.runner.pool import Slot
    from netraven_cli.runner.tally import Tally

WAITS = (JobState.READY, JobState.SCHEDULED)
ENOUGH_JOBS, ENOUGH_SECONDS = 20, 10  # before that, what is left cannot be told from what was done


def progress(context: Context, types: Sequence[str], tally: Tally, running: Collection[Slot]) -> str:
    """The line."""
    seconds = time.monotonic() - tally.began
    now = Counter(slot.held.type for slot in running)
    waiting = _waiting(context, types)
    parts = [_line(one, tally, now, waiting) for one in sorted({*tally.done, *now, *(waiting or ())})]
    done = sum(tally.done.values())
    parts += [_longest(running)] if running else []
    parts.append(f"{done / max(seconds, 0.001):.2g} jobs/s")
    if waiting and done >= ENOUGH_JOBS and seconds >= ENOUGH_SECONDS:
        left = sum(waiting.values()) + len(running)
        parts.append(f"about {in_words(left * seconds / done)} left")
    return f"progress after {in_words(seconds)}: {'; '.join(parts)}"


def _waiting(context: Context, types: Sequence[str]) -> Counter[str] | None:
    """Jobs that wait, by type; None while the database is away."""
    try:
        with context.database.read() as connection:
            found = depths(connection)
    except AWAY:
        return None
    counts: Counter[str] = Counter()
    for one in found:
        if one.state in WAITS and one.type in types:
            counts[one.type] += one.jobs
    return counts


def _line(job_type: str, tally: Tally, now: Counter[str], waiting: Counter[str] | None) -> str:
    left = "waiting unknown, the database is away" if waiting is None else f"{waiting[job_type]} waiting"
    return f"{job_type} {tally.done[job_type]} done, {now[job_type]} running, {left}"


def _longest(running: Collection[Slot]) -> str:
    slot = max(running, key=lambda one: one.seconds)
    return f"longest: {slot.held.subject} (job {slot.held.id}) for {in_words(slot.seconds)}"
