"""The platforms: shipped data (platforms.yml), and what a file of the user adds or changes."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

from netraven_cli.errors import DataError, SettingsError
from netraven_cli.model import Platform

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

STRUCTURES = ("braces", "config-blocks", "set-lines", "prompt")
_LISTS = {"commands", "prepare", "volatile", "ignore", "required", "error_patterns"}
_PATTERNS = {"end_marker", "volatile", "ignore", "required", "error_patterns", "pager"}
_KIND = re.compile(r"[a-z-]{1,40}")
_NOT_ALONE = re.compile(r"\\[1-9]|\(\?P|\(\?[a-zA-Z]+\)")  # groups by name or number, flags of the whole
_KINDS: dict[str, type] = {"needs_enable": bool, "minimum_lines": int}  # the rest is text
_KEYS = [field.name for field in fields(Platform) if field.name != "name"]
_OTHER_PROTOCOLS = ("_telnet", "_serial", "_ssh", "autodetect", "terminal_server")


def load_platforms(user_file: Path | None = None) -> Mapping[str, Platform]:
    """All platforms with data, by name.

    Args:
        user_file: a YAML file like platforms.yml; what it gives of a platform replaces the shipped data, key by key.

    Raises:
        SettingsError: the file cannot be read, or something in it is wrong.
    """
    shipped = _parse(files("netraven_cli.device").joinpath("platforms.yml").read_text("utf-8"))
    platforms = {name: Platform(name=name, **_as_tuples(given)) for name, given in shipped.items()}
    if user_file:
        for name, given in _read(user_file).items():
            platforms[name] = _merge(platforms.get(name), name, given, user_file)
    return platforms


@lru_cache(maxsize=1)
def known_platforms(user_file: Path | None = None) -> Mapping[str, Platform]:
    """The same, read once in a process.

    Raises:
        SettingsError: the file cannot be read, or something in it is wrong.
    """
    return load_platforms(user_file)


def changed_keys(name: str, user_file: Path | None) -> set[str]:
    """What the user's file gives of a platform.

    Raises:
        SettingsError: the file cannot be read.
    """
    return set(_read(user_file).get(name) or ()) if user_file else set()


def check_platform(name: str, platforms: Mapping[str, Platform]) -> None:
    """Refuse a platform that there is no data for.

    Raises:
        DataError: there is none; the sentence says what comes nearest and how to add data.
    """
    if name in platforms:
        return
    how = f"to use it, put its commands into the file that the settings name as platforms_file, under `{name}:`"
    if name in _netmiko_names():
        raise DataError(f"netmiko knows the platform {name}, but NetRaven has no commands for it; {how}")
    known = sorted({*platforms, *_netmiko_names()})
    near = get_close_matches(name.lower().replace("-", "_"), known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(sorted(platforms))}"
    raise DataError(f"there is no platform {name!r}; {hint}")


def _netmiko_names() -> set[str]:
    # netmiko takes 130 ms to import, and only a name without data needs it.
    from netmiko import platforms as names  # noqa: PLC0415

    return {name for name in names if not name.endswith(_OTHER_PROTOCOLS)}


def _parse(text: str) -> Any:
    # libyaml, where PyYAML was built with it, reads ten times as fast; both are safe loaders.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


def _read(source: Path) -> dict[str, Any]:
    try:
        given = _parse(source.read_text("utf-8")) or {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the platforms file {source} cannot be read: {error}") from None
    except yaml.YAMLError as error:
        raise SettingsError(f"the platforms file {source} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(given, dict):
        raise SettingsError(f"the platforms file {source} must hold platforms by name, each with `commands`")
    return given


def _merge(shipped: Platform | None, name: object, given: Any, source: Path) -> Platform:
    where = f"the platforms file {source}, platform {name}"
    if not isinstance(name, str) or not isinstance(given, dict):
        raise SettingsError(f"{where}: must be a name with keys such as `commands: [show running-config]`")
    for key, value in given.items():
        _check_key(key, value, where)
    if not shipped and not given.get("commands"):
        raise SettingsError(f"{where}: `commands` is missing: what shows the configuration?")
    values = _as_tuples(given)
    if "end_marker" in values:
        values.setdefault("structure", None)
    return replace(shipped, **values) if shipped else Platform(name=name, **values)


def _check_key(key: object, value: Any, where: str) -> None:
    if key not in _KEYS:
        near = get_close_matches(str(key), _KEYS, n=1)
        raise SettingsError(f"{where}: unknown key {key!r}; {f'did you mean {near[0]}?' if near else _all_keys()}")
    if key == "secrets":
        _check_secrets(value, where)
        return
    if not _fits(str(key), value):
        raise SettingsError(f"{where}: {key} must be {_kind_in_words(str(key))}, not {value!r}")
    if key == "structure" and value not in (None, *STRUCTURES):
        raise SettingsError(f"{where}: there is no structure {value!r}; there are {', '.join(STRUCTURES)}")
    if key in _PATTERNS:
        _check_patterns(str(key), value, where)


def _all_keys() -> str:
    return f"there are {', '.join(_KEYS)}"


def _fits(key: str, value: Any) -> bool:
    if key in _LISTS:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if key in _KINDS:
        return type(value) is _KINDS[key]
    return isinstance(value, str) or (value is None and key != "leave")


def _kind_in_words(key: str) -> str:
    if key in _LISTS:
        return "a list of texts"
    return {bool: "true or false", int: "a whole number"}.get(_KINDS.get(key, str), "a text")


def _check_patterns(key: str, value: str | list[str] | None, where: str) -> None:
    for pattern in [value] if isinstance(value, str) else value or []:
        _check_pattern(pattern, f"{where}: {key}")


def _check_secrets(value: Any, where: str) -> None:
    if not isinstance(value, dict) or not all(isinstance(some, list) for some in value.values()):
        raise SettingsError(f"{where}: secrets must be lists of patterns by kind, such as password: ['^key (\\S+)']")
    for kind, patterns in value.items():
        if not _KIND.fullmatch(str(kind)):
            raise SettingsError(f"{where}: secrets: the kind {kind!r} must be of small letters and hyphens")
        for pattern in patterns:
            _check_secret(str(pattern), f"{where}: secrets: {kind}")


def _check_secret(pattern: str, where: str) -> None:
    for part in pattern.split(" >> "):
        _check_pattern(part, where)
    if _NOT_ALONE.search(pattern):
        raise SettingsError(f"{where} {pattern!r} may have no named groups, references to groups, or flags")
    if not re.compile(pattern.rpartition(" >> ")[2]).groups:
        raise SettingsError(f"{where} {pattern!r} must put what is secret into a group: ( and )")


def _check_pattern(pattern: str, where: str) -> None:
    try:
        re.compile(pattern, re.MULTILINE)
    except re.error as error:
        raise SettingsError(f"{where} {pattern!r} is no regular expression: {error}") from None


def _as_tuples(given: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _frozen(key, value) for key, value in given.items()}


def _frozen(key: str, value: Any) -> Any:
    if key == "secrets":
        return tuple((kind, tuple(patterns)) for kind, patterns in value.items())
    return tuple(value) if key in _LISTS else value
