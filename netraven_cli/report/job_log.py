"""All of one job in the order of time: changes of its state, its attempts, and its lines in this host's log."""

from __future__ import annotations

import gzip
import re
from collections import deque
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from netraven_cli.store import jobs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from netraven_cli.plugin import Context

LAST_LINES = 1000  # of a job that floods its log


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that happened to a job."""

    at: str  # RFC 3339, UTC
    kind: str  # event, attempt, log
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLog:
    """All that is known of a job."""

    job: int
    items: Sequence[jobs.EventRecord]
    attempts: Sequence[jobs.AttemptRecord]
    log: Sequence[str]


def job_log(context: Context, job_id: int) -> JobLog:
    """Gather it.

    Raises:
        NotFoundError: there is no job of that number.
    """
    with context.database.read() as connection:
        jobs.get(connection, job_id)
        events, attempts = jobs.events(connection, job_id), jobs.attempts(connection, job_id)
    return JobLog(job=job_id, items=events, attempts=attempts, log=log_lines(context.settings.logs_dir, job_id))


def log_lines(folder: Path, job_id: int) -> list[str]:
    """The lines of a job in the log files of this host, rotated ones first; the last thousand."""
    mine = re.compile(rf"\bjob={job_id}\b")
    found: deque[str] = deque(maxlen=LAST_LINES)
    for path in sorted(folder.glob("netraven.log*"), key=_order):
        try:
            with _opened(path) as file:
                found.extend(line.rstrip("\n") for line in file if mine.search(line))
        except (OSError, EOFError):
            continue  # rotated away at this moment, another user's, or cut short
    return list(found)


def _opened(path: Path) -> IO[str]:
    """A log, which maintenance may have compressed."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", errors="replace")
    return path.open(encoding="utf-8", errors="replace")


def _order(path: Path) -> tuple[bool, int, str]:
    """The oldest first: compressed ones by the time in their name, then netraven.log.2, .1, and netraven.log."""
    number = path.suffix.removeprefix(".")
    return path.suffix != ".gz", -int(number) if number.isdigit() else 0, path.name


def timeline(found: JobLog) -> list[Line]:
    """Everything in the order of time."""
    lines = [*_events(found), *_attempts(found), *_log(found)]
    return sorted(lines, key=lambda line: line.at.removesuffix("Z"))


def _events(found: JobLog) -> Iterator[Line]:
    for one in found.items:
        change = f"{one.before or 'new'} → {one.after}"
        yield Line(at=f"{one.at:%Y-%m-%dT%H:%M:%S.%fZ}", kind="event", text=f"{change} by {one.who}: {one.why}")


def _attempts(found: JobLog) -> Iterator[Line]:
    for one in found.attempts:
        seconds = (one.finished_at - one.started_at).total_seconds()
        fault = f" ({one.error_class})" if one.error_class else ""
        parts = [f"attempt {one.number}: {one.outcome}{fault} after {seconds:.1f} s", one.reason or ""]
        parts.append(f"logged in with {one.credential}" if one.credential else "")
        parts.append(f"transcript {one.transcript}" if one.transcript else "")
        text = "; ".join(part for part in parts if part)
        yield Line(at=f"{one.finished_at:%Y-%m-%dT%H:%M:%S.%fZ}", kind="attempt", text=text)


def _log(found: JobLog) -> Iterator[Line]:
    """Lines of the log begin with their time: cli/logs.py."""
    for line in found.log:
        at, _, text = line.partition(" ")
        yield Line(at=at, kind="log", text=text)
