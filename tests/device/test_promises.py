"""What a session does not do: wait for a connection that is gone, end a slow one, change what it reads."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from netraven_cli.errors import AttemptError
from tests.device.conftest import PLATFORMS, fetch_from, wait_until

if TYPE_CHECKING:
    from netraven_cli.model import Platform
    from tests.simulator import SimulatedNetwork

FOR_EVER_SECONDS = 600  # an idle limit that no test waits for
CHANGES = re.compile(
    r"(?:conf|system-view|set output|set system|write|copy|commit|save|edit|delete|erase|reload|reset)\b|configure",
    re.IGNORECASE,
)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("telnet", [False, True])
def test_a_connection_that_is_reset_is_noticed_at_once_and_not_at_the_idle_limit(
    telnet: bool, network: SimulatedNetwork
) -> None:
    simulated = network.add(name="lost", platform="cisco_ios", size=6000, fault="cut", telnet=telnet)
    fetched = fetch_from(simulated, idle_timeout_seconds=FOR_EVER_SECONDS, options={"telnet": telnet})
    assert "the connection was lost after line" in str(fetched.ended)
    network.remove(simulated)


def test_a_live_transfer_may_take_longer_than_the_idle_limit_as_long_as_it_goes_on(network: SimulatedNetwork) -> None:
    simulated = network.add(name="slow", platform="cisco_ios", size=60_000, fault="slow")  # 1.3 s in all
    fetched = fetch_from(simulated, idle_timeout_seconds=0.6)
    assert (fetched.text, fetched.ended) == (simulated.shown[-1], None)
    network.remove(simulated)


@pytest.mark.timeout(120)
def test_no_driver_of_any_platform_sends_what_changes_a_configuration(network: SimulatedNetwork) -> None:
    """Each logs in on the same command line, which answers what it does not know with an error, as far as it comes."""
    sent: dict[str, list[str]] = {}

    def try_one(platform: Platform) -> None:
        simulated = network.add(name=f"all-{platform.name}", platform="cisco_ios", size=2000)
        asking = replace(platform, commands=("show running-config",))
        with suppress(AttemptError):  # it may want another greeting: what it sent until then counts all the same
            fetch_from(simulated, platform=asking, login_timeout_seconds=4, idle_timeout_seconds=2)
        sent[platform.name] = simulated.commands
        wait_until(lambda: simulated.connections == 0)
        network.remove(simulated)

    with ThreadPoolExecutor(30) as pool:
        list(pool.map(try_one, PLATFORMS.values()))
    assert len(sent) == len(PLATFORMS) > 100
    assert {name: bad for name, all_ in sent.items() if (bad := [one for one in all_ if CHANGES.search(one)])} == {}
    through = [name for name, all_ in sent.items() if "show running-config" in all_]
    assert len(through) > len(PLATFORMS) / 2
