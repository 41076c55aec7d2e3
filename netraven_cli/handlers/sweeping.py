"""The parts of a range: swept by connections, echo requests and SNMP; what answers SSH becomes a job of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from zlib import crc32

from netraven_cli.device import probe, snmp
from netraven_cli.device.snmp_way import SENT
from netraven_cli.device.sweep import sweep
from netraven_cli.model.discovery import SNMP, Sighting
from netraven_cli.plugin import AttemptError, ErrorClass, Found, Job, NewJob, Result
from netraven_cli.store.session_keys import login_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from netraven_cli.model.discovery import Range
    from netraven_cli.plugin import Search

LOGINS_AT_ONCE = 4  # of a range: so few may be refused before it is known that a credential is wrong


def parts_of(one: Range, part_seconds: int, *, again: bool) -> Iterator[NewJob]:
    """One job for each part of a range; no two of them run at once, so that the pace holds over all hosts."""
    probes = len(one.ports) + one.ping + one.snmp * SENT
    size = max(one.rate * part_seconds // probes, 1)
    parts = -(-one.addresses.count // size)
    for part in range(parts):
        params = {"range": one.name, "part": part, "parts": parts, "again": again}
        yield NewJob(
            type="discovery", subject=f"{one.name} {part + 1}/{parts}", params=params,
            dedupe_key=f"discovery:range:{one.name}:{part}/{parts}", exclusive_key=f"range:{one.name}", zone=one.zone,
        )  # fmt: skip


def address_job(one: Range, address: str, more: Mapping[str, Any]) -> NewJob:
    """Log in on an address of a range, once."""
    return NewJob(
        type="discovery", subject=address, params={"range": one.name, **more},
        dedupe_key=f"discovery:{one.zone}:{address}",
        exclusive_key=login_key(one.name, crc32(address.encode()) % LOGINS_AT_ONCE), zone=one.zone,
    )  # fmt: skip


def sweep_part(job: Job) -> Result:
    """Ask all addresses of a part of a range.

    Raises:
        AttemptError: this host cannot do all that the range wants; nothing was asked then.
    """
    params, known = job.params, job.search
    one = known.ranges.get(params["range"]) if known else None
    if one is None or known is None:
        return Result(summary=f"the range {params['range']} is not there or disabled, so nothing was touched")
    _check_there(one, known)
    wanted = list(one.addresses.part(params["part"], params["parts"]))
    swept = sweep(wanted, one.ports, one.rate, job.on_abort)
    seen = {sighting.address: replace(sighting, range=one.name) for sighting in swept.sightings()}
    if one.snmp:
        _ask_agents(job, one, known, wanted, seen)
    fresh = [
        address_job(one, sighting.address, _hints(sighting))
        for sighting in seen.values()
        if sighting.port
        and (one.zone, sighting.address) not in known.devices
        and (params.get("again") or (one.zone, sighting.address) not in known.tried)
    ]
    silent = frozenset(swept.asked - swept.alive - seen.keys())
    if one.ping and silent:
        echoed = probe.answering(sorted(silent), one.rate, job.on_abort)
        silent -= echoed
        seen |= {address: Sighting(address=address, range=one.name) for address in sorted(echoed)}
    return Result(
        summary=f"{len(swept.asked)} addresses, {len(seen)} found, {len(fresh)} to be identified",
        found=Found(zone=one.zone, range=one.name, sightings=tuple(seen.values()), silent=silent),
        follow_up=tuple(fresh),
    )


def _check_there(one: Range, known: Search) -> None:
    if one.ping:
        probe.check_there()
    if not one.snmp:
        return
    snmp.check_there()
    if not known.snmp:
        advice = f"add one with: netraven credential add NAME --snmp 2c --password-from prompt --tag {one.name}"
        raise AttemptError(
            ErrorClass.SETTINGS, f"the range {one.name} wants SNMP, and no credential for it fits its tags; {advice}"
        )


def _ask_agents(job: Job, one: Range, known: Search, wanted: Sequence[str], seen: dict[str, Sighting]) -> None:
    """Ask by SNMP, and note what it tells beside what the ports told."""
    for address, agent in snmp.agents(wanted, one.snmp_port, known.snmp, one.rate, job.on_abort).items():
        before = seen.get(address, Sighting(address=address, range=one.name))
        if agent.refused:
            seen[address] = before if before.port else replace(before, reason=agent.refused, source=SNMP)
        else:
            told = replace(before, facts=agent.facts, platform=agent.platform, source=SNMP)
            seen[address] = told if told.port else replace(told, reason=_why_nobody_logged_in(agent))


def _why_nobody_logged_in(agent: snmp.Agent) -> str:
    said = "" if agent.platform else f"; by SNMP it is: {agent.description or agent.object_id or 'nothing'}"
    return f"no SSH server answered there{said}"


def _hints(sighting: Sighting) -> dict[str, Any]:
    return {"port": sighting.port, "banner": sighting.banner, "platform": sighting.platform}
