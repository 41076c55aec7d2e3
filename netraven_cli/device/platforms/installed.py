"""The platform files of other packages: data, found through the entry-point group `netraven.platforms`.

The value of an entry point is `package:file.yml`, a top-level package and a file in its folder. The package is not
imported for it, so that its code can spoil nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from netraven_cli.device.platforms.document import read
from netraven_cli.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.metadata import Distribution, EntryPoint
    from typing import Any

    from netraven_cli.device.platforms.document import Patterns

GROUP = "netraven.platforms"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformFile:
    """What the file of another package gives, or why nothing of it is used."""

    name: str  # of the entry point
    code: str  # package:file.yml
    distribution: str
    version: str
    given: Mapping[str, Mapping[str, Any]]  # platform -> key -> value
    problem: str | None = None


def installed_files(known: Mapping[str, Patterns]) -> list[PlatformFile]:
    """The platform files of all packages, by distribution and name; a platform that there is already is left out.

    Args:
        known: the platforms that NetRaven has, with their patterns of secrets.
    """
    points = {
        (one.metadata["Name"] or "?", point.name): (one, point)
        for one in reversed([*distributions()])
        for point in one.entry_points
        if point.group == GROUP
    }
    found: list[PlatformFile] = []
    for _place, (distribution, point) in sorted(points.items()):
        taken = known.keys() | {name for one in found for name in one.given}
        found.append(_read(distribution, point, known, taken))
    return found


def _read(
    distribution: Distribution, point: EntryPoint, known: Mapping[str, Patterns], taken: set[str]
) -> PlatformFile:
    given, problem = {}, None
    try:
        given = read(_place(point), known)
    except SettingsError as error:
        problem = str(error)
    if twice := sorted(given.keys() & taken):
        problem = f"not used: there is the platform {', '.join(twice)} already"
    return PlatformFile(
        name=point.name,
        code=point.value,
        distribution=distribution.metadata["Name"] or "?",
        version=distribution.metadata["Version"] or "?",
        given={name: values for name, values in given.items() if name not in taken},
        problem=problem,
    )


def _place(point: EntryPoint) -> Path:
    """The file that an entry point names."""
    package, _, file = point.value.partition(":")
    spec = find_spec(package) if package.isidentifier() and package != "__main__" else None
    folders = spec.submodule_search_locations if spec else None
    if not folders or not file:
        raise SettingsError(f"{point.value} names no file of a package; write it like package:file.yml")
    return Path(folders[0]) / file
