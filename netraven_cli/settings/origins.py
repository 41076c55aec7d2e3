"""Every setting with its value and where it comes from."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from netraven_cli.settings import load
from netraven_cli.settings.explain import line_numbers, mask
from netraven_cli.settings.sections import Section
from netraven_cli.settings.source import overlay, parse, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A setting; `origin` is a variable, a file with its line, or `default`."""

    key: str
    value: Any
    origin: str


def origins(config: Path | None = None, environ: Mapping[str, str] | None = None) -> list[Origin]:
    """All settings in force, secrets masked.

    Raises:
        SettingsError: something in them is wrong.
    """
    environ = os.environ if environ is None else environ
    settings = load(config, environ)
    text = read(settings.source) if settings.source else ""
    lines = line_numbers(text)
    variables = overlay(parse(text, settings.source), environ)

    def origin(key: tuple[str, ...]) -> str:
        if key in variables:
            return f"${variables[key]}"
        return f"{settings.source}:{lines[key]}" if key in lines else "default"

    return [
        Origin(key=".".join(key), value=mask(value) if isinstance(value, str) else value, origin=origin(key))
        for key, value in _flat(settings)
    ]


def _flat(section: Section, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if field.exclude:
            continue
        if isinstance(value, Section):
            yield from _flat(value, (*above, name))
        elif isinstance(value, dict):
            yield from (
                ((*above, name, f"{part.value if isinstance(part, Enum) else part}"), each)
                for part, each in value.items()
            )
        else:
            yield (*above, name), value
