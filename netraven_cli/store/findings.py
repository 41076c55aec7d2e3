"""Findings: addresses where something is. What a look brought is taken in with the transaction that settles it."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from netraven_cli.errors import NotFoundError
from netraven_cli.model.discovery import SNMP, Facts, Finding, FindingState
from netraven_cli.store import facts, identity
from netraven_cli.store.events import chunks
from netraven_cli.store.suggest import did_you_mean
from netraven_cli.store.tables import device, finding
from netraven_cli.store.words import storable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from netraven_cli.model.discovery import Found, Sighting

FIRST = finding.alias("first")
JOINED = {"device": device.c.name, "duplicate_of": FIRST.c.address}
COLUMNS = [JOINED[field.name].label(field.name) if field.name in JOINED else finding.c[field.name]
           for field in fields(Finding)]  # fmt: skip
LONGEST_BANNER = 1000
FINDINGS_LOCK = 0x6E657472_6166  # any number that is ours and no other lock: see versions.CLAIM_LOCK


def take(connection: Connection, found: Found, *, gone_after: int, now: datetime) -> None:
    """Take in what a job found, and what it did not find any more."""
    _lock(connection)
    seen = {one.address: one for one in sorted(found.sightings, key=lambda one: one.address)}
    if seen:
        _see(connection, found, seen, now)
    if found.silent and found.range:
        _miss(connection, found.range, found.silent, gone_after)


def _see(connection: Connection, found: Found, seen: Mapping[str, Sighting], now: datetime) -> None:
    _make_rows(connection, found, list(seen), now)
    rows = _rows(connection, found.zone, list(seen))
    devices = identity.devices_at(connection, found.zone, list(seen))
    there = identity.not_removed(connection, {row["device_id"] for row in rows if row["device_id"]})
    swept = []
    for row in rows:
        one = seen[row["address"]]
        after = {**row, **_brought(row, one, now), "range": one.range or row["range"]}
        told = one.facts is not None or one.host_key is not None
        owner = devices.get(row["address"]) or (None if told or row["device_id"] not in there else row["device_id"])
        if told and not owner:
            owner = identity.device_of(connection, after)
            after["duplicate_of"] = None if owner else identity.earlier_finding(connection, after)
        after |= {"device_id": owner, "state": _state(row, owner)}
        if told:
            _write(connection, [after])  # at once: the next one may be the same device
        else:
            swept.append(after)
    if swept:
        _write(connection, swept)


def _write(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    names = [name for name in rows[0] if name != "id"]
    mine = sa.update(finding).where(finding.c.id == sa.bindparam("key"))
    new = mine.values(**{name: sa.bindparam(f"new_{name}", type_=finding.c[name].type) for name in names})
    connection.execute(new, [{"key": row["id"], **{f"new_{name}": row[name] for name in names}} for row in rows])


def _lock(connection: Connection) -> None:
    """Let nobody else take in findings meanwhile: two who saw the same addresses would wait for each other."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(FINDINGS_LOCK)))


def _make_rows(connection: Connection, found: Found, addresses: Sequence[str], now: datetime) -> None:
    """Rows for addresses that were never seen."""
    empty = {"zone": found.zone, "state": FindingState.NEW.value, "ports": [], "facts": {}, "misses": 0}
    times = {"first_seen_at": now, "last_seen_at": now}
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(finding).on_conflict_do_nothing()
    connection.execute(new, [{**empty, **times, "address": address} for address in addresses])


def _rows(connection: Connection, zone: str, addresses: Sequence[str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for chunk in chunks(list(addresses)):
        query = sa.select(finding).where(finding.c.zone == zone, finding.c.address.in_(chunk))
        rows += [dict(row) for row in connection.execute(query.with_for_update()).mappings()]
    return sorted(rows, key=lambda row: int(row["id"]))


def _brought(row: Mapping[str, Any], one: Sighting, now: datetime) -> dict[str, Any]:
    """What a look changes of a finding's own values."""
    values: dict[str, Any] = {"last_seen_at": now, "misses": 0}
    if one.ports:
        banner = storable(one.banner)[:LONGEST_BANNER] if one.banner else None
        values |= {"ports": list(one.ports), "port": one.port, "banner": banner}
        if row["banner"] not in (None, banner):
            values |= {"tried_at": None}  # another software answers there: it is worth another login
    given = {name: getattr(one, name) for name in ("host_key", "credential")}
    if not _counts_less(row, one):
        given |= {"platform": one.platform, "source": one.source}
        if one.facts:
            said = facts.fitted(one.facts)
            values |= {"facts": asdict(said), "hostname": said.hostname, "serial": said.serial}
    values |= {name: storable(text) for name, text in given.items() if text}
    if one.tried:
        values["tried_at"] = now
    if one.tried or (one.reason and not (one.source and row["credential"])):
        values["reason"] = storable(one.reason) if one.reason else None
    return values


def _counts_less(row: Mapping[str, Any], one: Sighting) -> bool:
    """Whether others told of it, and more is known: by a login, or by SNMP where a neighbour tells."""
    return bool(one.source and (row["credential"] or (row["facts"] and one.source != SNMP)))


def _state(row: Mapping[str, Any], owner: int | None) -> str:
    """The state of a finding that was seen, by whose it is."""
    seen = FindingState.KNOWN if owner else FindingState.NEW
    return (FindingState.IGNORED if row["state"] == FindingState.IGNORED.value else seen).value


def _miss(connection: Connection, range_name: str, silent: frozenset[str], gone_after: int) -> None:
    """Count that addresses did not answer; those that nobody accepted are gone after so many times in a row."""
    query = sa.select(finding.c.id, finding.c.address, finding.c.misses, finding.c.state)
    rows = connection.execute(query.where(finding.c.range == range_name).with_for_update()).all()
    for row in rows:
        if row.address in silent:
            gone = row.state == FindingState.NEW.value and row.misses + 1 >= gone_after
            state = FindingState.GONE.value if gone else row.state
            mine = sa.update(finding).where(finding.c.id == row.id)
            connection.execute(mine.values(misses=row.misses + 1, state=state))


def list_findings(
    connection: Connection, *, state: FindingState | None = None, range_name: str | None = None
) -> list[Finding]:
    """Findings in the order in which they were first seen."""
    query = sa.select(*COLUMNS).outerjoin(device, finding.c.device_id == device.c.id)
    query = query.outerjoin(FIRST, finding.c.duplicate_of == FIRST.c.id).order_by(finding.c.id)
    if state is not None:
        query = query.where(finding.c.state == state.value)
    if range_name is not None:
        query = query.where(finding.c.range == range_name)
    return [_finding(row) for row in connection.execute(query).mappings()]


def by_addresses(connection: Connection, addresses: Sequence[str]) -> list[Finding]:
    """The findings at these addresses, of all zones.

    Raises:
        NotFoundError: there is none at one of them.
    """
    every = list_findings(connection)
    known = {one.address for one in every}
    for address in addresses:
        if address not in known:
            advice = did_you_mean(address, known, "see: netraven discovery list")
            raise NotFoundError(f"nothing was found at {address}; {advice}")
    return [one for one in every if one.address in set(addresses)]


def tried(connection: Connection, *, in_vain: bool = False) -> frozenset[tuple[str, str]]:
    """The zones and addresses on which a login was tried (`in_vain`: and nobody was let in), or is not wanted."""
    refused = finding.c.credential.is_(None) if in_vain else sa.true()
    done = sa.or_(sa.and_(finding.c.tried_at.is_not(None), refused), finding.c.state == FindingState.IGNORED.value)
    rows = connection.execute(sa.select(finding.c.zone, finding.c.address).where(done))
    return frozenset((row.zone, row.address) for row in rows)


def set_state(connection: Connection, found: Sequence[Finding], state: FindingState) -> None:
    """Let findings be ignored, or new again."""
    for chunk in chunks([one.id for one in found]):
        connection.execute(sa.update(finding).where(finding.c.id.in_(chunk)).values(state=state.value))


def belong(connection: Connection, devices: Mapping[int, int]) -> None:
    """Note which findings, by id, are devices now; those on other addresses of the same device too."""
    for finding_id, device_id in devices.items():
        mine = sa.or_(finding.c.id == finding_id, finding.c.duplicate_of == finding_id)
        known = {"device_id": device_id, "duplicate_of": None, "state": FindingState.KNOWN.value}
        connection.execute(sa.update(finding).where(mine).values(**known))


def counts(connection: Connection) -> dict[str, int]:
    """How many findings there are of each state."""
    query = sa.select(finding.c.state, sa.func.count().label("findings")).group_by(finding.c.state)
    return {state.value: 0 for state in FindingState} | {row.state: row.findings for row in connection.execute(query)}


def _finding(row: Mapping[Any, Any]) -> Finding:
    return Finding(**{
        **row, "state": FindingState(row["state"]), "ports": tuple(row["ports"]), "facts": Facts(**row["facts"]),
    })  # fmt: skip


def set_reason(connection: Connection, finding_id: int, reason: str) -> None:
    """Note why a finding stays as it is."""
    connection.execute(sa.update(finding).where(finding.c.id == finding_id).values(reason=storable(reason)))
