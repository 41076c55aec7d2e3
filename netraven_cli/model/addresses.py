"""Sets of IP addresses as spans of numbers: counted, looked up and put into another order without being written out."""

from __future__ import annotations

from bisect import bisect_right
from ipaddress import ip_address, ip_network
from itertools import accumulate, count
from math import gcd
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Span = tuple[int, int, int]  # version, first, last
GOLDEN = (5**0.5 - 1) / 2
POINT_TO_POINT_ADDRESSES = 2  # RFC 3021, RFC 6164: such a network has no address of its own and no broadcast


class Addresses:
    """The addresses of some networks without those of others; an excluded address cannot come out of it."""

    def __init__(self, networks: Iterable[str], exclusions: Iterable[str] = ()) -> None:
        """Read networks (192.0.2.0/24), spans (192.0.2.10-192.0.2.20) and single addresses.

        Raises:
            ValueError: one of them is none of these.
        """
        left = _merged(_span(text, hosts_only=True) for text in networks)
        for gone in _merged(_span(text, hosts_only=False) for text in exclusions):
            left = [piece for span in left for piece in _without(span, gone)]
        self._spans = left
        self._ends = list(accumulate(last - first + 1 for _, first, last in left))

    @property
    def count(self) -> int:
        """How many they are; more than `len` can tell, of IPv6."""
        return self._ends[-1] if self._ends else 0

    def __contains__(self, address: str) -> bool:
        found = ip_address(address.partition("%")[0])
        return any(version == found.version and first <= int(found) <= last for version, first, last in self._spans)

    def at(self, place: int) -> str:
        """The address at a place, counted from 0 in their order."""
        nth = bisect_right(self._ends, place)
        version, _, last = self._spans[nth]
        number = last - (self._ends[nth] - 1 - place)
        return str(_address(version, number))

    def part(self, number: int, parts: int) -> Iterator[str]:
        """The addresses of one of so many parts, counted from 0, in an order that is not theirs.

        All parts together are all addresses, each once. Those that follow each other are far apart, so no network gets
        many connections at once. The order is x -> step * x mod size, with a step near the golden section that has no
        divisor in common with the size: a permutation that needs no memory, the same in each process.
        """
        size = self.count
        step = next(each for each in count(int(size * GOLDEN)) if gcd(each, size) == 1)
        for nth in range(size * number // parts, size * (number + 1) // parts):
            yield self.at(step * nth % size)


def _address(version: int, number: int) -> object:
    return ip_address(number) if version == 4 else ip_address(number.to_bytes(16, "big"))


def _span(text: str, *, hosts_only: bool) -> Span:
    first, dash, last = text.strip().partition("-")
    if dash:
        begin, end = ip_address(first.strip()), ip_address(last.strip())
        if begin.version != end.version or int(begin) > int(end):
            raise ValueError(f"{text!r} ends before it begins")
        return begin.version, int(begin), int(end)
    network = ip_network(text.strip())
    low, high = int(network.network_address), int(network.broadcast_address)
    bare = hosts_only and network.version == 4 and network.num_addresses > POINT_TO_POINT_ADDRESSES
    return network.version, low + bare, high - bare


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for version, first, last in sorted(spans):
        if merged and merged[-1][0] == version and first <= merged[-1][2] + 1:
            merged[-1] = (version, merged[-1][1], max(last, merged[-1][2]))
        else:
            merged.append((version, first, last))
    return merged


def _without(span: Span, gone: Span) -> Sequence[Span]:
    version, first, last = span
    if version != gone[0] or gone[2] < first or last < gone[1]:
        return [span]
    pieces = [(version, first, gone[1] - 1), (version, gone[2] + 1, last)]
    return [piece for piece in pieces if piece[1] <= piece[2]]
