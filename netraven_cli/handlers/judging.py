"""From what a check met to its verdict: a state, and the reasons for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from netraven_cli.model.health import Check, HealthState
from netraven_cli.model.host_key import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netraven_cli.device.reach import Reached
    from netraven_cli.model.health import Vitals
    from netraven_cli.settings.health import HealthSettings


def absent(state: HealthState, reason: str) -> Check:
    """The verdict on a device that did not take the connection, or that could not be asked."""
    return Check(state=state, reasons=(reason,))


def seen(reached: Reached, known_key: str | None, limits: HealthSettings) -> Check:
    """The verdict on a device that took the connection."""
    reasons = tuple(_of_connection(reached, known_key, limits))
    return Check(
        state=HealthState.DEGRADED if reasons else HealthState.OK,
        reasons=reasons,
        latency_ms=round(reached.latency_ms, 3),
        banner=reached.banner,
        host_key=fingerprint(reached.host_key) if reached.host_key else None,
        known_key=fingerprint(known_key) if known_key else None,
    )


def asked(check: Check, vitals: Vitals, limits: HealthSettings) -> Check:
    """The verdict with what the device said of itself."""
    reasons = (*check.reasons, *_of_vitals(vitals, limits))
    return replace(check, vitals=vitals, reasons=reasons, state=HealthState.DEGRADED if reasons else HealthState.OK)


def not_asked(check: Check, state: HealthState, reason: str) -> Check:
    """The verdict on a device that is there, and that nobody could log in on."""
    return replace(check, state=state, reasons=(*check.reasons, reason))


def _of_connection(reached: Reached, known_key: str | None, limits: HealthSettings) -> Iterator[str]:
    if reached.fault:
        yield reached.fault
    if known_key and reached.host_key and reached.host_key != known_key:
        keys = f"{fingerprint(reached.host_key)}, and {fingerprint(known_key)} is on record"
        yield f"it shows another host key: {keys}; if the device was replaced, forget its key"
    if limits.max_latency_ms and reached.latency_ms > limits.max_latency_ms:
        yield f"the connect took {reached.latency_ms:.0f} ms, more than {limits.max_latency_ms:g}"


def _of_vitals(vitals: Vitals, limits: HealthSettings) -> Iterator[str]:
    shares = (
        ("processor", vitals.cpu_percent, limits.max_cpu_percent),
        ("memory", vitals.memory_percent, limits.max_memory_percent),
    )
    for what, found, most in shares:
        if found is not None and most is not None and found > most:
            yield f"{what} {found:g} % in use, more than {most:g}"
    counts = (
        ("interfaces", vitals.interfaces_down, limits.max_interfaces_down),
        ("neighbours of BGP", vitals.bgp_down, limits.max_neighbors_down),
        ("neighbours of OSPF", vitals.ospf_down, limits.max_neighbors_down),
    )
    for what, down, most_down in counts:
        if down is not None and most_down is not None and down > most_down:
            yield f"{down} {what} are down, more than {most_down}"
    yield from vitals.alarms
