"""When a schedule is due: pure functions of its pattern, its time zone and a stretch of time."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING

from netraven_cli.errors import DataError
from netraven_cli.schedule import cron, wallclock
from netraven_cli.schedule.wallclock import EPOCH, SECOND, UTC, Span

if TYPE_CHECKING:
    from collections.abc import Iterator


def occurrences(pattern: str, timezone: str, after: datetime, until: datetime | None = None) -> Iterator[datetime]:
    """The times (aware, UTC) at which a pattern is due: later than `after`, and not later than `until`.

    A time of day that the zone's clock leaves out is due once, at the first instant after the jump. One that the
    clock shows twice is due the first time. Patterns with more than one minute in an hour, or with every hour, are
    intervals: they are due whenever the clock shows their minutes, and nothing is made up for minutes that it left out.

    Raises:
        DataError: this machine does not know the zone, or the pattern was not made by `pattern.parse`.
    """
    if after.tzinfo is None:
        raise TypeError(f"a naive time: {after}")
    kind, _, text = pattern.partition(" ")
    if kind not in _KINDS:
        raise DataError(f"the pattern {pattern!r} is not understood; edit the schedule")
    found = _KINDS[kind](text, timezone, after.astimezone(UTC))
    return found if until is None else takewhile(lambda instant: instant <= until, found)


def next_occurrence(pattern: str, timezone: str, after: datetime) -> datetime | None:
    """The first due time after an instant; None if it is never due again."""
    return next(occurrences(pattern, timezone, after), None)


def _at(text: str, _timezone: str, after: datetime) -> Iterator[datetime]:
    instant = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC)
    if instant > after:
        yield instant


def _every(text: str, _timezone: str, after: datetime) -> Iterator[datetime]:
    """Multiples of the interval since 1970, in real time: the same instants whenever and wherever it is asked."""
    step = timedelta(seconds=int(text))
    instant = EPOCH + ((after - EPOCH) // step + 1) * step
    while True:
        yield instant
        instant += step


def _cron(text: str, timezone: str, after: datetime) -> Iterator[datetime]:
    rule = cron.read(text)
    for span in wallclock.spans(wallclock.zone_of(timezone), after):
        yield from (instant for instant in _in_span(rule, span, after) if instant > after)


def _in_span(rule: cron.Cron, span: Span, after: datetime) -> Iterator[datetime]:
    """Due times within a span; at its start, what the jump into it left out or shows again."""
    if span.end <= after:
        return
    made_up = span.start > after and leaves_out(rule, span)
    if made_up:
        yield span.start
    begin = wallclock.wall(max(span.start, after), span.offset)
    if not rule.repeats:
        begin = max(begin, span.expected)  # what the clock shows again is not due again
    for shown in rule.walls(begin - SECOND):
        if shown >= span.closes:
            return
        if not (made_up and shown == span.opens):
            yield (shown - span.offset).replace(tzinfo=UTC)


def leaves_out(rule: cron.Cron, span: Span) -> bool:
    """Whether the jump at the start of a span went over a due time, which is made up for then."""
    return not rule.every_hour and span.offset > span.before and _is_due(rule, span.expected, span.opens)


def shows_again(rule: cron.Cron, span: Span) -> bool:
    """Whether the clock shows a due time again after the jump at the start of a span, which is not due again then."""
    return not rule.repeats and span.offset < span.before and _is_due(rule, span.opens, span.expected)


def _is_due(rule: cron.Cron, begin: datetime, end: datetime) -> bool:
    first = next(rule.walls(begin - SECOND), None)
    return first is not None and first < end


_KINDS = {"at": _at, "every": _every, "cron": _cron}
