"""What limits and breakers go by: the zone, the tags and the credentials of each device."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from netraven_cli.store import credentials
from netraven_cli.store.tables import device, device_tag, discovery_range

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from netraven_cli.model import Credential


@dataclass(frozen=True, slots=True)
class Profile:
    """What a device has in common with others; few of them stand for all of a fleet."""

    zone: str
    tags: tuple[str, ...]
    credentials: tuple[str, ...]  # in the order in which they are tried


@dataclass(frozen=True, slots=True)
class Fleet:
    """The devices by what they have in common, and the ranges."""

    profiles: Mapping[str, Profile]
    devices: Mapping[Profile, Sequence[str]]
    ranges: Mapping[str, Profile]  # of logins on addresses

    def count(self, key: str) -> int:
        """How many devices a limit of this key is about."""
        if key.startswith("device:"):
            return int(key.removeprefix("device:") in self.profiles)
        return sum(len(names) for profile, names in self.devices.items() if key in _keys(profile))

    def keys_of(self, name: str) -> set[str]:
        """The keys of limits that are about a device, but for that of it alone."""
        return _keys(self.profiles[name]) if name in self.profiles else set()


def load(connection: Connection, known: Sequence[Credential]) -> Fleet:
    """Read it; `known`: all credentials, in the order in which they are tried."""
    tags: dict[int, list[str]] = defaultdict(list)
    for device_id, tag in connection.execute(sa.select(device_tag.c.device_id, device_tag.c.tag)):
        tags[device_id].append(tag)
    profile_of = _Profiles(known)
    query = sa.select(device.c.id, device.c.name, device.c.zone, device.c.credential, device.c.last_credential)
    profiles = {
        row.name: profile_of(row.zone, tuple(sorted(tags.get(row.id, ()))), row.credential, row.last_credential)
        for row in connection.execute(query.where(device.c.removed_at.is_(None)))
    }
    devices: dict[Profile, list[str]] = defaultdict(list)
    for name, profile in profiles.items():
        devices[profile].append(name)
    searched = sa.select(discovery_range.c.name, discovery_range.c.zone, discovery_range.c.tags,
                         discovery_range.c.credential)  # fmt: skip
    ranges = {
        row.name: profile_of(row.zone, tuple(row.tags), row.credential, None) for row in connection.execute(searched)
    }
    return Fleet(profiles, dict(devices), ranges)


def _keys(profile: Profile) -> set[str]:
    first = {f"credential:{name}" for name in profile.credentials[:1]}
    return {"global", "device", f"zone:{profile.zone}", *(f"tag:{tag}" for tag in profile.tags), *first}


class _Profiles:
    """Makes profiles, each once."""

    def __init__(self, known: Sequence[Credential]) -> None:
        self._known = known
        self._made: dict[tuple[str, tuple[str, ...], str | None, str | None], Profile] = {}

    def __call__(self, zone: str, tags: tuple[str, ...], named: str | None, last: str | None) -> Profile:
        kind = (zone, tags, named, last)
        if kind not in self._made:
            tried = credentials.fitting_for(self._known, named, tags, last)
            self._made[kind] = Profile(zone, tags, tuple(one.name for one in tried))
        return self._made[kind]
