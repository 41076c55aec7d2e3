"""From what an attempt told to the next state of a breaker: no SQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from netraven_cli.model import Breaker, Incident
from netraven_cli.store.session_keys import device_key
from netraven_cli.store.times import microseconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from netraven_cli.model import Heard
    from netraven_cli.settings.sections import BreakerSettings

GROWTH = 4  # each wait is so many times the one before
REFUSALS_KEPT = 1000


def credential_key(name: str) -> str:
    """The key of a credential."""
    return f"credential:{name}"


def told_by(
    settings: BreakerSettings, one: Heard, known: Mapping[str, Breaker], now: datetime
) -> Iterable[tuple[str, Breaker]]:
    """The breakers that an attempt says something about, as they are then."""
    key = device_key(one.device)
    if one.answered is not None:
        yield key, Breaker(key=key) if one.answered else _silent(settings, known.get(key), one, now)
    for name in one.refused:
        key = credential_key(name)
        yield key, _refused(settings, known.get(key), one, key, now)
    if one.accepted is not None:
        key = credential_key(one.accepted)
        yield key, Breaker(key=key, proven_at=now)


def _silent(settings: BreakerSettings, before: Breaker | None, told: Heard, now: datetime) -> Breaker:
    before = before or Breaker(key=device_key(told.device))
    after = replace(before, failures=before.failures + 1, reason=told.reason)
    return _opened(settings, after, now) if after.failures >= settings.device_failures else after


def _refused(settings: BreakerSettings, before: Breaker | None, told: Heard, key: str, now: datetime) -> Breaker:
    before = before or Breaker(key=key)
    since = microseconds(now - timedelta(seconds=settings.window_seconds))
    kept = [one for one in before.refusals if one[1] > since]
    refusals = tuple([*kept, (told.device, microseconds(now))][-REFUSALS_KEPT:])
    after = replace(before, failures=len(refusals), refusals=refusals, reason=told.reason)
    return _opened(settings, after, now) if after.is_open or not allowance(settings, after, now) else after


def allowance(settings: BreakerSettings, one: Breaker, now: datetime) -> int:
    """How many more refusals a credential may have before it is stopped."""
    since = microseconds(now - timedelta(seconds=settings.window_seconds))
    recent = [device for device, at in one.refusals if at > since]
    left = []
    if settings.credential_devices:
        left.append(settings.credential_devices - len(set(recent)))
    if settings.credential_refusals:
        left.append(settings.credential_refusals - len(recent))
    return max(min(left), 0)


def _opened(settings: BreakerSettings, one: Breaker, now: datetime) -> Breaker:
    """Open it, or let it wait longer; what was under way before it opened does not count twice."""
    if one.probe_at is not None and one.probe_at > now:
        return one
    seconds = settings.cool_down_seconds * GROWTH ** min(one.opens, 30)
    wait = timedelta(seconds=min(seconds, settings.cool_down_cap_seconds))
    return replace(
        one, opens=one.opens + 1, opened_at=one.opened_at or now, probe_at=now + wait, probe_job=None, probe_token=None
    )


def incident(key: str, before: Breaker | None, after: Breaker) -> Incident | None:
    """What is to be told of a change."""
    was_open = before is not None and before.is_open
    if after.is_open and not was_open:
        return Incident(key=key, event="opened", why=after.reason or "")
    return Incident(key=key, event="closed", why="it works again") if was_open and not after.is_open else None
