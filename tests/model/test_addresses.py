from __future__ import annotations

from ipaddress import ip_address, ip_network
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netraven_cli.model.addresses import Addresses

PREFIXES = st.integers(22, 32)
NETWORKS = st.builds(
    lambda number, prefix: str(ip_network((number, prefix), strict=False)),
    st.integers(0x0A000000, 0x0A000FFF), PREFIXES,
)  # fmt: skip


def hosts(networks: list[str], exclusions: list[str]) -> set[str]:
    """The same, written out."""
    wanted = {str(one) for text in networks for one in ip_network(text).hosts()}
    return wanted - {str(one) for text in exclusions for one in ip_network(text)}


@given(st.lists(NETWORKS, min_size=1, max_size=4), st.lists(NETWORKS, max_size=4))
def test_what_is_counted_and_found_is_what_the_networks_have_without_the_exclusions(
    networks: list[str], exclusions: list[str]
) -> None:
    found = Addresses(networks, exclusions)
    wanted = hosts(networks, exclusions)
    assert found.count == len(wanted)
    assert {found.at(place) for place in range(found.count)} == wanted
    for text in exclusions:
        assert str(ip_network(text)[0]) not in found


@given(
    st.lists(NETWORKS, min_size=1, max_size=3),
    st.lists(NETWORKS, max_size=2),
    st.integers(1, 9),
)
def test_the_parts_together_are_all_addresses_each_once(networks: list[str], exclusions: list[str], parts: int) -> None:
    found = Addresses(networks, exclusions)
    order = [address for part in range(parts) for address in found.part(part, parts)]
    assert len(order) == found.count
    assert set(order) == hosts(networks, exclusions)


def test_the_order_is_not_that_of_the_addresses_and_the_same_each_time() -> None:
    found = Addresses(["10.0.0.0/20"])
    order = list(found.part(0, 1))
    assert order == list(Addresses(["10.0.0.0/20"]).part(0, 1))
    steps = [int(ip_address(after)) - int(ip_address(before)) for before, after in pairwise(order)]
    assert 1 not in steps


def test_spans_single_addresses_and_ipv6_are_taken() -> None:
    found = Addresses(["192.0.2.10-192.0.2.12", "2001:db8::1", "2001:db8::8/127"], ["192.0.2.11"])
    assert [found.at(place) for place in range(found.count)] == [
        "192.0.2.10", "192.0.2.12", "2001:db8::1", "2001:db8::8", "2001:db8::9",
    ]  # fmt: skip


def test_a_network_of_ipv6_is_counted_without_being_written_out() -> None:
    assert Addresses(["2001:db8::/32"]).count == 2**96


@pytest.mark.parametrize("text", ["192.0.2.1/24", "192.0.2.9-192.0.2.1", "core-1", "192.0.2.1-2001:db8::1", ""])
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Addresses([text])
