"""From a finding to a device of the inventory: by an operator's word, or by itself where a range says so."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from netraven_cli.device.platforms import check_platform, known_platforms
from netraven_cli.errors import DataError, NetravenError
from netraven_cli.model import NewDevice
from netraven_cli.model.discovery import Facts, FindingState
from netraven_cli.store import facts, findings, host_keys, inventory, ranges

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from netraven_cli.model.discovery import Finding, Range
    from netraven_cli.plugin import Context, Device

log = logging.getLogger("netraven.discovery")
SSH = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What an operator wants of the new devices; what is None or empty is as it was found."""

    name: str | None = None  # a template, as the setting discovery.name
    platform: str | None = None
    tags: tuple[str, ...] = ()
    zone: str | None = None
    credential: str | None = None


def accept(connection: Connection, context: Context, found: Finding, wishes: Wishes) -> Device:
    """Make a device of a finding, with its host key and facts; those on other addresses of it are known then, too.

    Raises:
        DataError: it is a device already, its platform is not known, or its name is taken or not valid.
        NotFoundError: the credential that is wanted does not exist.
    """
    _refuse_known(found)
    homes = {one.name: one for one in ranges.list_ranges(connection)}
    new = _new_device(context, found, wishes, homes.get(found.range or ""))
    check_platform(new.platform, known_platforms(context.settings.platforms_file))
    inventory.add_devices(connection, [new], context.now())
    made = inventory.get(connection, new.name)
    if found.host_key:
        host_keys.remember(connection, {made.id: found.host_key})
    if found.facts != Facts():
        facts.keep(connection, {made.id: found.facts}, found.last_seen_at)
    findings.belong(connection, {found.id: made.id})
    return replace(made, host_key=found.host_key)


def accept_by_itself(context: Context) -> int:
    """Accept what was identified in ranges that want it; returns how many. What cannot be is left with the reason."""
    with context.database.read() as connection:
        wanting = [one.name for one in ranges.list_ranges(connection) if one.auto_accept]
    if not wanting:
        return 0
    with context.database.write() as connection:
        new = findings.list_findings(connection, state=FindingState.NEW)
        ready = [one for one in new if one.range in wanting and one.platform and not (one.duplicate_of or one.reason)]
        return sum(_accepted(connection, context, one) for one in ready)


def _accepted(connection: Connection, context: Context, found: Finding) -> bool:
    try:
        made = accept(connection, context, found, Wishes())
    except NetravenError as error:
        findings.set_reason(connection, found.id, str(error))
        return False
    log.info("finding_accepted address=%s device=%s platform=%s", found.address, made.name, made.platform)
    return True


def _refuse_known(found: Finding) -> None:
    if found.device:
        raise DataError(f"{found.address} is the device {found.device} already")
    if found.duplicate_of:
        raise DataError(f"{found.address} is the same device as {found.duplicate_of}; accept that one")


def _new_device(context: Context, found: Finding, wishes: Wishes, home: Range | None) -> NewDevice:
    platform = wishes.platform or found.platform
    if platform is None:
        raise DataError(f"the platform of {found.address} is not known ({found.reason}); say it with --platform P")
    details = {"serial_number": found.serial, "model": found.facts.model, "source": "discovery"}
    return NewDevice(
        name=_name(wishes.name or context.settings.discovery.name, found, platform),
        address=found.address,
        port=found.port or SSH,
        platform=platform,
        zone=wishes.zone or found.zone,
        credential=wishes.credential or found.credential,
        tags=tuple(sorted({*wishes.tags, *(home.tags if home else ())})),
        details={name: text for name, text in details.items() if text},
    )


def _name(template: str, found: Finding, platform: str) -> str:
    """The name by a template; the address stands in for a host name that was not told."""
    values = {"address": found.address, "serial": found.serial or "", "platform": platform, "range": found.range or ""}
    try:
        return template.format(hostname=found.hostname or found.address, **values).strip()
    except (KeyError, IndexError, ValueError, AttributeError):
        known = "{hostname}, {address}, {serial}, {platform} and {range}"
        raise DataError(f"the name {template!r} is no template; it may contain {known}") from None
