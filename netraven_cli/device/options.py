"""The options of a device as people write them: NAME=VALUE."""

from __future__ import annotations

import math
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from netraven_cli.errors import DataError
from netraven_cli.model import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

YES_AND_NO = {"yes": True, "true": True, "no": False, "false": False}


def changed_options(before: Options, given: Iterable[str]) -> Options:
    """The options with some changed, each given as `NAME=VALUE`; without a value, it is as for every device again.

    Raises:
        DataError: there is no such option, or it cannot have that value.
    """
    changes: dict[str, Any] = {}
    for each in given:
        name, sign, text = each.partition("=")
        name = name.strip()
        if not sign or name not in _READERS:
            near = get_close_matches(name, _READERS, n=1)
            advice = (
                f"did you mean {near[0]}=VALUE?" if near else f"it is NAME=VALUE, NAME one of {', '.join(_READERS)}"
            )
            raise DataError(f"there is no option {each!a}; {advice}")
        changes[name] = _READERS[name](name, text.strip()) if text.strip() else getattr(Options(), name)
    return replace(before, **changes)


def options_in_words(options: Options) -> list[str]:
    """What `changed_options` reads."""
    return [f"{name}={_in_words(value)}" for name, value in options.given().items()]


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _text(_name: str, text: str) -> str:
    return text


def _seconds(name: str, text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise DataError(f"the option {name} is a number of seconds, not {text!a}")
    return seconds


def _yes_or_no(name: str, text: str) -> bool:
    if text.lower() not in YES_AND_NO:
        raise DataError(f"the option {name} is yes or no, not {text!a}")
    return YES_AND_NO[text.lower()]


_READERS: dict[str, Callable[[str, str], Any]] = {
    "jump": _text,
    "source_address": _text,
    "login_timeout_seconds": _seconds,
    "idle_timeout_seconds": _seconds,
    "legacy_algorithms": _yes_or_no,
    "telnet": _yes_or_no,
}
