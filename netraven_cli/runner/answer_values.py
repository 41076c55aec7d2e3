"""The values of an answer: each of its kind, and within what the queue and its columns take."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from netraven_cli.errors import ErrorClass
from netraven_cli.model import Priority

if TYPE_CHECKING:
    from collections.abc import Mapping

Types = dict[str, "type | tuple[type, ...]"]
SHORT, LONG = 255, 8192  # characters of a name; of a path, a key
YEARS = range(1970, 9000)  # what every database and arithmetic has room for
MONTH_SECONDS = 31 * 24 * 60 * 60


class MalformedError(Exception):
    """An answer is not what it should be."""


def priority_of(number: int) -> Priority:
    """A priority that there is."""
    try:
        return Priority.of(number)
    except ValueError as error:
        raise MalformedError(str(error)) from None


def time_of(text: str | None) -> datetime | None:
    """A time with its zone."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise MalformedError(f"{text!r} is no time") from None
    if moment.tzinfo is None or moment.year not in YEARS:
        raise MalformedError(f"the time {text} has no zone, or is nobody's")
    return moment


def class_of(text: str | None) -> ErrorClass:
    """The class of a failure."""
    try:
        return ErrorClass(text)
    except ValueError:
        raise MalformedError(f"there is no error class {text!r}") from None


def text_of(name: str, text: str | None, length: int) -> str | None:
    """A text that fits into its column, and that every database takes."""
    if text is None:
        return None
    if len(text) > length or "\0" in text or not text.isprintable():
        raise MalformedError(f"its {name} is longer than {length} characters, or has characters that cannot be shown")
    return text


def fields_of(what: str, given: object, types: Types) -> Mapping[str, Any]:
    """An object with no fields but these, each of its type."""
    if not isinstance(given, dict):
        raise MalformedError(f"it has no {what}")
    for name, value in given.items():
        if name not in types or not isinstance(value, types[name]):
            raise MalformedError(f"its {what} has a field {name!r} of the type {type(value).__name__}")
    return given


def number_of(name: str, number: float | None, least: float, most: float) -> float | None:
    """A number within its bounds."""
    if number is not None and not least <= number <= most:  # NaN is not either
        raise MalformedError(f"its {name} is {number}, and not from {least} to {most}")
    return number
