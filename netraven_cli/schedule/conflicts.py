"""Where schedules get in each other's way, judged by how long devices really take."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations, islice, pairwise
from typing import TYPE_CHECKING

from netraven_cli.model import Schedule, place_in_spread
from netraven_cli.model.duration import duration_text, in_words
from netraven_cli.schedule import hours
from netraven_cli.schedule.check import Finding
from netraven_cli.schedule.judge import judge, shown
from netraven_cli.schedule.occurrences import occurrences
from netraven_cli.schedule.wallclock import wall_of, zone_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from netraven_cli.schedule.blackout import Busy

    Usual = Callable[[str, str], float | None]  # seconds by job type and device; None: not measured

AHEAD = timedelta(days=8)  # each day of the week, and the next one of the same
MOST_STARTS = 1000  # of one schedule: every quarter of an hour is 768
MOST_DEVICES = 200  # of one pair: with a spread each has a place of its own
MINUTE = timedelta(minutes=1)
LONGER_MINUTES = 60  # how far beyond twice an even spread one is looked for: a hash is never that uneven


@dataclass(frozen=True, slots=True)
class Load:
    """A schedule with what it covers, and when it starts in the time ahead."""

    schedule: Schedule
    devices: frozenset[str]
    starts: Sequence[datetime]

    def place(self, device: str) -> timedelta:
        """Where a device is in the spread."""
        return place_in_spread(self.schedule.name, device, self.schedule.spread_seconds)

    def seconds(self, usual: Usual) -> float:
        """How long all its devices take together, as far as that was measured."""
        return sum(usual(self.schedule.type, device) or 0 for device in self.devices)


def load_of(schedule: Schedule, devices: Iterable[str], held_back: Busy, now: datetime) -> Load:
    """What a schedule brings in the time ahead."""
    due_times = islice(occurrences(schedule.pattern, schedule.timezone, now, now + AHEAD), MOST_STARTS)
    starts = {verdict.at for verdict in (judge(schedule, held_back, due_at) for due_at in due_times) if verdict.at}
    return Load(schedule, frozenset(devices), sorted(starts))


def conflicts(loads: Sequence[Load], usual: Usual, workers: int) -> Iterator[Finding]:
    """All that collides among schedules, or is more than the workers can do."""
    for one in loads:
        yield from _with_itself(one, usual)
        yield from _more_than_fits(one, usual, workers)
        yield from _past_its_window(one)
    for one, other in _pairs(loads):
        yield from _too_close(one, other, usual)
    yield from _piles(loads, usual, workers)


def _pairs(loads: Sequence[Load]) -> list[tuple[Load, Load]]:
    """Loads of one job type that share a device."""
    by_device: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, one in enumerate(loads):
        for device in one.devices:
            by_device[one.schedule.type, device].append(number)
    found = {pair for numbers in by_device.values() for pair in combinations(numbers, 2)}
    return [(loads[one], loads[other]) for one, other in sorted(found)]


def _with_itself(one: Load, usual: Usual) -> Iterator[Finding]:
    gap = min((later - earlier for earlier, later in pairwise(one.starts)), default=None)
    if gap is None:
        return
    slow = {device: usual(one.schedule.type, device) or 0 for device in one.devices}
    late = sorted(device for device, seconds in slow.items() if seconds > gap.total_seconds())
    if late:
        length, usually = in_words(gap.total_seconds()), in_words(slow[late[0]])
        yield _problem(one, f"is due every {length}, but {_named(late)} usually takes {usually}")


def _too_close(one: Load, other: Load, usual: Usual) -> Iterator[Finding]:
    """Whether the two come to a shared device again before it is done with; the closest such device is named."""
    close = []
    shared = sorted(one.devices & other.devices)
    for device in shared[:MOST_DEVICES]:
        shift = other.place(device) - one.place(device)
        gap, at = _closest(one.starts, [start + shift for start in other.starts])
        seconds = usual(one.schedule.type, device) or 0
        if at is not None and (gap.total_seconds() < seconds or not gap):
            close.append((gap, device, at + one.place(device), seconds))
    if close:
        gap, device, at, seconds = min(close)
        names = _named([device, *(name for _, name, _, _ in close if name != device)])
        usually = f"usually {in_words(seconds)} long" if seconds else "of a length that was not measured yet"
        apart = f"{in_words(gap.total_seconds())} apart" if gap else "at the same time"
        text = f"and {other.schedule.name} cover {names} {apart} at {shown(at)}, each {usually}; move one of them"
        yield _problem(one, text, other.schedule.name)


def _closest(ones: Sequence[datetime], others: Sequence[datetime]) -> tuple[timedelta, datetime | None]:
    """The smallest distance between the times of two sorted lists, and where it is."""
    best: tuple[timedelta, datetime | None] = (AHEAD, None)
    for at in ones:
        place = bisect_left(others, at)
        for other in others[max(place - 1, 0) : place + 1]:
            if abs(at - other) < best[0]:
                best = abs(at - other), at
    return best


def _more_than_fits(one: Load, usual: Usual, workers: int) -> Iterator[Finding]:
    wanted = one.seconds(usual)
    for start, following in pairwise([*one.starts, None]):
        if start is None:
            return
        room = _room(one.schedule, start, following)
        if room is not None and wanted > workers * room.total_seconds():
            predicted = f"{wanted:.0f} device-seconds are predicted from {shown(start)} on"
            fits = f"{workers} workers have {workers * room.total_seconds():.0f} in {in_words(room.total_seconds())}"
            yield _problem(one, f"{predicted}, and {fits}; give it more workers, more time or fewer devices")
            return


def _room(schedule: Schedule, start: datetime, following: datetime | None) -> timedelta | None:
    """How long a start may take: to the next one, to the end of the window, or its maximum run time."""
    limits = [following - start] if following else []
    closing = _closing(schedule, start)
    limits += [closing] if closing else []
    limits += [timedelta(seconds=schedule.max_runtime_seconds)] if schedule.max_runtime_seconds else []
    return min(limits, default=None)


def _closing(schedule: Schedule, start: datetime) -> timedelta | None:
    """How long the window is open yet."""
    if not schedule.window:
        return None
    wall = wall_of(start, zone_of(schedule.timezone))
    closes = hours.read(schedule.window).closing(wall)
    return closes - wall if closes else None


def _past_its_window(one: Load) -> Iterator[Finding]:
    spread = timedelta(seconds=one.schedule.spread_seconds)
    for start in one.starts:
        left = _closing(one.schedule, start)
        if spread and left is not None and left < spread:
            text = f"its spread of {duration_text(one.schedule.spread_seconds)} from {shown(start)} on"
            yield _problem(one, f"{text} goes beyond its window, which closes after {in_words(left.total_seconds())}")
            return


def _piles(loads: Sequence[Load], usual: Usual, workers: int) -> Iterator[Finding]:
    """Minutes in which more devices are to start than there are workers, by the schedules that make them."""
    starting: Counter[datetime] = Counter()
    makers: dict[datetime, set[int]] = defaultdict(set)
    for number, one in enumerate(loads):
        places = Counter(one.place(device) // MINUTE for device in one.devices)
        for start in one.starts:
            for minute, count in places.items():
                at = (start + minute * MINUTE).replace(second=0)
                starting[at] += count
                makers[at].add(number)
    worst: dict[tuple[int, ...], tuple[int, datetime]] = {}
    for at, count in starting.items():
        if count > workers:
            key = tuple(sorted(makers[at]))
            worst[key] = max(worst.get(key, (0, at)), (count, at), key=lambda pair: (pair[0], -pair[1].timestamp()))
    for key, (count, at) in sorted(worst.items()):
        yield _pile([loads[number] for number in key], count, at, usual, workers)


def _pile(loads: Sequence[Load], count: int, at: datetime, usual: Usual, workers: int) -> Finding:
    seconds = sum(one.seconds(usual) for one in loads)
    largest = max(loads, key=lambda one: len(one.devices))
    others = [one.schedule.name for one in loads if one is not largest]
    together = f"with {_named(others)} " if others else ""
    least = max(math.ceil(count / workers), math.ceil(seconds / workers / 60))
    spread = duration_text(_cure(largest, least, workers) * 60)
    cure = f"netraven schedule edit {largest.schedule.name} --spread {spread}"
    text = f"{together}starts {count} devices in the minute of {shown(at)}, for {workers} workers; spread them: {cure}"
    return _problem(largest, text, *others)


def _cure(one: Load, least: int, workers: int) -> int:
    """The shortest spread in minutes, from `least` on, in no minute of which more devices start than workers are."""
    name = one.schedule.name
    for minutes in range(least, 2 * least + LONGER_MINUTES):
        places = Counter(place_in_spread(name, device, minutes * 60) // MINUTE for device in one.devices)
        if max(places.values()) <= workers:
            return minutes
    return 2 * least + LONGER_MINUTES


def _named(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _problem(one: Load, text: str, *also: str) -> Finding:
    return Finding(schedule=one.schedule.name, severity="problem", finding=text, also=also)
