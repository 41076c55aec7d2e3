"""One look at an address or a device: log in, tell the platform, collect facts and neighbours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from netraven_cli.device.identify import look
from netraven_cli.device.platforms import known_platforms
from netraven_cli.device.session import limits_of
from netraven_cli.handlers.logins import first_let_in
from netraven_cli.handlers.recorded import kept, recorded
from netraven_cli.model.discovery import Sighting
from netraven_cli.plugin import AttemptError, Context, Device, ErrorClass, Job, Result

if TYPE_CHECKING:
    from netraven_cli.device.identify import Looked
    from netraven_cli.model import Login, Platform
    from netraven_cli.model.discovery import Neighbour

# What may be otherwise in a moment: another attempt is made, and nothing is on record until then.
PASSING = (ErrorClass.NETWORK, ErrorClass.TIMEOUT, ErrorClass.RESOURCE, ErrorClass.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAt:
    """What a look brought, and the neighbours that it told of."""

    result: Result
    zone: str
    sightings: tuple[Sighting, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()


def look_at_device(context: Context, job: Job) -> LookedAt:
    """Ask a device of the inventory.

    Raises:
        AttemptError: no session came about.
    """
    device = job.device
    if device is None:
        raise AttemptError(ErrorClass.SETTINGS, f"{job.subject} is not in the inventory any more")
    platform = known_platforms(context.settings.platforms_file).get(device.platform)
    (looked, result), refused = first_let_in(job, partial(_look, context, job, device, platform, None))
    result = replace(result, refused=refused, host_key=looked.host_key, facts=looked.facts)
    return LookedAt(result=result, zone=device.zone, neighbours=looked.neighbours)


def look_at_address(context: Context, job: Job) -> LookedAt:
    """Find out what is at an address; that nobody is let in is a finding too.

    Raises:
        AttemptError: it does not answer at the moment.
    """
    home = job.search.ranges.get(job.params["range"]) if job.search else None
    if job.search is None or home is None or job.subject not in home.addresses:
        return LookedAt(result=Result(summary="no range lets NetRaven log in there any more"), zone="default")
    if name := job.search.devices.get((home.zone, job.subject)):
        return LookedAt(result=Result(summary=f"it is the device {name}"), zone=home.zone)
    place = Device(id=0, name=job.subject, address=job.subject, platform="", port=job.params["port"])
    keys: list[str] = []
    try:
        (looked, result), refused = first_let_in(job, partial(_look, context, job, place, None, keys))
    except AttemptError as error:
        if error.error_class in PASSING:
            raise
        return _not_identified(job, home.zone, error, keys)
    sighting = Sighting(
        address=job.subject, port=place.port, host_key=looked.host_key, platform=looked.platform, range=home.name,
        credential=result.credential, facts=looked.facts, tried=True,
        reason=None if looked.platform else "its platform could not be told",
    )  # fmt: skip
    return LookedAt(
        result=replace(result, refused=refused), zone=home.zone, sightings=(sighting,), neighbours=looked.neighbours
    )


def _look(
    context: Context, job: Job, place: Device, platform: Platform | None, keys: list[str] | None, login: Login
) -> tuple[Looked, Result]:
    limits = limits_of(context.settings.session, place.options, job.jumps)
    with recorded(context, job, platform, login) as transcript:
        looked = look(
            place, platform, login, limits, banner=job.params.get("banner"), told=job.params.get("platform"),
            transcript=transcript, on_abort=job.on_abort,
            on_key=keys.append if keys is not None else lambda _key: None,
        )  # fmt: skip
        path = kept(context, transcript, failed=looked.platform is None)
    return looked, Result(summary=_summary(looked), credential=login.credential, transcript=path)


def _not_identified(job: Job, zone: str, error: AttemptError, keys: list[str]) -> LookedAt:
    """A finding that nobody could log in on; where a credential is stopped, or none fits, it is tried again."""
    sighting = Sighting(
        address=job.subject, host_key=keys[-1] if keys else None, reason=str(error), range=job.params["range"],
        tried=bool(job.logins) and not job.stopped,
    )  # fmt: skip
    result = Result(summary=f"not identified: {error}", refused=error.refused, transcript=error.transcript)
    return LookedAt(result=result, zone=zone, sightings=(sighting,))


def _summary(looked: Looked) -> str:
    facts = looked.facts
    parts = (looked.platform or "an unknown platform", facts.hostname, facts.model, facts.serial)
    return ", ".join(part for part in parts if part)
