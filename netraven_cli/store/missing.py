"""Why a selector does not find what it names, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from netraven_cli.store.suggest import did_you_mean
from netraven_cli.store.tables import device, device_tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from netraven_cli.model import Selector

SHOWN = 10  # names in one sentence


def why_missing(connection: Connection, missing: Sequence[str]) -> str:
    """Why each of these names is not among the devices that a selector means."""
    query = sa.select(device.c.name, device.c.enabled).where(device.c.removed_at.is_(None))
    enabled = {row.name: row.enabled for row in connection.execute(query)}
    sentences = [
        f"the device {name} is disabled; enable it with: netraven device enable {name}"
        if name in enabled
        else f"there is no device {name}; {did_you_mean(name, enabled, 'see: netraven device list')}"
        for name in missing[:SHOWN]
    ]
    if len(missing) > SHOWN:
        sentences.append(f"… and {len(missing) - SHOWN} more")
    return "\n".join(sentences)


def why_nothing(connection: Connection, selector: Selector) -> str:
    """Why a selector matches nothing."""
    for tag in selector.tags:
        tags = set(
            connection.scalars(sa.select(device_tag.c.tag).join(device).where(device.c.removed_at.is_(None)).distinct())
        )
        if tag not in tags:
            return f"no device has the tag {tag}; {did_you_mean(tag, tags)}"
    for what, wanted in (("platform", selector.platform), ("zone", selector.zone)):
        values = set(connection.scalars(sa.select(device.c[what]).where(device.c.removed_at.is_(None)).distinct()))
        if wanted and wanted not in values:
            return f"no device has the {what} {wanted}; {did_you_mean(wanted, values)}"
    return "no enabled device matches all that was asked for; see: netraven device list"
