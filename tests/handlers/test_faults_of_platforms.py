"""Every proven family, each fault at each stage of a session: the right class, and nothing wrong accepted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from netraven_cli.device.platforms import load_platforms
from netraven_cli.errors import ErrorClass
from netraven_cli.snapshot.clean import compared
from tests.handlers.attempts import attempt
from tests.simulator import FAULTS, ROWS, SimulatedNetwork

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLATFORMS = load_platforms()
FAILS = {  # before the first byte of an answer: no capture
    "refused": ErrorClass.NETWORK,
    "silent": ErrorClass.NETWORK,
    "no_shell": ErrorClass.NETWORK,
    "no_prompt": ErrorClass.PROTOCOL,
    "cut_before": ErrorClass.NETWORK,
    "stall_before": ErrorClass.TIMEOUT,
}
QUARANTINED = {
    "cut": ErrorClass.INCOMPLETE,
    "stall": ErrorClass.INCOMPLETE,
    "cut_again": ErrorClass.INCOMPLETE,
    "stall_again": ErrorClass.INCOMPLETE,
    "truncated": ErrorClass.INCOMPLETE,
    "empty": ErrorClass.INCOMPLETE,
    "cli_error": ErrorClass.COMMAND,
}
HARMLESS = ("none", "slow", "prompt_in_config", "prompt_in_banner")


@pytest.fixture(scope="module")
def network() -> Iterator[SimulatedNetwork]:
    with SimulatedNetwork() as running:
        yield running


def wanted_of(platform: str, case: str) -> ErrorClass | None:
    if case.endswith("_again") and not PLATFORMS[platform].reads_twice:
        return None  # there is no second read to break off
    special = {"password": ErrorClass.AUTHENTICATION, "enable": ErrorClass.AUTHORIZATION}
    return {**FAILS, **QUARANTINED, **special}.get(case)


def fault_of(case: str) -> dict[str, Any]:
    return {case: "another"} if case in ("password", "enable") else {"fault": None if case == "none" else case}


@pytest.mark.parametrize("case", ["none", "password", "enable", *FAULTS])
def test_on_every_platform_a_fault_ends_in_its_class_and_nothing_wrong_is_accepted(
    case: str, network: SimulatedNetwork, tmp_path: Path
) -> None:
    devices = [
        network.add(name=f"{case}-{platform}".replace("_", "-"), platform=platform, size=2000, **fault_of(case))
        for platform, row in ROWS.items()
        if case != "enable" or row.privileges_by_enable
    ]
    with ThreadPoolExecutor(len(devices)) as pool:
        attempts = pool.map(lambda one: attempt(one, tmp_path), devices)
        ended = {one.platform: (one, how) for one, how in zip(devices, attempts, strict=True)}
    found = {platform: how.error_class for platform, (_one, how) in ended.items()}
    reasons = {platform: how.reason for platform, (_one, how) in ended.items()}
    assert found == {platform: wanted_of(platform, case) for platform in ended}, reasons
    for simulated, how in ended.values():
        assert (how.capture is None) == (case in (*FAILS, "password", "enable"))
        if how.capture and not how.capture.reasons:
            shown = compared(how.capture.text, PLATFORMS[simulated.platform])
            assert shown == simulated.configuration
        network.remove(simulated)


def test_every_fault_of_the_simulator_has_its_class() -> None:
    assert {*FAILS, *QUARANTINED, *HARMLESS} == {*FAULTS, "none"}
