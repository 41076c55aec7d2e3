"""The job type `discovery`: from address ranges, and from devices' neighbours, to findings.

Its jobs are of three kinds. A part of a range is swept; each new address with an SSH server that the sweep met becomes
a job of its own, which logs in once; a device of the inventory is asked for its facts and neighbours. Those of a crawl
lead on to the neighbours, where a range lets them: what a neighbour says is nobody's permission to send a password.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zlib import crc32

from pydantic import Field

from netraven_cli.device.probe import answering
from netraven_cli.device.sweep import sweep
from netraven_cli.handlers.accepting import accept_by_itself
from netraven_cli.handlers.looking import look_at_address, look_at_device
from netraven_cli.model.discovery import Sighting
from netraven_cli.plugin import Context, Facts, Found, Job, NewJob, Parameters, Result, Selector
from netraven_cli.store import inventory, ranges

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from netraven_cli.handlers.looking import LookedAt
    from netraven_cli.model.discovery import Range

SSH = 22
LOGINS_AT_ONCE = 4  # of a range: so few may be refused before it is known that a credential is wrong


class DiscoveryParameters(Parameters):
    """What is searched."""

    range: str | None = None  # this one alone
    seed: str | None = None  # a device: crawl from it
    depth: int = Field(default=1, ge=0, le=32)  # how many steps from the seed
    again: bool = False  # log in on addresses too where a login was tried before


class DiscoveryHandler:
    """Jobs for ranges, or for devices that are selected."""

    parameters = DiscoveryParameters
    searches = True

    def plan(self, context: Context, selector: Selector, params: Mapping[str, Any]) -> Iterable[NewJob]:
        """The parts of every enabled range or of one; or the selected devices; or the seed of a crawl.

        Raises:
            NotFoundError: the selector, the range or the seed names something that is not there.
        """
        with context.database.read() as connection:
            if params.get("seed"):
                one = inventory.get(connection, params["seed"])
                return [device_job(one.name, one.zone, one.name, params.get("depth", 1))]
            if selector.all or not selector.is_open:
                return [device_job(one.name, one.zone, one.name, 0) for one in inventory.select(connection, selector)]
            found = ranges.enabled(connection, params.get("range"))
        seconds, again = context.settings.discovery.part_seconds, params.get("again", False)
        return (job for one in found for job in _parts(one, seconds, again=again))

    def run(self, context: Context, job: Job) -> Result:
        """Sweep a part of a range, or look at an address or a device.

        Raises:
            AttemptError: it could not be looked at, and may be another time.
        """
        if "part" in job.params:
            return _sweep(job)
        if job.device:
            return _crawl_on(job, look_at_device(context, job))
        return _crawl_on(job, look_at_address(context, job))

    def conclude(self, context: Context) -> None:
        """Let the findings of ranges that want it become devices."""
        accept_by_itself(context)


def device_job(name: str, zone: str, seed: str, depth: int) -> NewJob:
    """Ask a device for its facts and neighbours, and go so many steps further."""
    return NewJob(
        type="discovery", subject=name, params={"seed": seed, "depth": depth},
        dedupe_key=f"discovery:device:{name}:{depth}", exclusive_key=f"device:{name}", zone=zone,
    )  # fmt: skip


def _parts(one: Range, part_seconds: int, *, again: bool) -> Iterator[NewJob]:
    """One job for each part of a range; no two of them run at once, so that the pace holds over all hosts."""
    size = max(one.rate * part_seconds // len(one.ports), 1)
    parts = -(-one.addresses.count // size)
    for part in range(parts):
        params = {"range": one.name, "part": part, "parts": parts, "again": again}
        yield NewJob(
            type="discovery", subject=f"{one.name} {part + 1}/{parts}", params=params,
            dedupe_key=f"discovery:range:{one.name}:{part}/{parts}", exclusive_key=f"range:{one.name}", zone=one.zone,
        )  # fmt: skip


def _sweep(job: Job) -> Result:
    params, known = job.params, job.search
    one = known.ranges.get(params["range"]) if known else None
    if one is None or known is None:
        return Result(summary=f"the range {params['range']} is not there or disabled, so nothing was touched")
    wanted = one.addresses.part(params["part"], params["parts"])
    swept = sweep(wanted, one.ports, one.rate, job.on_abort)
    sightings = tuple(replace(sighting, range=one.name) for sighting in swept.sightings())
    fresh = [
        _address_job(one, sighting.address, {"port": sighting.port, "banner": sighting.banner})
        for sighting in sightings
        if sighting.port
        and (one.zone, sighting.address) not in known.devices
        and (params.get("again") or (one.zone, sighting.address) not in known.tried)
    ]
    silent = frozenset(swept.asked - swept.alive)
    if one.ping and silent:
        echoed = answering(sorted(silent), one.rate, job.on_abort)
        silent -= echoed
        sightings += tuple(Sighting(address=address, range=one.name) for address in sorted(echoed))
    return Result(
        summary=f"{len(swept.asked)} addresses, {len(sightings)} found, {len(fresh)} to be identified",
        found=Found(zone=one.zone, range=one.name, sightings=sightings, silent=silent),
        follow_up=tuple(fresh),
    )


def _crawl_on(job: Job, looked: LookedAt) -> Result:
    """The result with the neighbours as findings, and as jobs if the crawl goes further."""
    zone, known, depth = looked.zone, job.search, job.params.get("depth", 0)
    there = {one.address: one for one in looked.neighbours if one.address}
    homes = {address: known.range_of(address, zone) if known else None for address in there}
    told = [
        Sighting(
            address=address, facts=Facts(hostname=one.name), source=f"neighbour of {job.subject}",
            range=home.name if (home := homes[address]) else None,
            reason=None if home else "no range lets NetRaven log in there",
        )
        for address, one in there.items()
    ]  # fmt: skip
    further = [_step(job, zone, address, homes[address], depth - 1) for address in there] if depth > 0 else []
    found = Found(zone=zone, sightings=(*looked.sightings, *told))
    return replace(looked.result, found=found, follow_up=tuple(new for new in further if new))


def _step(job: Job, zone: str, address: str, home: Range | None, depth: int) -> NewJob | None:
    """The job for a neighbour; none if nobody lets us in."""
    seed, known = job.params["seed"], job.search
    name = known.devices.get((zone, address)) if known else None
    if name:
        return device_job(name, zone, seed, depth)
    if home is None or (known and (zone, address) in known.tried):
        return None
    port = SSH if SSH in home.ports else home.ports[0]
    return _address_job(home, address, {"port": port, "banner": None, "seed": seed, "depth": depth})


def _address_job(one: Range, address: str, more: Mapping[str, Any]) -> NewJob:
    params = {"range": one.name, **more}
    return NewJob(
        type="discovery", subject=address, params=params, dedupe_key=f"discovery:{one.zone}:{address}",
        exclusive_key=f"range:{one.name}:{crc32(address.encode()) % LOGINS_AT_ONCE}", zone=one.zone,
    )  # fmt: skip
