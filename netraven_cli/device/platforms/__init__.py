"""The platforms: shipped data, a YAML file per family, and what a file or folder of the user adds or changes."""

from __future__ import annotations

import logging
from dataclasses import replace
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from threading import Lock
from typing import TYPE_CHECKING, Any

from netraven_cli.device.platforms.document import LIKE, as_values, parse, read, resolved
from netraven_cli.device.platforms.installed import installed_files
from netraven_cli.errors import DataError
from netraven_cli.model import Platform

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from netraven_cli.device.platforms.document import Patterns
    from netraven_cli.device.platforms.installed import PlatformFile

log = logging.getLogger("netraven.platforms")
UNPROVEN = "unproven"  # the family of those whose configurations nothing proves complete
_OTHER_PROTOCOLS = ("_telnet", "_serial", "_ssh", "autodetect", "terminal_server")


def load_platforms(source: Path | None = None) -> dict[str, Platform]:
    """All platforms with data, by name.

    Args:
        source: a YAML file of the user, or a folder of such; what it gives of a platform replaces the shipped data,
            key by key.

    Raises:
        SettingsError: it cannot be read, or something in it is wrong.
    """
    platforms = _without_user()
    for name, given in _given(source, platforms).items():
        platforms[name] = _merge(platforms.get(name), name, given)
    return platforms


_read_once = lru_cache(maxsize=1)(load_platforms)
_reading = Lock()  # the first jobs of a run ask at once, and each would read for itself


def known_platforms(source: Path | None = None) -> Mapping[str, Platform]:
    """The same, read once in a process.

    Raises:
        SettingsError: it cannot be read, or something in it is wrong.
    """
    with _reading:
        return _read_once(source)


def load_families() -> dict[str, dict[str, Platform]]:
    """What is shipped: family -> name -> platform, in order of the families' names, the unproven last."""
    shipped = [one for one in files(__name__).iterdir() if one.name.endswith(".yml")]
    families = {
        one.name.removesuffix(".yml"): parse(one.read_text("utf-8"))
        for one in sorted(shipped, key=lambda one: (one.name.startswith(UNPROVEN), one.name))
    }
    known = _listed(families.values())
    return {
        family: {name: Platform(name=name, **as_values(resolved(one, known))) for name, one in given.items()}
        for family, given in families.items()
    }


def _listed(families: Iterable[Mapping[str, Any]]) -> dict[str, Patterns]:
    """The patterns of secrets of the platforms that have all of theirs themselves."""
    given = {name: one for family in families for name, one in family.items() if LIKE not in one.get("secrets", {})}
    return {name: resolved(one, {}).get("secrets", ()) for name, one in given.items()}


def changed_keys(source: Path | None) -> dict[str, set[str]]:
    """What the user's file or folder gives: platform -> keys.

    Raises:
        SettingsError: it cannot be read, or something in it is wrong.
    """
    return {name: set(given) for name, given in _given(source, _without_user()).items()}


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
    hint = f"did you mean {' or '.join(near)}?" if near else "see: netraven platform list"
    raise DataError(f"there is no platform {name!r}; {hint}")


def _netmiko_names() -> set[str]:
    # netmiko takes 130 ms to import, and only a name without data needs it.
    from netmiko import platforms as names  # noqa: PLC0415

    return {name for name in names if not name.endswith(_OTHER_PROTOCOLS)}


def _shipped() -> dict[str, Platform]:
    return {name: one for family in load_families().values() for name, one in family.items()}


def platform_files() -> list[PlatformFile]:
    """The files of other packages, each with what is wrong with it."""
    return installed_files({name: one.secrets for name, one in _shipped().items()})


def _without_user() -> dict[str, Platform]:
    platforms = _shipped()
    for file in installed_files({name: one.secrets for name, one in platforms.items()}):
        if file.problem:
            log.warning("platform_file_left_out distribution=%s reason=%s", file.distribution, file.problem)
        platforms |= {name: _merge(None, name, given) for name, given in file.given.items()}
    return platforms


def _given(source: Path | None, known: Mapping[str, Platform]) -> dict[str, dict[str, Any]]:
    return read(source, {name: one.secrets for name, one in known.items()}) if source else {}


def _merge(shipped: Platform | None, name: str, given: Mapping[str, Any]) -> Platform:
    values = as_values(given)
    if "end_marker" in values:
        values.setdefault("structure", None)
    return replace(shipped, **values) if shipped else Platform(name=name, **values)
