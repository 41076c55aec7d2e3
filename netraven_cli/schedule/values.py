"""The values of a schedule as texts: what options and files give becomes fields, and fields are written back."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

from netraven_cli.errors import DataError
from netraven_cli.model import NewSchedule
from netraven_cli.model.duration import duration, duration_text
from netraven_cli.schedule import hours
from netraven_cli.schedule.pattern import instant
from netraven_cli.schedule.rules import MOST_MISFIRES, ON_BLACKOUT, OVERLAP
from netraven_cli.schedule.wallclock import zone_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CLEAR = object()  # given for a value that is to be as if it had never been given
MISFIRE = {"skip": 0, "once": 1}
DEFAULTS = {
    field.name: field.default if field.default_factory is MISSING else field.default_factory()
    for field in fields(NewSchedule)
}


def read(given: Mapping[str, Any], timezone: str) -> dict[str, Any]:
    """Fields of a schedule by name, for the keys that are given (not None); times without an offset are of its zone.

    Raises:
        DataError: a value is not valid; the sentence says what would be.
    """
    found: dict[str, Any] = {}
    for key, (field, parse) in READERS.items():
        value = given.get(key)
        if value is CLEAR:
            found[field] = DEFAULTS[field]
        elif value is not None:
            found[field] = parse(key, value, timezone)
    return found


def write(schedule: NewSchedule) -> dict[str, Any]:
    """The keys whose values are not the defaults, as `read` takes them."""
    found = {}
    for key, (field, _) in READERS.items():
        value = getattr(schedule, field)
        if value != DEFAULTS[field]:
            found[key] = _text(field, value)
    return found


def misfire_words(misfire: int) -> str:
    """The policy as it is given: skip, once, or how many."""
    return {number: word for word, number in MISFIRE.items()}.get(misfire, str(misfire))


def _text(field: str, value: Any) -> Any:
    if field == "misfire":
        return misfire_words(value)
    if field.endswith("_seconds"):
        return duration_text(value)
    if hasattr(value, "isoformat"):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    return list(value) if isinstance(value, tuple) else value


def _several(key: str, value: Any, _timezone: str) -> tuple[str, ...]:
    if isinstance(value, str) or not all(isinstance(one, str) for one in value):
        raise DataError(f"{key} must be a list of texts, not {value!r}")
    return tuple(dict.fromkeys(value))


def _window(key: str, value: Any, timezone: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(hours.canonical(one) for one in _several(key, value, timezone)))


def _one_of(choices: tuple[str, ...]) -> Callable[[str, Any, str], str]:
    def parse(key: str, value: Any, _timezone: str) -> str:
        if value not in choices:
            raise DataError(f"{key} cannot be {value!r}; it is {', '.join(choices[:-1])} or {choices[-1]}")
        return str(value)

    return parse


def _moment(key: str, value: Any, timezone: str) -> Any:
    return instant(str(value), zone_of(timezone), key)


def _seconds(key: str, value: Any, _timezone: str) -> int:
    try:
        return int(duration(str(value)).total_seconds())
    except ValueError as error:
        raise DataError(f"{key}: {error}") from None


def _misfire(key: str, value: Any, _timezone: str) -> int:
    text = str(value)
    if text in MISFIRE:
        return MISFIRE[text]
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= MOST_MISFIRES):
        raise DataError(f"{key} cannot be {value!r}; it is skip, once, or how many are caught up: 2 to {MOST_MISFIRES}")
    return int(text)


def _count(key: str, value: Any, _timezone: str) -> int:
    text = str(value)
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= MOST_ATTEMPTS):
        raise DataError(f"{key} cannot be {value!r}; it is a number from 1 to {MOST_ATTEMPTS}")
    return int(text)


def _words(key: str, value: Any, _timezone: str) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise DataError(f"{key} must be a text, not {value!r}")
    return value


MOST_ATTEMPTS = 1000
READERS: dict[str, tuple[str, Callable[[str, Any, str], Any]]] = {
    "window": ("window", _window),
    "blackouts": ("blackouts", _several),
    "on_blackout": ("on_blackout", _one_of(ON_BLACKOUT)),
    "valid_from": ("valid_from", _moment),
    "valid_until": ("valid_until", _moment),
    "misfire": ("misfire", _misfire),
    "grace": ("grace_seconds", _seconds),
    "overlap": ("overlap", _one_of(OVERLAP)),
    "spread": ("spread_seconds", _seconds),
    "attempts": ("attempts", _count),
    "timeout": ("timeout_seconds", _seconds),
    "max_runtime": ("max_runtime_seconds", _seconds),
    "paused_until": ("paused_until", _moment),
    "pause_reason": ("pause_reason", _words),
    "note": ("note", _words),
}
