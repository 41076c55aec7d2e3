"""`netraven job submit TYPE --from-syslog`: what changed is fetched soon, with no daemon of ours.

Time is cut into spans of the hold-off. Of each device and span there is one job, ready when the span is over: so a
flood of lines is one job a span, and no change is missed, since one that comes while a job runs belongs to a later one.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from netraven_cli.cli.queueing import check_type, jobs_for, queue_jobs, wake_up
from netraven_cli.errors import NetravenError, NoInputError
from netraven_cli.model import Selector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netraven_cli.cli.render import Terminal
    from netraven_cli.cli.submission import Submission
    from netraven_cli.device.change_messages import ChangeMessages
    from netraven_cli.plugin import Context

LONGEST = 8192  # bytes of a line that are looked at: syslog servers send no more


@dataclass(slots=True)
class Heard:
    """What came so far."""

    lines: int = 0
    changes: int = 0  # lines that tell of a change of a device of ours
    queued: int = 0  # jobs


@dataclass(slots=True)
class Span:
    """One hold-off: the devices that have a job in it already."""

    number: int = -1
    devices: set[str] = field(default_factory=set)
    messages: ChangeMessages | None = None


def follow(context: Context, terminal: Terminal, wanted: Submission, source: str, *, dry_run: bool) -> None:
    """Read lines until they end, and queue what they ask for.

    Raises:
        NoInputError: there is nothing to read.
        NotFoundError: the selector names something that is not there.
        UsageError: there is no such job type.
    """
    check_type(context, wanted.type)
    heard, span = Heard(), Span()
    _begin(context, wanted, span)
    for line in _lines(source):
        heard.lines += 1
        _begin(context, wanted, span)
        named = span.messages.changed(line) if span.messages else []
        heard.changes += bool(named)
        new = [device.name for device in named if device.name not in span.devices]
        if new and (dry_run or _queued(context, terminal, wanted, new, span)):
            span.devices.update(new)
            heard.queued += len(new)
    terminal.record("syslog", asdict(heard))
    terminal.say("they are done by: netraven run --due" if heard.queued and not dry_run else "no job was queued")


def _begin(context: Context, wanted: Submission, span: Span) -> None:
    """Go on to the span of this moment; the inventory is read anew with each."""
    number = int(context.now().timestamp() // context.settings.backup.hold_off_seconds)
    if number == span.number:
        return
    from netraven_cli.device.change_messages import ChangeMessages
    from netraven_cli.device.platforms import load_platforms
    from netraven_cli.store import inventory

    look = inventory.find if wanted.selector.is_open else inventory.select
    with context.database.read() as connection:
        devices = look(connection, wanted.selector)
    span.messages = ChangeMessages(devices, load_platforms(context.settings.platforms_file))
    span.number = number
    span.devices.clear()


def _queued(context: Context, terminal: Terminal, wanted: Submission, names: list[str], span: Span) -> bool:
    """Queue jobs for the end of the span; False if it could not be done: the device's next line tries again."""
    seconds = (span.number + 1) * context.settings.backup.hold_off_seconds
    over = datetime.fromtimestamp(seconds, timezone.utc)
    mine = replace(wanted, selector=Selector(names=tuple(names)), at=over)
    try:
        jobs = jobs_for(context, mine, context.now())
        queue_jobs(
            context,
            [replace(job, dedupe_key=f"syslog:{job.type}:{job.subject}:{seconds:g}", ready_at=over) for job in jobs],
        )
    except NetravenError as error:
        terminal.complain(f"{', '.join(names)} not queued: {error}")
        return False
    wake_up(context)
    return True


def _lines(source: str) -> Iterator[str]:
    try:
        stream: BinaryIO = sys.stdin.buffer if source == "-" else Path(source).open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise NoInputError(f"{source} cannot be read: {error.strerror}") from None
    with stream:
        whole = True
        while line := stream.readline(LONGEST):
            if whole:  # else it is the rest of a line that is too long
                yield line.decode("utf-8", "replace").rstrip("\r\n")
            whole = line.endswith(b"\n")
