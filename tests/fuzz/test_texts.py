"""The same as `make fuzz`, by chance instead of coverage."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.texts import NAMES, PASSWORD, check
from tests.snapshot.canaries import configuration

PIECES = st.sampled_from(
    [
        b"\r\n", b"core-1#show running-config\r\n", b"core-1#", b"\x1b[K", b"\x08 \x08", b"\x00", b"\xff", b"--More--",
        b"-----BEGIN RSA PRIVATE KEY-----", b"-----END RSA PRIVATE KEY-----", b" certificate 01\n  30820330\n  quit\n",
        b"enable secret 5 $1$abcd$abcdefgh ", b"snmp-server community ", b"set password ENC ", b'"', b"{", b"}",
        b"end\n", b'set private-key "', PASSWORD.encode(), b"redacted-key-0123456789abcdef", b"\\",
    ]
)  # fmt: skip


@given(st.lists(PIECES | st.binary(max_size=8), max_size=40).map(b"".join), st.sampled_from(NAMES))
def test_whatever_bytes_a_device_sends_they_are_cleaned_hidden_and_judged(data: bytes, name: str) -> None:
    check(data, name)


@pytest.mark.parametrize("name", NAMES[:-1])
def test_a_configuration_with_secrets_and_damage_anywhere_is_cleaned_hidden_and_judged(name: str) -> None:
    whole, source = configuration(name).encode(), random.Random(name)
    check(whole, name)
    for _ in range(40):
        check(damaged(whole, source), name)


def damaged(whole: bytes, source: random.Random) -> bytes:
    """Something came between, a piece is gone, or two ends were put together."""
    at, other = source.randrange(len(whole)), source.randrange(len(whole))
    between = source.choice([source.randbytes(3), b"\xff" * 300, b"{", b'"', b"\n--More--\n", b"\n% Invalid input\n"])
    return whole[:at] + source.choice([between + whole[at:], whole[at + source.randrange(40) :], whole[other:]])
