"""What `device add|edit --option` takes, and how it survives files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Called

ADD = ("--address", "192.0.2.1", "--platform", "cisco_ios")


def options_of(called: Called, name: str) -> dict[str, object]:
    found: dict[str, object] = called.well("device", "show", name, "--json").json["options"]
    return {option: value for option, value in found.items() if value}


def test_options_are_given_changed_and_taken_back(called: Called) -> None:
    called.well("device", "add", "bastion", *ADD)
    called.well("device", "add", "sw", *ADD, "--option", "jump=bastion", "--option", "legacy_algorithms=yes")
    called.well("device", "edit", "sw", "--option", "idle_timeout_seconds=90", "--option", "legacy_algorithms=")
    assert options_of(called, "sw") == {"jump": "bastion", "idle_timeout_seconds": 90}
    assert "idle_timeout_seconds\t90.0\toption of the device" in called.well("device", "show", "sw", "--explain").out


def test_options_go_through_files_exactly(called: Called) -> None:
    called.well("device", "add", "b=a", *ADD)
    called.well("device", "add", "sw", *ADD, "--option", "jump=b=a", "--option", "login_timeout_seconds=2.5")
    before = options_of(called, "sw")
    for form in ((), ("--json",)):
        exported = called.well("device", "export", *form).out
        called.well("device", "remove", "sw", "b=a", "--yes")
        called.well("device", "import", "-", stdin=exported)
        assert options_of(called, "sw") == before
    listed = called.well("device", "list", "--json").out
    assert "2 left as they were" in called.well("device", "import", "-", "--update", stdin=listed).err


def test_a_file_that_says_nothing_of_options_leaves_them(called: Called) -> None:
    called.well("device", "add", "sw", *ADD, "--option", "legacy_algorithms=yes")
    called.well("device", "import", "-", "--update", stdin="name,address,platform\nsw,192.0.2.9,cisco_ios\n")
    assert options_of(called, "sw") == {"legacy_algorithms": True}


@pytest.mark.parametrize(
    ("option", "status", "said"),
    [
        ("jum=x", 65, "did you mean jump=VALUE?"),
        ("jump", 65, "did you mean jump=VALUE?"),
        ("jump=nowhere", 68, "the jump host nowhere of sw is no device"),
        ("jump=sw", 65, "in a circle"),
        ("idle_timeout_seconds=soon", 65, "a number of seconds, not 'soon'"),
        ("idle_timeout_seconds=-1", 65, "a number of seconds"),
        ("login_timeout_seconds=inf", 65, "a number of seconds"),
        ("legacy_algorithms=perhaps", 65, "is yes or no"),
        ("telnet=perhaps", 65, "is yes or no"),
        ("source_address=eth0", 65, "must be an IP address"),
    ],
)
def test_a_bad_option_gets_one_sentence_and_changes_nothing(
    called: Called, option: str, status: int, said: str
) -> None:
    called.well("device", "add", "sw", *ADD)
    before = called.well("device", "list", "--json").out
    bad = called("device", "edit", "sw", "--option", option)
    assert (bad.status, said in bad.err) == (status, True), bad.err
    assert called.well("device", "list", "--json").out == before


def port_of(called: Called, name: str) -> int:
    port: int = called.well("device", "show", name, "--json").json["port"]
    return port


def test_telnet_is_said_to_be_in_clear_text_wherever_it_is_set(called: Called) -> None:
    said = called.well("device", "add", "old", *ADD, "--option", "telnet=yes")
    assert "passwords and configuration go over the network in clear text" in said.err
    called.well("device", "add", "new", *ADD)
    assert "with new, user name" in called.well("device", "edit", "new", "--option", "telnet=yes").err
    csv = "name,address,platform,options\nfiled,192.0.2.9,cisco_ios,telnet=yes\n"
    assert "with filed, user name" in called.well("device", "import", "-", stdin=csv).err
    found = {one["check"]: one for one in called("doctor", "--json").json["items"]}["telnet"]
    assert (found["health"], "with filed, new, old, user name" in found["detail"]) == ("WARN", True)
    for name in ("old", "new", "filed"):
        assert "clear text" not in called.well("device", "edit", name, "--option", "telnet=no").err
    assert {one["check"]: one for one in called("doctor", "--json").json["items"]}["telnet"]["health"] == "OK"


def test_the_port_goes_with_telnet_unless_it_is_another_one(called: Called) -> None:
    called.well("device", "add", "old", *ADD, "--option", "telnet=yes")
    assert port_of(called, "old") == 23
    called.well("device", "edit", "old", "--option", "telnet=no")
    assert port_of(called, "old") == 22
    called.well("device", "edit", "old", "--option", "telnet=yes", "--port", "2023")
    called.well("device", "edit", "old", "--option", "telnet=")
    assert port_of(called, "old") == 2023


def test_a_device_with_telnet_has_no_host_key_to_accept(called: Called) -> None:
    called.well("device", "add", "old", *ADD, "--option", "telnet=yes")
    said = called("host-key", "accept", "old", "--yes")
    assert (said.status, "is reached by telnet" in said.err) == (64, True)
