"""What is wrong with settings, as sentences that name the file and the line, or the variable."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

import yaml

from netraven_cli.settings.keys import Settings
from netraven_cli.settings.sections import BackoffSettings, RetryOverride, Section

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic import ValidationError

Key = tuple[str, ...]
MASK = "•••"
# In an address: what stands between the user's name and the @, and parameters that are secrets by their name.
PASSWORD = re.compile(r"(://[^:/?#]*:).*(@)")
PARAMETER = re.compile(r"(?i)((?:password|passwd|token|secret|key)=)[^&#]*")


def explain(error: ValidationError, text: str, source: Path | None, origins: Mapping[Key, str]) -> str:
    """All that is wrong, one sentence a line."""
    lines = line_numbers(text)
    return "\n".join(
        f"{_place(key, source, lines, origins)}: {_sentence(key, fault)}"
        for fault in error.errors(include_url=False, include_context=False)
        for key in [tuple(str(part) for part in fault["loc"] if part != "[key]")]
    )


def line_numbers(text: str) -> dict[Key, int]:
    """The line of each key in a YAML text, and of each item of its lists: their keys are their numbers."""
    found: dict[Key, int] = {}

    def visit(node: yaml.Node | None, above: Key) -> None:
        if isinstance(node, yaml.MappingNode):
            for name, value in node.value:
                key = (*above, str(name.value))
                found[key] = name.start_mark.line + 1
                visit(value, key)
        elif isinstance(node, yaml.SequenceNode):
            for number, item in enumerate(node.value):
                key = (*above, str(number))
                found[key] = item.start_mark.line + 1
                visit(item, key)

    visit(yaml.compose(text, Loader=yaml.SafeLoader), ())
    return found


def _place(key: Key, source: Path | None, lines: Mapping[Key, int], origins: Mapping[Key, str]) -> str:
    if key in origins:
        return f"the variable {origins[key]}"
    line = next((lines[key[:length]] for length in range(len(key), 0, -1) if key[:length] in lines), None)
    return f"{source}, line {line}" if line else str(source or "the settings")


def _sentence(key: Key, fault: Mapping[str, Any]) -> str:
    name = ".".join(key)
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, [*known_keys(), *_beside(key)], n=1)
        advice = f"did you mean {near[0]}?" if near else "see: netraven settings show"
        return f"there is no setting {name}; {advice}"
    message = fault["msg"].removeprefix("Value error, ")
    return f"{name} cannot be {mask(repr(fault['input']))}: {message[:1].lower()}{message[1:]}"


def _beside(key: Key) -> list[str]:
    """What can stand where a key stands within an override of `retry`."""
    if key[0] != "retry" or len(key) != 4:
        return []
    section = BackoffSettings if key[1] == "by_class" else RetryOverride
    return [".".join((*key[:3], name)) for name in section.model_fields]


def known_keys(section: type[Section] = Settings, above: str = "") -> list[str]:
    """The dotted names of all settings, sections included."""
    names = []
    for name, field in section.model_fields.items():
        if field.exclude:
            continue
        names.append(above + name)
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            names += known_keys(kind, f"{above}{name}.")
    return names


def mask(text: str) -> str:
    """An address without the secrets in it."""
    return PARAMETER.sub(rf"\1{MASK}", PASSWORD.sub(rf"\1{MASK}\2", text))
