"""Where settings come from: the text of config.yml, laid over by variables of the environment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import yaml

from netraven_cli.errors import SettingsError
from netraven_cli.settings.keys import Settings
from netraven_cli.settings.sections import Section

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Key = tuple[str, ...]
SHORT_NAMES: dict[str, Key] = {  # names that are older than NETRAVEN_SECTION__KEY
    "API_URL": ("api_url",),
    "NETRAVEN_ENV": ("environment",),
    "NETMIKO_LOG_DIR": ("netmiko", "log_dir"),
    "NETMIKO_PRESERVE_LOGS": ("netmiko", "preserve_logs"),
}
PREFIX = "NETRAVEN_"
NOT_KEYS = {"NETRAVEN_CONFIG", "NETRAVEN_ENV", "NETRAVEN_PYTHON310"}
PATHS: tuple[Key, ...] = (
    ("data_dir",), ("platforms_file",), ("rules_file",), ("logging", "dir"), ("netmiko", "log_dir"),
    ("metrics", "textfile"), ("maintenance", "bundle_dir"), ("archive", "signing_key"), ("archive", "plain_dir"),
)  # fmt: skip


def read(source: Path) -> str:
    """The text of a settings file."""
    try:
        return source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the settings file {source} cannot be read: {error}") from None


def parse(text: str, source: Path | None) -> dict[str, Any]:
    """The YAML mapping in a text; what is empty (`runner:` alone) counts as not given, where null means nothing."""
    try:
        given = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise SettingsError(f"the settings file {source} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(given, dict):
        raise SettingsError(f"the settings file {source} must hold `key: value` lines; see the config.yml of NetRaven")
    return _without_nulls(given, Settings)


def _without_nulls(given: dict[str, Any], kind: Any) -> dict[str, Any]:
    fields = kind.model_fields if isinstance(kind, type) and issubclass(kind, Section) else {}
    kinds = {key: fields[key].annotation for key in given if key in fields}
    return {
        key: _without_nulls(value, kinds.get(key)) if isinstance(value, dict) else value
        for key, value in given.items()
        if value is not None or type(None) in get_args(kinds.get(key))
    }


def overlay(given: dict[str, Any], environ: Mapping[str, str]) -> dict[Key, str]:
    """Lay the environment over what the file gave; returns which key came from which variable."""
    origins: dict[Key, str] = {}
    for variable, value in sorted(environ.items()):
        key = SHORT_NAMES.get(variable)
        if key is None and variable.startswith(PREFIX) and variable not in NOT_KEYS:
            key = tuple(variable.removeprefix(PREFIX).lower().split("__"))
        if key and value:
            _put(given, key, value, variable)
            origins[key] = variable
    return origins


def _put(given: dict[str, Any], key: Key, value: str, variable: str) -> None:
    for part in key[:-1]:
        section = given.setdefault(part, {})
        if not isinstance(section, dict):
            raise SettingsError(f"{variable} is set, but {part} is no section of the settings")
        given = section
    given[key[-1]] = None if value == "null" else value


def resolve_paths(given: dict[str, Any], folder: Path, from_environment: Iterable[Key]) -> None:
    """Make paths absolute: those of the file lie beside it, those of the environment in the working folder."""
    outside = set(from_environment)
    for key in PATHS:
        section = given if len(key) == 1 else given.get(key[0])
        if isinstance(section, dict) and isinstance(section.get(key[-1]), str):
            path = Path(section[key[-1]]).expanduser()
            section[key[-1]] = str((Path.cwd() if key in outside else folder) / path)
