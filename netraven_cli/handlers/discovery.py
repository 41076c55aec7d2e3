"""The job type `discovery`: from address ranges, and from devices' neighbours, to findings.

Its jobs are of three kinds. A part of a range is swept; each new address with an SSH server that the sweep met becomes
a job of its own, which logs in once; a device of the inventory is asked for its facts and neighbours. Those of a crawl
lead on to the neighbours, where a range lets them: what a neighbour says is nobody's permission to send a password.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import Field

from netraven_cli.handlers.accepting import accept_by_itself
from netraven_cli.handlers.looking import look_at_address, look_at_device
from netraven_cli.handlers.sweeping import address_job, parts_of, sweep_part
from netraven_cli.model.discovery import Sighting
from netraven_cli.plugin import Context, Facts, Found, Job, NewJob, Parameters, Result, Selector
from netraven_cli.store import inventory, ranges

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from netraven_cli.handlers.looking import LookedAt
    from netraven_cli.model.discovery import Range

SSH = 22


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
        return (job for one in found for job in parts_of(one, seconds, again=again))

    def run(self, context: Context, job: Job) -> Result:
        """Sweep a part of a range, or look at an address or a device.

        Raises:
            AttemptError: it could not be looked at, and may be another time.
        """
        if "part" in job.params:
            return sweep_part(job)
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
    return address_job(home, address, {"port": port, "banner": None, "seed": seed, "depth": depth})
