"""Platforms as YAML: read, and checked; what is wrong is named with its file and line."""

from __future__ import annotations

import re
from dataclasses import fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import yaml

from netraven_cli.errors import SettingsError
from netraven_cli.model import Block, Platform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

Patterns = tuple[tuple[str, tuple[str, ...]], ...]  # of secrets: kind -> expressions

STRUCTURES = ("braces", "config-blocks", "json", "prompt", "set-lines", "xml")
LIKE = "like"  # among the kinds of `secrets`: the platform whose patterns count, too
_KIND = re.compile(r"[a-z-]{1,40}")
_NOT_ALONE = re.compile(r"\\[1-9]|\(\?P|\(\?[a-zA-Z]+\)")  # groups by name or number, flags of the whole
_BLOCKS = ("volatile_blocks", "ignore_blocks")
_BLOCK_KEYS = {field.name for field in fields(Block)}
_PATTERNS = {
    "change_messages", "end_marker", "volatile", "ignore", "required", "error_patterns", "pager", "prompt_varies",
}  # fmt: skip
_KEYS = {field.name: str(field.type) for field in fields(Platform) if field.name != "name"}
_KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {  # type in model/platform.py: (whether a value fits, in words)
    "str": (lambda value: isinstance(value, str), "a text"),
    "str | None": (lambda value: value is None or isinstance(value, str), "a text"),
    "bool": (lambda value: isinstance(value, bool), "true or false"),
    "int": (lambda value: type(value) is int, "a whole number"),
    "tuple[str, ...]": (lambda value: _is_list(value, lambda one: isinstance(one, str)), "a list of texts"),
    "tuple[tuple[str, tuple[str, ...]], ...]": (
        lambda value: isinstance(value, dict) and _is_secrets(value),
        "lists of patterns by kind, the kind of small letters and hyphens, such as password: ['^key (\\S+)'], or "
        f"{LIKE}: PLATFORM, or both",
    ),
    "tuple[Block, ...]": (lambda value: _is_list(value, _is_block), "a list of `{first: PATTERN, last: PATTERN}`"),
}


def parse(text: str) -> Any:
    """The YAML in a text."""
    # libyaml, where PyYAML was built with it, reads ten times as fast; both are safe loaders.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


def as_values(given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given of a platform as the arguments of Platform."""
    return {key: _as_value(value) for key, value in given.items()}


def resolved(given: Mapping[str, Any], known: Mapping[str, Patterns]) -> dict[str, Any]:
    """What was given of a platform, its secrets as patterns: its own, then those of the platform that they are like.

    Args:
        given: what stands in the YAML.
        known: the patterns of the platforms that it may name.
    """
    if "secrets" not in given:
        return dict(given)
    secrets = dict(given["secrets"])
    like = secrets.pop(LIKE, None)
    return {**given, "secrets": (*_as_value(secrets), *(known[like] if like else ()))}


def read(source: Path, known: Mapping[str, Patterns]) -> dict[str, dict[str, Any]]:
    """What a file gives, or the *.yml and *.yaml of a folder in order of their names: platform -> key -> value.

    Args:
        source: the file or folder.
        known: the platforms that have their commands already, with their patterns of secrets.

    Raises:
        SettingsError: one cannot be read, or something in it is wrong.
    """
    given: dict[str, dict[str, Any]] = {}
    above = dict(known)  # what the next platform finds: what is shipped, and what stands above it
    for file in _files(source):
        for name, values in _read_file(file, above):
            given[name] = {**given.get(name, {}), **values}
            above[name] = values.get("secrets", above.get(name, ()))
    return given


def _files(source: Path) -> list[Path]:
    return sorted([*source.glob("*.yml"), *source.glob("*.yaml")]) if source.is_dir() else [source]


def _read_file(file: Path, known: Mapping[str, Patterns]) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        text = file.read_text("utf-8")
        given = parse(text) or {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the platforms file {file} cannot be read: {error}") from None
    except yaml.YAMLError as error:
        raise SettingsError(f"the platforms file {file} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(given, dict):
        raise SettingsError(f"the platforms file {file} must hold platforms by name, each with `commands`")
    for name, values in given.items():
        _check(name, values, known, _Place(file, text, str(name)))
        yield name, resolved(values, known)


class _Place:
    """Where something stands: a file and, looked up when it is needed, a line."""

    def __init__(self, file: Path, text: str, name: str) -> None:
        self._file, self._text, self._name = file, text, name

    def error(self, sentence: str, *keys: str) -> SettingsError:
        # pydantic comes with it, and only a mistake needs it.
        from netraven_cli.settings.explain import line_numbers  # noqa: PLC0415

        lines = line_numbers(self._text)
        path = (self._name, *keys)
        line = next((lines[path[:size]] for size in range(len(path), 0, -1) if path[:size] in lines), 1)
        return SettingsError(f"the platforms file {self._file}, line {line}, platform {self._name}: {sentence}")


def _check(name: object, given: Any, known: Mapping[str, Patterns], place: _Place) -> None:
    if not isinstance(name, str) or not isinstance(given, dict):
        raise place.error("must be a name with keys such as `commands: [show running-config]`")
    for key, value in given.items():
        _check_key(key, value, place)
    _check_like(given.get("secrets", {}).get(LIKE), known, place)
    if not given.get("commands", name in known):
        raise place.error("`commands` is missing: what shows the configuration?")


def _check_key(key: object, value: Any, place: _Place) -> None:
    if key not in _KEYS:
        near = get_close_matches(str(key), _KEYS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(_KEYS)}"
        raise place.error(f"unknown key {key!r}; {hint}", str(key))
    fits, in_words = _KINDS[_KEYS[str(key)]]
    if not fits(value):
        raise place.error(f"{key} must be {in_words}, not {value!r}", str(key))
    if key == "structure" and value not in (None, *STRUCTURES):
        raise place.error(f"there is no structure {value!r}; there are {', '.join(STRUCTURES)}", str(key))
    for path, pattern in _patterns(str(key), value):
        _check_pattern(pattern, path, place)
    if key == "secrets":
        for kind, pattern in _secret_patterns(value):
            _check_secret(pattern, ("secrets", kind), place)


def _patterns(key: str, value: Any) -> list[tuple[tuple[str, ...], str]]:
    """The patterns of a key, each with where it stands."""
    if key in _BLOCKS:
        return [((key, str(number), part), one[part]) for number, one in enumerate(value) for part in sorted(one)]
    if key not in _PATTERNS or value is None:
        return []
    if isinstance(value, str):
        return [((key,), value)]
    return [((key, str(number)), one) for number, one in enumerate(value)]


def _secret_patterns(secrets: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(kind, pattern) for kind, patterns in secrets.items() if kind != LIKE for pattern in patterns]


def _check_like(name: str | None, known: Mapping[str, Patterns], place: _Place) -> None:
    if name is None or known.get(name):
        return
    near = get_close_matches(name, [one for one, patterns in known.items() if patterns], n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    what = "has no patterns of its own" if name in known else "is neither shipped nor stands above"
    raise place.error(f"secrets cannot be like those of {name!r}, which {what}{hint}", "secrets", LIKE)


def _check_secret(pattern: str, path: tuple[str, ...], place: _Place) -> None:
    for part in pattern.split(" >> "):
        _check_pattern(part, path, place)
    if _NOT_ALONE.search(pattern):
        raise place.error(f"secrets {pattern!r} may have no named groups, references to groups, or flags", *path)
    if not re.compile(pattern.rpartition(" >> ")[2]).groups:
        raise place.error(f"secrets {pattern!r} must put what is secret into a group: ( and )", *path)


def _check_pattern(pattern: str, path: tuple[str, ...], place: _Place) -> None:
    try:
        re.compile(pattern, re.MULTILINE)
    except re.error as error:
        raise place.error(f"{path[0]} {pattern!r} is no regular expression: {error}", *path) from None


def _is_list(value: Any, fits: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and all(fits(one) for one in value)


def _is_secrets(value: Mapping[object, Any]) -> bool:
    like = value.get(LIKE, "")
    return isinstance(like, str) and all(
        _KIND.fullmatch(str(kind)) and _is_list(patterns, lambda one: isinstance(one, str))
        for kind, patterns in value.items()
        if kind != LIKE
    )


def _is_block(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == _BLOCK_KEYS and all(isinstance(one, str) for one in value.values())


def _as_value(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple((kind, tuple(patterns)) for kind, patterns in value.items())
    if isinstance(value, list):
        return tuple(Block(**one) if isinstance(one, dict) else one for one in value)
    return value
