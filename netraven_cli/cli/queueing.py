"""From what somebody wants done to jobs in the queue."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from netraven_cli.cli.command import whoami
from netraven_cli.cli.submission import OnDuplicate
from netraven_cli.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from netraven_cli.cli.submission import Submission
    from netraven_cli.model import NewJob
    from netraven_cli.plugin import Context
    from netraven_cli.store.queue import Queued


def check_type(context: Context, job_type: str) -> None:
    """Refuse a job type that nobody does.

    Raises:
        UsageError: it is one.
    """
    if job_type not in context.handlers:
        raise UsageError(f"there is no job type {job_type!r}; there are: {', '.join(sorted(context.handlers))}")


def jobs_for(context: Context, wanted: Submission, now: datetime) -> list[NewJob]:
    """The jobs of a submission.

    Raises:
        UsageError: there is no such type, or what is wanted of the jobs does not go together.
    """
    from netraven_cli.runner.planning import jobs_of

    check_type(context, wanted.type)
    earliest = max(wanted.at or now, now)
    if wanted.expires and wanted.expires <= earliest:
        raise UsageError(f"a {wanted.type} that expires at {wanted.expires:%Y-%m-%dT%H:%M:%SZ} could never begin")
    planned = list(jobs_of(context, wanted.type, wanted.selector, wanted.params))
    if wanted.dedupe and len(planned) > 1:
        raise UsageError(f"the dedupe key {wanted.dedupe} is for one job, and these are {len(planned)}")
    return [
        replace(
            job, priority=wanted.priority, ready_at=wanted.at, expires_at=wanted.expires,
            dedupe_key=wanted.dedupe or job.dedupe_key, replaces=wanted.on_duplicate is OnDuplicate.REPLACE,
        )
        for job in planned
    ]  # fmt: skip


def queue_jobs(context: Context, new: list[NewJob]) -> tuple[Queued, list[object]]:
    """Queue jobs, as soon as there is room; what became of them, and how they stand.

    Raises:
        QueueFullError: there was no room.
    """
    from netraven_cli.store import capacity, jobs, queue

    limits = context.settings.queue

    def work() -> tuple[Queued, list[object]]:
        with context.database.write() as connection:
            now = context.clock(connection)
            queued = queue.submit(connection, new, now=now, run_id=None, who=whoami(), limits=limits)
            found = jobs.states(connection, queued.ids)
            return queued, [found[id_] for id_ in queued.ids]

    return capacity.when_there_is_room(limits, work, _pause)


def wake_up(context: Context) -> None:
    """Let the systemd of this machine start a run at once; where there is none, the next minute's run comes."""
    with suppress(OSError):
        context.settings.wake_file.touch()


def _pause() -> bool:
    from netraven_cli.store.capacity import POLL_SECONDS

    time.sleep(POLL_SECONDS)
    return True
