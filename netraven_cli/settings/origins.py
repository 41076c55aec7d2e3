"""Every setting with its value and where it comes from."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netraven_cli.settings import load
from netraven_cli.settings.explain import line_numbers, mask
from netraven_cli.settings.sections import BackoffSettings, Section
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


def _flat(value: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    parts = _parts(value)
    if not parts:
        yield above, value
    for name, part in parts.items():
        yield from _flat(part, (*above, name))


def _parts(value: Any) -> dict[str, Any]:
    """What a section or a mapping consists of; of an override, what it says."""
    if isinstance(value, BackoffSettings):
        return {name: getattr(value, name) for name in value.model_fields_set}
    if isinstance(value, Section):
        return {name: getattr(value, name) for name, field in type(value).model_fields.items() if not field.exclude}
    if isinstance(value, dict):
        return {str(getattr(key, "value", key)): part for key, part in value.items()}
    return {}
