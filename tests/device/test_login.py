"""Who gets in: passwords, key files, privileged mode, host keys and old algorithms."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncssh
import pytest

from netraven_cli.device.ssh import make_transport
from netraven_cli.errors import ErrorClass
from tests.device.conftest import fetch_from, login_of, refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulator import SimulatedDevice, SimulatedNetwork


LEGACY = {"legacy_algorithms": True}


def test_a_wrong_password_is_an_authentication_error(ios: SimulatedDevice) -> None:
    error = refused(ios, login_of(ios, password="not-the-one"))
    assert error.error_class is ErrorClass.AUTHENTICATION
    assert "refused the login of admin (credential lab)" in str(error)
    assert ios.logins_refused == 1


@pytest.mark.parametrize("platform", ["cisco_ios", "arista_eos", "cisco_asa"])
def test_a_wrong_enable_password_is_an_authorization_error(platform: str, network: SimulatedNetwork) -> None:
    simulated = network.add(name="guarded", platform=platform)
    error = refused(simulated, login_of(simulated, enable="not-the-one"))
    assert error.error_class is ErrorClass.AUTHORIZATION
    assert "it refused the enable password" in str(error)
    network.remove(simulated)


def test_a_missing_enable_password_is_an_authorization_error(ios: SimulatedDevice) -> None:
    error = refused(ios, login_of(ios, enable=None))
    assert error.error_class is ErrorClass.AUTHORIZATION
    assert "the credential has none" in str(error)


def test_a_device_already_privileged_needs_no_enable_password(network: SimulatedNetwork) -> None:
    nexus = network.add(name="nexus", platform="cisco_nxos")
    assert fetch_from(nexus, login_of(nexus, enable=None)).text == nexus.shown[-1]
    assert "enable" not in nexus.commands
    network.remove(nexus)


def test_enable_without_a_password_is_entered_without_one(network: SimulatedNetwork) -> None:
    arista = network.add(name="arista", platform="arista_eos", enable="")
    assert fetch_from(arista, login_of(arista)).text == arista.shown[-1]
    network.remove(arista)


def test_a_device_of_the_ios_12_era_can_be_reached_if_it_is_said_to_be_one(network: SimulatedNetwork) -> None:
    old = network.add(name="old", platform="cisco_ios", legacy=True)
    fetched = fetch_from(old, options=LEGACY)
    assert fetched.text == old.shown[-1]
    assert str(fetched.host_key).startswith("ssh-rsa ")
    assert fetch_from(old, host_key=fetched.host_key, options=LEGACY).text == old.shown[-1]
    network.remove(old)


def test_a_device_of_the_ios_12_era_is_refused_otherwise_and_the_way_is_said(network: SimulatedNetwork) -> None:
    old = network.add(name="old", platform="cisco_ios", legacy=True)
    error = refused(old)
    assert error.error_class is ErrorClass.PROTOCOL
    assert "--option legacy_algorithms=yes" in str(error)
    assert not old.sessions
    network.remove(old)


@pytest.mark.parametrize(
    "left",
    [
        {"kex_algs": ["diffie-hellman-group14-sha1"]},
        {"kex_algs": ["diffie-hellman-group-exchange-sha1"]},
        {"encryption_algs": ["aes128-cbc"]},
        {"encryption_algs": ["3des-cbc"]},
        {"mac_algs": ["hmac-md5"], "encryption_algs": ["aes128-ctr"]},
    ],
)
def test_each_old_algorithm_alone_is_let_in_by_the_option_only(left: Any, network: SimulatedNetwork) -> None:
    old = network.add(name="old", platform="cisco_ios", algorithms=left)
    assert refused(old).error_class is ErrorClass.PROTOCOL
    assert fetch_from(old, options=LEGACY).text == old.shown[-1]
    network.remove(old)


def test_an_rsa_key_signs_with_sha_1_on_old_gear_only() -> None:
    near, far = socket.socketpair()
    kinds = [make_transport(near, legacy=legacy, known_key=None).get_security_options() for legacy in (False, True)]
    near.close()
    far.close()
    assert ["ssh-rsa" in offered.key_types for offered in kinds] == [False, True]
    assert all("rsa-sha2-256" in offered.key_types for offered in kinds)


def test_the_first_host_key_is_accepted_and_handed_back(network: SimulatedNetwork, ios: SimulatedDevice) -> None:
    shown = network.host_key.export_public_key("openssh").decode().split()
    assert fetch_from(ios).host_key == " ".join(shown[:2])


def test_a_changed_host_key_is_refused_before_the_password_is_sent(
    network: SimulatedNetwork, ios: SimulatedDevice
) -> None:
    known = fetch_from(ios).host_key
    network.change(ios, host_key=asyncssh.generate_private_key("ssh-ed25519"), password="an0ther-Pa55")
    sessions = len(ios.sessions)
    error = refused(ios, login_of(ios, password="s3cret"), host_key=known)
    assert error.error_class is ErrorClass.PROTOCOL
    assert "another host key (ssh-ed25519 SHA256:" in str(error)
    assert (ios.logins_refused, len(ios.sessions)) == (0, sessions)


def test_a_key_of_another_kind_counts_as_changed(network: SimulatedNetwork, ios: SimulatedDevice) -> None:
    known = fetch_from(ios).host_key
    network.change(ios, host_key=asyncssh.generate_private_key("ecdsa-sha2-nistp256"))
    assert refused(ios, host_key=known).error_class is ErrorClass.PROTOCOL


def test_a_device_that_gained_another_key_is_asked_for_the_one_on_record(
    network: SimulatedNetwork, ios: SimulatedDevice
) -> None:
    rsa = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    network.change(ios, host_key=rsa)
    known = fetch_from(ios).host_key
    assert str(known).startswith("ssh-rsa ")
    network.change(ios, host_key=[network.host_key, rsa])
    assert fetch_from(ios, host_key=known).host_key == known
    assert str(fetch_from(ios).host_key).startswith("ssh-ed25519 ")


def test_strict_refuses_a_device_without_a_key_on_record(ios: SimulatedDevice) -> None:
    error = refused(ios, host_keys="strict")
    assert error.error_class is ErrorClass.PROTOCOL
    assert "there is none on record" in str(error)
    known = " ".join(str(fetch_from(ios).host_key).split())
    assert fetch_from(ios, host_keys="strict", host_key=known).prompt_seen


def test_off_takes_any_host_key(ios: SimulatedDevice) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key("openssh").decode()
    assert fetch_from(ios, host_keys="off", host_key=" ".join(other.split()[:2])).prompt_seen


@pytest.fixture
def key_file(tmp_path: Path) -> tuple[str, str]:
    """A private key's path, and the public key."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    place = tmp_path / "id"
    key.write_private_key(str(place))
    place.chmod(0o600)
    return str(place), key.export_public_key("openssh").decode()


@pytest.fixture
def agent(key_file: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A running ssh-agent with the key of `key_file`, whose public key it is."""
    if not shutil.which("ssh-agent"):
        pytest.skip("there is no ssh-agent on this machine")
    place = tmp_path / "agent"
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(place)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        monkeypatch.setenv("SSH_AUTH_SOCK", str(place))
        subprocess.run(["ssh-add", "-q", key_file[0]], check=True)
        yield key_file[1]
        process.terminate()


@pytest.mark.parametrize("platform", ["cisco_ios", "hp_procurve"])
def test_a_key_of_the_agent_logs_in_where_the_credential_says_so(
    platform: str, network: SimulatedNetwork, agent: str
) -> None:
    simulated = network.add(name="keyed", platform=platform, public_key=agent)
    login = login_of(simulated, password=None, agent=True)
    assert fetch_from(simulated, login).text == simulated.shown[-1]
    assert refused(simulated, login_of(simulated, password=None)).error_class is ErrorClass.AUTHENTICATION
    network.remove(simulated)


def test_a_credential_that_has_nothing_to_log_in_with_says_so(ios: SimulatedDevice) -> None:
    error = refused(ios, login_of(ios, password=None))
    assert error.error_class is ErrorClass.AUTHENTICATION
    assert "the credential lab has nothing to log in with" in str(error)


@pytest.mark.parametrize("platform", ["cisco_ios", "paloalto_panos", "hp_procurve"])
def test_a_key_file_logs_in(platform: str, network: SimulatedNetwork, key_file: tuple[str, str]) -> None:
    simulated = network.add(name="keyed", platform=platform, public_key=key_file[1])
    login = login_of(simulated, password=None, key_file=key_file[0])
    assert fetch_from(simulated, login).text == simulated.shown[-1]
    network.remove(simulated)


def test_a_key_file_that_others_can_read_is_refused(ios: SimulatedDevice, key_file: tuple[str, str]) -> None:
    loose = key_file[0]
    Path(loose).chmod(0o644)
    error = refused(ios, login_of(ios, key_file=loose))
    assert error.error_class is ErrorClass.AUTHENTICATION
    assert f"chmod 600 {loose}" in str(error)
    assert not ios.sessions


def test_a_key_file_that_is_not_there_is_named(ios: SimulatedDevice) -> None:
    error = refused(ios, login_of(ios, key_file="/no/such/key"))
    assert error.error_class is ErrorClass.AUTHENTICATION
    assert "/no/such/key" in str(error)
