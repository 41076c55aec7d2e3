"""Cron expressions: checked with the column of what is wrong, and read into sets.

cronsim evaluates them; it is asked in naive wall-clock time alone, see occurrences.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from cronsim import CronSim, CronSimError

from netraven_cli.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
MACROS = {  # man 5 crontab; each is one expression of five fields
    "@HOURLY": "0 * * * *",
    "@DAILY": "0 0 * * *",
    "@MIDNIGHT": "0 0 * * *",
    "@WEEKLY": "0 0 * * 0",
    "@MONTHLY": "0 0 1 * *",
    "@YEARLY": "0 0 1 1 *",
    "@ANNUALLY": "0 0 1 1 *",
}
TERM = re.compile(r"(?:(?P<all>\*)|(?P<first>[0-9]+|[A-Z]{3})(?:-(?P<last>[0-9]+|[A-Z]{3}))?)(?:/(?P<step>[0-9]+))?")
NTH_DAY = re.compile(r"(?P<day>[0-7]|[A-Z]{3})(?:#(?P<nth>[1-5])|(?P<last>L))")


@dataclass(frozen=True, slots=True)
class Field:
    """One of the five fields."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def number(self, text: str) -> int:
        """The value of a number or a name; raises ValueError with a sentence if it is none of this field."""
        if text in self.names:
            return self.names.index(text) + self.low
        if not self.low <= _number(text) <= self.high:
            also = f" or {self.names[0]}-{self.names[-1]}" if self.names else ""
            raise ValueError(f"is no {self.name}; write {self.low}-{self.high}{also}")
        return int(text)


def _number(text: str) -> int:
    """A number of at most four digits; -1 if it is none, or longer than any field has use for."""
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) else -1


FIELDS = (
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day of month", 1, 31),
    Field("month", 1, 12, MONTHS),
    Field("day of week", 0, 7, DAYS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """A cron expression as sets of plain values; Sunday is 0."""

    text: str
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    last_day: bool  # L
    last_working_day: bool  # LW
    nth_weekdays: frozenset[tuple[int, int]]  # (2, 3): the third Tuesday
    last_weekdays: frozenset[int]  # {5}: the last Friday
    either_day: bool  # day of month and day of week are both restricted: one of them must match, not both

    @property
    def every_hour(self) -> bool:
        """Whether no hour is left out: such a pattern is an interval, not a time of day."""
        return len(self.hours) == 24

    @property
    def every_month_day(self) -> bool:
        """Whether the day of month restricts nothing."""
        return len(self.days) == 31

    @property
    def every_weekday(self) -> bool:
        """Whether the day of week restricts nothing."""
        return len(self.weekdays) == 7

    @property
    def every_day(self) -> bool:
        """Whether the two day fields restrict nothing."""
        both = (self.every_month_day, self.every_weekday)
        return any(both) if self.either_day else all(both)

    @property
    def every_date(self) -> bool:
        """Whether it is due on each day of the year."""
        return self.every_day and len(self.months) == 12

    @property
    def repeats(self) -> bool:
        """Whether it is due again when the clock shows the same time a second time: intervals up to an hour are."""
        return self.every_hour or len(self.minutes) > 1

    def walls(self, after: datetime) -> Iterator[datetime]:
        """The times (naive) that a clock without jumps would show after a time."""
        return CronSim(self.text, after)


def canonical(expression: str) -> str:
    """An expression of five fields in its one spelling: single spaces, numbers for names.

    Raises:
        DataError: it is none, or is never due; the sentence names the field and the column.
    """
    if expression.strip().startswith("@"):
        return _macro(expression)
    found = list(re.finditer(r"[^ \t]+", expression))
    if len(found) != 5:
        raise DataError(
            f"the cron expression {expression!r} has {len(found)} fields; write five: minute, hour, day of month, "
            "month, day of week, as in '30 2 * * *'"
        )
    fields = zip(FIELDS, found, strict=True)
    spelt = " ".join(_field(field, match.group(), match.start(), expression) for field, match in fields)
    _check_fires(spelt, expression, found[2].start() + 1)
    return spelt


@lru_cache(maxsize=1024)
def read(text: str) -> Cron:
    """A canonical expression as sets.

    Raises:
        DataError: it is none.
    """
    try:
        cron = CronSim(text, datetime(2000, 1, 1))  # noqa: DTZ001 - it is asked in wall-clock time
    except CronSimError as error:
        raise DataError(f"the cron expression {text!r} is not understood: {error}; edit the schedule") from None
    plain = {int(day) % 7 for day in cron.weekdays if isinstance(day, int)}
    special = [day for day in cron.weekdays if isinstance(day, tuple)]
    return Cron(
        text=text,
        minutes=frozenset(cron.minutes),
        hours=frozenset(cron.hours),
        days=frozenset(day for day in cron.days if day > 0),
        months=frozenset(cron.months),
        weekdays=frozenset(plain),
        last_day=CronSim.LAST in cron.days,
        last_working_day=CronSim.LAST_WEEKDAY in cron.days,
        nth_weekdays=frozenset((day % 7, nth) for day, nth in special if nth != CronSim.LAST),
        last_weekdays=frozenset(day % 7 for day, nth in special if nth == CronSim.LAST),
        either_day=not cron.day_and,
    )


def _macro(expression: str) -> str:
    spelt = MACROS.get(expression.strip().upper())
    if spelt is None:
        raise DataError(f"{expression!r} is no time; write five fields, or one of {', '.join(MACROS).lower()}")
    return spelt


def _field(field: Field, text: str, start: int, expression: str) -> str:
    terms, column = [], start + 1
    for term in text.split(","):
        try:
            terms.append(_term(field, term.upper()))
        except ValueError as error:
            raise DataError(
                f"the cron expression {expression!r} is wrong at column {column}, in the field {field.name}: "
                f"{term!r} {error}"
            ) from None
        column += len(term) + 1
    return ",".join(terms)


def _term(field: Field, term: str) -> str:
    if field.low == 1 and field.high == 31 and term in ("L", "LW"):
        return term
    if field.high == 7 and (special := NTH_DAY.fullmatch(term)):
        return f"{field.number(special['day'])}{'L' if special['last'] else '#' + special['nth']}"
    match = TERM.fullmatch(term)
    if not match:
        raise ValueError("is not understood; write a number, a range (1-5), a list (1,3), a step (*/15) or *")
    return _range(field, match) + _step(field, match["step"])


def _range(field: Field, match: re.Match[str]) -> str:
    if match["all"]:
        return "*"
    first = field.number(match["first"])
    if match["last"] is None:
        return str(first)
    last = 7 if match["last"] == "SUN" else field.number(match["last"])
    if last < first:
        raise ValueError("runs backwards; write two ranges with a comma between them")
    return f"{first}-{last}"


def _step(field: Field, step: str | None) -> str:
    if step is None:
        return ""
    if not 1 <= _number(step) <= field.high - field.low:
        raise ValueError(f"has a step that is not between 1 and {field.high - field.low}")
    return f"/{int(step)}"


def _check_fires(text: str, expression: str, column: int) -> None:
    """Refuse what never comes: cronsim says so at once for 31 February, and by giving up after 50 years."""
    try:
        due = next(CronSim(text, datetime(2000, 1, 1)), None)  # noqa: DTZ001 - it is asked in wall-clock time
    except CronSimError:  # what it can still refuse after our checks is the day
        due = None
    if due is None:
        raise DataError(_never(expression, column))


def _never(expression: str, column: int) -> str:
    return (
        f"the cron expression {expression!r} is never due: no month that it names has the day of month at column "
        f"{column}; write L for the last day of a month"
    )
