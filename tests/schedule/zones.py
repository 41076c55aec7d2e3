"""Zones whose clocks jump in each way there is, and times around their jumps."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import islice
from zoneinfo import ZoneInfo

from hypothesis import strategies

from netraven_cli.schedule.occurrences import occurrences

UTC = timezone.utc
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # by half an hour
    "Africa/Casablanca",  # back for Ramadan, whose dates move
    "America/Havana",  # at midnight
    "Asia/Kolkata",  # never, but half an hour beside the others
    "UTC",
)
NIGHTS = [  # when clocks jump
    f"cron {text}"
    for text in (
        "30 2 * * *",
        "0 0 * * *",
        "30 1,3 * * *",
        "*/20 1-3 * * *",
        "15 0,23 * * *",
        "45 * * * 0",
        "0 3 * * *",
    )
]
FEW, MANY = 30, 200
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def jumps(zone: str) -> list[datetime]:
    """The hours in which a zone's clock jumps, looked for hour by hour."""
    info, hour, found = ZoneInfo(zone), timedelta(hours=1), []
    for number in range(3 * 8766):
        instant = FIRST + number * hour
        if instant.astimezone(info).utcoffset() != (instant + hour).astimezone(info).utcoffset():
            found.append(instant)
    return found


JUMPS = {zone: jumps(zone) for zone in ZONES}
NAMES = strategies.sampled_from(ZONES)


def moments(zone: str) -> strategies.SearchStrategy[datetime]:
    """Moments of three years, every other one near a jump of the zone's clock."""
    anywhere = strategies.integers(0, 3 * 8766 * 3600).map(lambda seconds: FIRST + timedelta(seconds=seconds))
    if not JUMPS[zone]:
        return anywhere
    beside = strategies.integers(-100_000, 100_000).map(lambda seconds: timedelta(seconds=seconds))
    near = strategies.builds(lambda jump, distance: jump + distance, strategies.sampled_from(JUMPS[zone]), beside)
    return strategies.one_of(anywhere, near)


def around(jump: datetime, pattern: str, zone: str) -> list[datetime]:
    """The due times in the 30 days around a jump of a zone's clock: those beside it, and some of the rest."""
    near, far = timedelta(days=2), timedelta(days=15)
    before = islice(occurrences(pattern, zone, jump - far, jump - near), FEW)
    beside = islice(occurrences(pattern, zone, jump - timedelta(hours=4), jump + timedelta(hours=4)), MANY)
    close = islice(occurrences(pattern, zone, jump - near, jump + near), FEW)
    after = islice(occurrences(pattern, zone, jump + near, jump + far), FEW)
    return sorted({*before, *beside, *close, *after})


def _field(low: int, high: int) -> strategies.SearchStrategy[str]:
    number = strategies.integers(low, high)
    ranges = strategies.tuples(number, number).map(lambda pair: f"{min(pair)}-{max(pair)}")
    steps = strategies.integers(2, (high - low) // 2).map(lambda step: f"*/{step}")
    lists = strategies.lists(number, min_size=1, max_size=3, unique=True).map(lambda many: ",".join(map(str, many)))
    return strategies.one_of(strategies.just("*"), lists, ranges, steps)


MINUTE, HOUR = _field(0, 59), _field(0, 23)
DAY = strategies.one_of(strategies.just("*"), _field(1, 28), strategies.sampled_from(["L", "31", "LW", "1,L"]))
MONTH = strategies.one_of(strategies.just("*"), strategies.sampled_from(["3", "10", "1-6", "*/2"]))
WEEKDAY = strategies.one_of(strategies.just("*"), _field(0, 6), strategies.sampled_from(["2#2", "5L", "1#5", "7"]))


@strategies.composite
def cron_patterns(draw: strategies.DrawFn) -> str:
    """Cron expressions; some of them are due in the small hours, when clocks jump."""
    if draw(strategies.booleans()):
        night = strategies.sampled_from(["30 2", "0 3", "*/15 1-3", "0 0", "15 0", "59 23", "*/15 *", "0 *", "10 0-2"])
        return f"cron {draw(night)} * * *"
    fields = (draw(field) for field in (MINUTE, HOUR, DAY, MONTH, WEEKDAY))
    return "cron " + " ".join(fields)


INTERVALS = strategies.one_of(
    strategies.sampled_from([60, 300, 900, 1800, 3600, 5400, 7200, 86400, 2 * 86400]),
    strategies.integers(1, 10_000).map(lambda minutes: minutes * 60),
).map(lambda seconds: f"every {seconds}")
PATTERNS = strategies.one_of(cron_patterns(), INTERVALS)
