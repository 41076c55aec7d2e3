"""Ways of logging in beside a plain password: keyboard-interactive, a key with a passphrase."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from netraven_cli.device.session import Fetched, Limits, fetch
from netraven_cli.errors import AttemptError, ErrorClass
from netraven_cli.model import Device, Login, Secret
from tests.device.conftest import PLATFORMS, fetch_from, login_of, refused
from tests.interactive_server import CONFIGURATION, InteractiveServer, interactive_server

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simulator import SimulatedDevice, SimulatedNetwork

PASSWORD = "s3cret-Pa55"


def fetch_interactively(server: InteractiveServer, password: str = PASSWORD) -> Fetched:
    device = Device(id=1, name="box", address="127.0.0.1", port=server.port, platform="cisco_nxos")
    login = Login(credential="lab", username="ops", password=Secret(password))
    return fetch(device, PLATFORMS["cisco_nxos"], login, Limits(idle_timeout_seconds=5))


def test_a_password_is_given_to_a_device_that_asks_for_it_interactively() -> None:
    with interactive_server(InteractiveServer(username="ops", password=PASSWORD)) as server:
        fetched = fetch_interactively(server)
    assert (fetched.text, fetched.prompt_seen) == (CONFIGURATION, True)
    assert server.methods[-1] == "keyboard-interactive"
    assert server.commands[-1] == "exit"


def test_a_wrong_password_that_was_asked_for_interactively_is_an_authentication_error() -> None:
    asking = InteractiveServer(username="ops", password=PASSWORD)
    with interactive_server(asking) as server, pytest.raises(AttemptError) as caught:
        fetch_interactively(server, "not-the-one")
    assert caught.value.error_class is ErrorClass.AUTHENTICATION
    assert "not-the-one" not in str(caught.value)
    assert server.methods.count("keyboard-interactive") == 1


def test_a_device_that_asks_for_more_than_a_password_is_an_error_of_its_class() -> None:
    questions = (("Password: ", False), ("Token: ", False))
    asking = InteractiveServer(username="ops", password=PASSWORD, questions=questions)
    with interactive_server(asking) as server, pytest.raises(AttemptError) as caught:
        fetch_interactively(server)
    assert caught.value.error_class in (ErrorClass.AUTHENTICATION, ErrorClass.PROTOCOL)
    assert PASSWORD not in str(caught.value)


@pytest.fixture
def locked_key(tmp_path: Path) -> tuple[str, str]:
    """A private key with the passphrase `open sesame`, as ssh-keygen makes it, and the public one."""
    place = tmp_path / "id"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "open sesame", "-f", str(place)]
    subprocess.run(command, check=True)
    return str(place), place.with_suffix(".pub").read_text()


def test_a_key_with_a_passphrase_logs_in_with_the_password_of_the_credential(
    locked_key: tuple[str, str], network: SimulatedNetwork
) -> None:
    simulated = network.add(name="keyed", platform="cisco_nxos", public_key=locked_key[1])
    login = login_of(simulated, password="open sesame", key_file=locked_key[0])
    assert fetch_from(simulated, login).text == simulated.shown[-1]
    network.remove(simulated)


@pytest.mark.parametrize("given", [None, "wrong"])
def test_a_key_whose_passphrase_is_not_given_says_so(
    given: str | None, locked_key: tuple[str, str], ios: SimulatedDevice
) -> None:
    error = refused(ios, login_of(ios, password=given, key_file=locked_key[0]))
    assert error.error_class is ErrorClass.AUTHENTICATION
    assert not ios.sessions
