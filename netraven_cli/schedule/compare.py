"""What is on disk beside what should be there."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from netraven_cli.errors import CreateError
from netraven_cli.schedule.systemd import WANTED_BY
from netraven_cli.schedule.template import Link, is_edited, is_ours

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

UNITS = (".service", *WANTED_BY)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPlan:
    """What is to be done in a folder; nothing is, if only `unchanged` and `foreign` have something."""

    folder: Path
    write: Mapping[Path, str | Link] = field(default_factory=dict)
    remove: Sequence[Path] = ()
    unchanged: Sequence[Path] = ()
    foreign: Sequence[Path] = ()  # files that have one of our names and are not ours: they are in the way
    stopped: Sequence[str] = ()  # units that are to wait for their time, and do not

    @property
    def drift(self) -> list[tuple[str, Path]]:
        """What differs from what should be: missing, edited, outdated, orphan, foreign or stopped, and which file."""
        found = [(_difference(path), path) for path in self.write]
        found += [("orphan", path) for path in self.remove] + [("foreign", path) for path in self.foreign]
        found += [("stopped", self.folder / name) for name in self.stopped]
        return sorted(found, key=lambda pair: pair[1])


def compare(files: Mapping[str, str | Link], folder: Path) -> SyncPlan:
    """Compare a folder with what it should have, by name; changes nothing.

    Raises:
        CreateError: the folder cannot be read.
    """
    write, unchanged, foreign = {}, [], []
    try:
        for name, content in sorted(files.items()):
            path = folder / name
            found = _read(path)
            if found == content:
                unchanged.append(path)
            elif found is None or _may_go(path, found, content, folder):
                write[path] = content
            else:
                foreign.append(path)
        wanted = {folder / name for name in files}
        orphans = [path for path in chain(_our_units(folder), _our_links(folder)) if path not in wanted]
    except OSError as error:
        raise CreateError(f"the folder {folder} cannot be read: {error.strerror}; run it as its owner") from error
    return SyncPlan(folder=folder, write=write, remove=orphans, unchanged=unchanged, foreign=foreign)


def difference(plan: SyncPlan) -> Iterator[str]:
    """A plan as a unified diff."""
    for path in sorted({*plan.write, *plan.remove}):
        before, after = _lines(_read(path)), _lines(plan.write.get(path))
        names = (str(path) if before else "/dev/null", str(path) if after else "/dev/null")
        yield from difflib.unified_diff(before, after, *names)


def _lines(content: str | Link | None) -> list[str]:
    if content is None:
        return []
    text = f"-> {content.target}" if isinstance(content, Link) else content
    return [f"{line}\n" for line in text.splitlines()]


def _may_go(path: Path, found: str | Link, wanted: str | Link, folder: Path) -> bool:
    """Whether something that differs is ours, so that it may be replaced."""
    if isinstance(found, Link):
        return isinstance(wanted, Link) and _leads_to(path, found) == folder / path.name
    return isinstance(wanted, str) and is_ours(found)


def _our_units(folder: Path) -> Iterator[Path]:
    """Units that we made; drop-ins lie in folders of their own and are the user's."""
    for path in _named_like_ours(folder):
        if path.suffix in UNITS and isinstance(found := _read(path), str) and is_ours(found):
            yield path


def _our_links(folder: Path) -> Iterator[Path]:
    """Links that start a unit of ours, or one that is gone from this folder."""
    for place in WANTED_BY.values():
        for path in _named_like_ours(folder / place):
            found = _read(path)
            if isinstance(found, Link) and _leads_to(path, found) == folder / path.name:
                unit = _read(folder / path.name)
                if unit is None or (isinstance(unit, str) and is_ours(unit)):
                    yield path


def _named_like_ours(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return sorted(folder / entry.name for entry in entries if entry.name.startswith("netraven-"))


def _leads_to(path: Path, link: Link) -> Path:
    return Path(os.path.normpath(path.parent / link.target))


def _read(path: Path) -> str | Link | None:
    """The text of a file, or where a link leads; None if there is neither. Folders and other things have no text."""
    if path.is_symlink():
        return Link(str(path.readlink()))
    if path.exists() and not path.is_file():
        return ""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None


def _difference(path: Path) -> str:
    found = _read(path)
    if found is None:
        return "missing"
    return "edited" if isinstance(found, str) and is_edited(found) else "outdated"
