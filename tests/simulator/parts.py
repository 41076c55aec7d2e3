"""What all configurations are made of, from a source of chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

Sections = tuple[list[str], "Iterator[list[str]]", list[str]]  # head, as many as needed, tail


def address(source: random.Random) -> str:
    return f"10.{source.randrange(256)}.{source.randrange(256)}.{source.randrange(1, 255)}"


def secret(source: random.Random) -> str:
    return f"{source.getrandbits(96):024x}"


def words(source: random.Random) -> str:
    return f"{source.choice(['uplink', 'customer', 'server', 'peering', 'backup'])} {source.randrange(10_000)}"
