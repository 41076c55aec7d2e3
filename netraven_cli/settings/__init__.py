"""The settings: config.yml and the environment, checked, with a default for every key.

Only this package reads the environment. This file is imported by every wake-up, so it imports next to nothing itself:
pydantic and yaml come with `load`, and even `typing` and `pathlib` would be felt (decision 61).
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # as typing has it: type checkers know the name
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from netraven_cli.settings.keys import Settings


def load(config: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Args:
        config: the file of `--config`; without it the usual places are looked at (`find`).
        environ: stands for the process environment.

    Raises:
        SettingsError: something in them is wrong; the sentence names the file and line, or the variable.
    """
    from pathlib import Path

    from pydantic import ValidationError

    from netraven_cli.errors import SettingsError
    from netraven_cli.settings.keys import Settings
    from netraven_cli.settings.source import overlay, parse, read, resolve_paths

    environ = os.environ if environ is None else environ
    source = find(config, environ)
    text = read(source) if source else ""
    given = parse(text, source)
    origins = overlay(given, environ)
    given.setdefault("data_dir", str(default_data_dir(environ)))
    resolve_paths(given, source.parent if source else Path.cwd(), set(origins))
    try:
        settings = Settings.model_validate({**given, "source": source})
    except ValidationError as error:
        from netraven_cli.settings.explain import explain

        raise SettingsError(explain(error, text, source, origins)) from None
    return settings


def find(config: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The config.yml in force, or None if there is none: all defaults.

    Raises:
        SettingsError: the file that was named does not exist.
    """
    from pathlib import Path

    from netraven_cli.errors import SettingsError

    found = find_path(str(config) if config else None, environ)
    if found is None or os.path.isfile(found):
        return Path(found) if found else None
    named = config or environ.get("NETRAVEN_CONFIG")
    raise SettingsError(f"there is no settings file {named}; make one with: netraven init --dir DIR")


def find_path(config: str | None, environ: Mapping[str, str]) -> str | None:
    """The same as a text; a file that was named is named, whether it exists or not."""
    named = config or environ.get("NETRAVEN_CONFIG")
    return os.path.abspath(named) if named else next(filter(os.path.isfile, _usual_places(environ)), None)


def usual_places(environ: Mapping[str, str] | None = None) -> list[Path]:
    """Where config.yml is looked for, first come first served."""
    from pathlib import Path

    return [Path(place) for place in _usual_places(os.environ if environ is None else environ)]


def _usual_places(environ: Mapping[str, str]) -> list[str]:
    home = environ.get("HOME") or os.path.expanduser("~")
    return [f"{os.getcwd()}/config.yml", f"{home}/.config/netraven/config.yml", "/etc/netraven/config.yml"]


def default_data_dir(environ: Mapping[str, str]) -> Path:
    """Where data lies when nothing says otherwise."""
    from pathlib import Path

    if os.geteuid() == 0:
        return Path("/var/lib/netraven")
    return Path(environ.get("HOME") or "~").expanduser() / ".local/share/netraven"


def environment_value(name: str) -> str | None:
    """A variable of the process environment, for a secret reference `env:NAME`."""
    return os.environ.get(name)


def system_timezone() -> str:
    """The IANA name of this machine's time zone; UTC if it cannot be told.

    /etc/localtime is a link into the zone database: man 5 localtime.
    """
    named = os.environ.get("TZ", "").lstrip(":")
    if named:
        return named
    link = os.path.realpath("/etc/localtime")
    return link.partition("/zoneinfo/")[2] or "UTC"


def environment() -> Mapping[str, str]:
    """The process environment."""
    return os.environ
