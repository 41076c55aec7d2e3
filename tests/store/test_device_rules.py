from __future__ import annotations

import pytest

from netraven_cli.errors import DataError
from netraven_cli.store.device_rules import check_device
from tests.store.make import new_device


@pytest.mark.parametrize(
    "address", ["192.0.2.1", "2001:db8::1", "fe80::1%eth0", "sw1", "sw_1.example.net.", "bücher.de"]
)
def test_host_names_and_addresses_of_both_families_are_accepted(address: str) -> None:
    check_device(new_device("r1", address=address))


@pytest.mark.parametrize(
    "address",
    ["", "-oProxyCommand=id", "admin@sw1", "a b", "192.0.2.256", "10.0.0.1/24", "sw1:22", "[::1]", "fe80::1%$(id)",
     "192.0.2.1%eth0", "fe80::1%", "sw1\n", "sw1\x00", "a;b", ".", "x" * 300],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(DataError, match="address"):
        check_device(new_device("r1", address=address))


@pytest.mark.parametrize(
    "name", ["", " sw1", "sw1 ", "sw\n1", "sw\x1b[31m", "sw\x00", "sw\x7f", "sw\u202e1", "x" * 256, "\udcff"]
)
def test_a_name_that_cannot_be_seen_or_typed_is_refused_in_printable_words(name: str) -> None:
    with pytest.raises(DataError, match="name of a device") as refused:
        check_device(new_device(name))
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    ("field", "value"),
    [("port", 0), ("port", 65536), ("tags", ("a b",)), ("tags", ("a,b",)), ("tags", ("",)), ("tags", ("!a",)),
     ("zone", ""), ("zone", "a\tb"), ("platform", "x" * 65), ("details", {"color": "red"}),
     ("details", {"notes": "\x1b]0;x\x07"})],
)  # fmt: skip
def test_other_fields_out_of_their_range_are_refused(field: str, value: object) -> None:
    with pytest.raises(DataError):
        check_device(new_device("r1", **{field: value}))
