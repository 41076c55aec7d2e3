"""The settings: config.yml and the environment, checked, with a default for every key.

Only this package reads the environment. This file is imported by every wake-up: pydantic and yaml come with `load`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from netraven_cli.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netraven_cli.settings.keys import Settings


def load(config: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Args:
        config: the file of `--config`; without it the usual places are looked at (`find`).
        environ: stands for the process environment.

    Raises:
        SettingsError: something in them is wrong; the sentence names the file and line, or the variable.
    """
    from pydantic import ValidationError

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
    named = config or (Path(environ["NETRAVEN_CONFIG"]) if environ.get("NETRAVEN_CONFIG") else None)
    if named:
        if not named.is_file():
            raise SettingsError(f"there is no settings file {named}; make one with: netraven init --dir DIR")
        return named.absolute()
    return next((place for place in usual_places(environ) if place.is_file()), None)


def usual_places(environ: Mapping[str, str] | None = None) -> list[Path]:
    """Where config.yml is looked for, first come first served."""
    environ = os.environ if environ is None else environ
    home = Path(environ.get("HOME") or "~").expanduser()
    return [
        Path.cwd() / "config.yml",
        home / ".config/netraven/config.yml",
        Path("/etc/netraven/config.yml"),
    ]


def default_data_dir(environ: Mapping[str, str]) -> Path:
    """Where data lies when nothing says otherwise."""
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
