from __future__ import annotations

import contextlib
import re
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import netmiko
import pytest

from netraven_cli.device.platforms import UNPROVEN, load_families
from netraven_cli.device.reader import Prompt, squeeze
from netraven_cli.errors import AttemptError, ErrorClass
from tests.device.conftest import PLATFORMS, fetch_from, refused, wait_until
from tests.simulator import ROWS, SimulatedDevice, SimulatedNetwork

if TYPE_CHECKING:
    from collections.abc import Iterator

CHANGES_CONFIGURATION = ("conf", "set output", "write", "copy", "commit", "save", "edit")


@pytest.fixture(params=list(ROWS))
def any_device(request: pytest.FixtureRequest, network: SimulatedNetwork) -> Iterator[SimulatedDevice]:
    simulated = network.add(name=f"any-{request.param.replace('_', '-')}", platform=request.param, size=5000)
    yield simulated
    wait_until(lambda: simulated.connections == 0)
    network.remove(simulated)


def test_a_configuration_is_fetched_byte_for_byte(any_device: SimulatedDevice) -> None:
    fetched = fetch_from(any_device)
    assert fetched.text == any_device.shown[-1]
    assert fetched.ended is None
    assert fetched.prompt_seen
    assert any_device.max_concurrent == 1


def test_a_pager_that_cannot_be_turned_off_leaves_no_trace(
    any_device: SimulatedDevice, network: SimulatedNetwork
) -> None:
    network.change(any_device, always_pages=True)
    assert fetch_from(any_device).text == any_device.shown[-1]


def test_fetching_sends_nothing_that_changes_a_configuration(any_device: SimulatedDevice) -> None:
    fetch_from(any_device)
    assert not [command for command in any_device.commands if command.startswith(CHANGES_CONFIGURATION)]


def test_fetching_says_goodbye_to_the_device(any_device: SimulatedDevice) -> None:
    fetch_from(any_device)
    wait_until(lambda: any_device.connections == 0)
    assert any_device.commands[-1] == PLATFORMS[any_device.platform].leave


def test_a_line_like_the_prompt_inside_the_configuration_ends_nothing(
    any_device: SimulatedDevice, network: SimulatedNetwork
) -> None:
    network.change(any_device, fault="prompt_in_config")
    fetched = fetch_from(any_device)
    assert fetched.text == any_device.shown[-1]
    assert fetched.ended is None


def test_every_proven_family_is_simulated() -> None:
    proven = {family: set(platforms) for family, platforms in load_families().items() if family != UNPROVEN}
    assert [family for family, platforms in proven.items() if not platforms & set(ROWS)] == []
    assert set(ROWS) <= set.union(*proven.values())


def test_a_large_configuration_is_fetched_byte_for_byte(network: SimulatedNetwork) -> None:
    large = network.add(name="large", platform="cisco_ios", size=2_000_000)
    assert fetch_from(large).text == large.shown[-1]
    network.remove(large)


def test_a_distant_device_is_fetched_byte_for_byte(network: SimulatedNetwork, ios: SimulatedDevice) -> None:
    network.change(ios, latency_seconds=0.15)
    assert fetch_from(ios).text == ios.shown[-1]


def test_the_answers_to_several_commands_follow_each_other(ios: SimulatedDevice) -> None:
    platform = replace(PLATFORMS["cisco_ios"], commands=("show run", "sh run"), prepare=("terminal no monitor",))
    assert fetch_from(ios, platform=platform).text == "".join(ios.shown[-2:])
    assert "terminal no monitor" in ios.commands


def test_a_second_read_is_made_in_the_same_session_if_the_first_asks_for_it(ios: SimulatedDevice) -> None:
    looked_at: list[str] = []
    fetched = fetch_from(ios, read_again=lambda text: not looked_at.append(text))  # type: ignore[func-returns-value] # None
    assert looked_at == [ios.shown[0]]
    assert (fetched.text, fetched.second_text) == tuple(ios.shown)
    assert len(ios.sessions) == 1
    assert fetch_from(ios, read_again=lambda _text: False).second_text is None


@pytest.mark.parametrize("fault", ["cut_again", "stall_again"])
def test_a_second_read_that_breaks_off_leaves_neither_for_whole(
    fault: str, network: SimulatedNetwork, ios: SimulatedDevice
) -> None:
    network.change(ios, fault=fault)
    fetched = fetch_from(ios, read_again=lambda _text: True, idle_timeout_seconds=0.5)
    assert fetched.text == ios.shown[0]
    assert fetched.ended is not None
    assert fetched.ended.startswith("at the second read, the ")
    assert not fetched.prompt_seen


def test_a_platform_with_a_name_of_its_own_is_logged_in_by_the_driver_that_it_names(ios: SimulatedDevice) -> None:
    platform = replace(PLATFORMS["cisco_ios"], name="old_ios", netmiko_type="cisco_ios")
    assert fetch_from(ios, platform=platform).text == ios.shown[-1]


def test_paging_is_left_as_it_is_where_turning_it_off_would_change_the_configuration(
    network: SimulatedNetwork,
) -> None:
    exos = network.add(name="x440", platform="extreme_exos", size=5000)
    fetch_from(exos)
    assert "disable clipaging" not in exos.commands
    assert "disable clipaging session" in exos.commands
    network.remove(exos)


def test_a_prompt_with_a_number_is_known_again_with_another_one() -> None:
    prompt = Prompt(line="sw.7.1 #", lines=frozenset(), varies=PLATFORMS["extreme_exos"].prompt_varies)
    fits = re.compile(prompt.pattern()).fullmatch
    assert fits("sw.7.1 #")
    assert fits("sw.7.112 #")
    assert not fits("sw.8.1 #")
    assert not fits("sw.7. #")
    assert re.compile(prompt.pattern(squeeze)).fullmatch("sw.7.33#")


@pytest.mark.parametrize("fault", ["cli_error", "empty", "truncated", "slow"])
def test_what_a_device_answers_is_handed_on_as_it_is(
    fault: str, network: SimulatedNetwork, ios: SimulatedDevice
) -> None:
    network.change(ios, fault=fault)
    fetched = fetch_from(ios)
    assert (fetched.text, fetched.prompt_seen) == (ios.shown[-1], True)


@pytest.mark.parametrize(
    ("fault", "reason"), [("cut", "the connection was lost"), ("stall", "the device said nothing for 0.3 seconds")]
)
def test_a_configuration_that_breaks_off_comes_back_as_far_as_it_came(
    fault: str, reason: str, network: SimulatedNetwork, ios: SimulatedDevice
) -> None:
    network.change(ios, fault=fault)
    fetched = fetch_from(ios, idle_timeout_seconds=0.3)
    shown = ios.shown[-1]
    assert fetched.text == shown[: len(shown) // 2]
    assert fetched.ended is not None
    assert reason in fetched.ended
    assert "after line" in fetched.ended
    assert not fetched.prompt_seen


@pytest.mark.parametrize(
    ("fault", "error_class", "reason"),
    [
        ("refused", ErrorClass.NETWORK, "refused the connection"),
        ("silent", ErrorClass.NETWORK, "gave no login within 1 seconds"),
        ("no_shell", ErrorClass.NETWORK, "closed the connection right after the login"),
        ("no_prompt", ErrorClass.PROTOCOL, "showed no prompt"),
        ("cut_before", ErrorClass.NETWORK, "the connection was lost before the first line"),
        ("stall_before", ErrorClass.TIMEOUT, "the device said nothing for 0.3 seconds before the first line"),
    ],
)
def test_a_device_that_gives_nothing_fails_the_attempt_with_its_class(
    fault: str, error_class: ErrorClass, reason: str, network: SimulatedNetwork, ios: SimulatedDevice
) -> None:
    network.change(ios, fault=fault)
    limit = 1 if fault in ("silent", "no_prompt") else 15
    error = refused(ios, login_timeout_seconds=limit, idle_timeout_seconds=0.3)
    assert error.error_class is error_class
    assert reason in str(error)
    assert f"{ios.address} port {ios.port}" in str(error)


def test_a_name_that_does_not_exist_is_named(ios: SimulatedDevice) -> None:
    ios_elsewhere = replace(ios, address="no-such-device.invalid")
    error = refused(ios_elsewhere)
    assert error.error_class is ErrorClass.NETWORK
    assert "the name no-such-device.invalid cannot be resolved" in str(error)


def test_a_device_type_that_netmiko_does_not_have_is_a_settings_error(ios: SimulatedDevice) -> None:
    error = refused(ios, platform=replace(PLATFORMS["cisco_ios"], name="acme_os"))
    assert error.error_class is ErrorClass.SETTINGS
    assert "acme_os" in str(error)


@pytest.mark.parametrize("fault", ["stall", "stall_before", "silent", "no_prompt"])
def test_an_abort_from_another_thread_ends_the_session_at_once(
    fault: str, network: SimulatedNetwork, ios: SimulatedDevice
) -> None:
    network.change(ios, fault=fault)
    begun = time.monotonic()

    def abort_soon(close: Any) -> None:
        threading.Timer(0.4, close).start()

    error = refused(ios, on_abort=abort_soon, login_timeout_seconds=30, idle_timeout_seconds=30)
    assert error.error_class is ErrorClass.CANCELLED
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("telnet", [False, True])
def test_a_session_that_is_ended_from_outside_is_left_on_the_device(telnet: bool, network: SimulatedNetwork) -> None:
    slow = network.add(name="slow", platform="cisco_ios", size=30_000, fault="slow", telnet=telnet)

    def abort_within(close: Any) -> None:
        def abort() -> None:
            wait_until(lambda: slow.shown)
            close()

        threading.Thread(target=abort).start()

    error = refused(slow, on_abort=abort_within, options={"telnet": telnet})
    assert error.error_class is ErrorClass.CANCELLED
    wait_until(lambda: slow.connections == 0)
    assert (slow.commands[-1], slow.commands.count("exit")) == ("exit", 1)
    network.remove(slow)


def test_a_session_whose_time_is_over_is_left_on_the_device(network: SimulatedNetwork) -> None:
    late = network.add(name="late", platform="linux", answers={"true": ""}, latency_seconds=0.4)
    with pytest.raises(AttemptError) as caught:
        fetch_from(late, idle_timeout_seconds=0.2)
    assert caught.value.error_class is ErrorClass.TIMEOUT
    wait_until(lambda: late.connections == 0)
    assert late.open_sessions == 0
    network.remove(late)


def test_an_abort_before_the_connection_opens_none(ios: SimulatedDevice) -> None:
    error = refused(ios, on_abort=lambda close: close())
    assert error.error_class is ErrorClass.CANCELLED
    assert not ios.sessions


def test_an_abort_after_the_session_does_no_harm(ios: SimulatedDevice) -> None:
    handed: list[Any] = []
    assert fetch_from(ios, on_abort=handed.append).prompt_seen
    handed[0]()


def test_no_failed_login_leaves_a_connection_open(network: SimulatedNetwork, ios: SimulatedDevice) -> None:
    threads = threading.active_count()
    for fault in ("no_shell", "no_prompt", "cut", "stall", "cut_before", "stall_before"):
        network.change(ios, fault=fault)
        with contextlib.suppress(AttemptError):
            fetch_from(ios, login_timeout_seconds=0.8, idle_timeout_seconds=0.2)
        wait_until(lambda: ios.connections == 0)
        assert ios.open_sessions == 0
    wait_until(lambda: threading.active_count() <= threads)


def test_no_session_leaves_its_secrets_with_the_libraries(network: SimulatedNetwork, ios: SimulatedDevice) -> None:
    fetch_from(ios)
    network.change(ios, fault="refused")
    refused(ios)
    assert not netmiko.log.filters


def test_the_libraries_stay_silent(
    network: SimulatedNetwork, ios: SimulatedDevice, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    network.change(ios, fault="no_shell")
    refused(ios)
    network.change(ios, fault=None)
    fetch_from(ios)
    product = [record for record in caplog.records if record.name.startswith(("paramiko", "netmiko"))]
    assert not product
    assert capfd.readouterr() == ("", "")
