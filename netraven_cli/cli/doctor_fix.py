"""`netraven doctor --fix`: what can be put right without a person's word, and nothing can be lost by it."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from netraven_cli.cli.doctor_places import closed_places
from netraven_cli.errors import NetravenError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from netraven_cli.plugin import Context
    from netraven_cli.settings.keys import Settings


def fix(config: Path | None) -> list[str]:
    """Put right what is safe; returns what was done, a sentence each, and what could not be.

    Raises:
        SettingsError: the settings are wrong: nothing else can be mended before.
    """
    from netraven_cli.app import open_context
    from netraven_cli.settings import load

    settings = load(config)
    done = [*_attempted(lambda: _folders(settings)), *_attempted(lambda: _modes(settings))]
    done += _attempted(lambda: _leftovers(settings))
    try:
        with open_context(config) as context:
            done += _attempted(lambda: _runners(context))
            done += _attempted(lambda: _archive(context))
    except NetravenError as error:
        done.append(f"not mended: {error}")
    return done


def _attempted(work: Callable[[], Iterator[str]]) -> list[str]:
    """What one kind of repair did; one that fails keeps the others from nothing."""
    done: list[str] = []
    try:
        done.extend(work())
    except NetravenError as error:
        done.append(f"not mended: {error}")
    except OSError as error:
        done.append(f"not mended: {error.filename}: {error.strerror}")
    return done


def _folders(settings: Settings) -> Iterator[str]:
    for place in closed_places(settings):
        if place.check == "folder" and not place.path.exists():
            place.path.mkdir(mode=0o700, parents=True)
            yield f"made the folder {place.path}"


def _modes(settings: Settings) -> Iterator[str]:
    """Close what is ours; what belongs to somebody else is theirs to close."""
    places = [(place.path, place.mode) for place in closed_places(settings)]
    places += [(settings.vault_key_file, 0o600), (settings.archive_dir, 0o700)]
    for path, mode in places:
        if not path.exists() or path.stat().st_uid != os.geteuid():
            continue
        found = stat.S_IMODE(path.stat().st_mode)
        if found & ~mode & 0o077:
            path.chmod(found & mode)
            yield f"closed {path} to others: its mode was {found:04o}"


def _leftovers(settings: Settings) -> Iterator[str]:
    from netraven_cli.handlers.files_care import remove_leftovers

    removed = remove_leftovers(settings)
    if removed:
        yield f"removed {removed} files that killed processes left"


def _runners(context: Context) -> Iterator[str]:
    """Be a runner for a moment: who begins puts the jobs of dead ones back."""
    from netraven_cli.runner.presence import present

    with present(context) as presence:
        if presence.rescued:
            yield f"put {presence.rescued} jobs of dead runners back"


def _archive(context: Context) -> Iterator[str]:
    from netraven_cli.handlers.archive_care import repair

    if context.settings.archive_dir.exists():
        yield from repair(context)
