"""Secrets that are kept elsewhere, and read when they are used."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from netraven_cli.store import keyring
from netraven_cli.store.database import Database
from netraven_cli.store.vault import Vault
from tests.acceptance.test_backup import QUICK, lab
from tests.acceptance.test_hidden_secrets import told
from tests.acceptance.test_secrets import CANARIES, processes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.installed import Installed
    from tests.simulator import SimulatedDevice, SimulatedNetwork

PASSWORD, ENABLE = "secret-of-the-lab", "enable-of-the-lab"


def closed_file(folder: Path, name: str, text: str) -> Path:
    place = folder / name
    place.parent.mkdir(exist_ok=True)
    place.write_text(f"{text}\n")
    place.chmod(0o600)
    return place


def enter(netraven: Installed, device: SimulatedDevice, *references: str) -> None:
    netraven.well("credential", "add", "lab", "-u", device.username, "--keep-reference", *references)
    netraven.well(
        "device", "add", device.name, "--address", device.address, "--port", str(device.port), "-p", device.platform
    )


@pytest.mark.parametrize("kind", ["env", "file", "cred", "cmd"])
def test_a_reference_of_each_kind_is_read_at_each_login_and_the_secret_is_nowhere(
    kind: str, netraven: Installed, network: SimulatedNetwork, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    password, enable = (closed_file(elsewhere, name, text) for name, text in (("p", PASSWORD), ("e", ENABLE)))
    references = {
        "env": ("env:LAB_PASSWORD", "env:LAB_ENABLE"),
        "file": (f"file:{password}", f"file:{enable}"),
        "cred": ("cred:p", "cred:e"),
        "cmd": (f"cmd:cat {password}", f"cmd:cat {enable}"),
    }[kind]
    given = {
        "env": {"LAB_PASSWORD": PASSWORD, "LAB_ENABLE": ENABLE},
        "cred": {"CREDENTIALS_DIRECTORY": str(elsewhere)},
    }.get(kind, {})
    device = lab(network, "sw1", "cisco_ios")
    enter(netraven, device, "--password-from", references[0], "--enable-from", references[1])
    loud = {
        "NETMIKO_PRESERVE_LOGS": "always", "NETRAVEN_LOGGING__LEVEL": "debug", "NETRAVEN_ARCHIVE__SECRETS": "seal",
        **QUICK, **given,
    }  # fmt: skip
    process = netraven.start("-v", "run", "backup", "--json", **loud)
    seen = bytearray()
    while process.poll() is None:
        seen += processes()
    said = [text.encode() for text in process.communicate()]
    assert process.returncode == 0, said
    for command in () if kind != "cmd" else (
        ("device", "test", "sw1"), ("credential", "test", "lab", "sw1"), ("credential", "show", "lab"),
        ("credential", "list", "--json"), ("run", "status-check", "--param", "login=true"), ("run", "discovery", "sw1"),
        ("doctor", "--json"), ("doctor", "--bundle", "bundle.tar.gz"), ("credential", "rotate-key", "--yes"),
        ("run", "backup"),
    ):  # fmt: skip
        done = netraven(*command, **loud)
        assert done.status in (0, 1), done
        said += [done.out.encode(), done.err.encode()]
    assert (device.logins_refused, len(device.sessions) >= (6 if kind == "cmd" else 1)) == (0, True)
    places = {**told(netraven, netraven("status")), "said": b"".join(said), "process list": bytes(seen)}
    assert {place for place, content in places.items() if any(canary in content for canary in CANARIES)} == set()


def test_what_is_sealed_is_the_reference_and_not_the_secret(
    netraven: Installed, network: SimulatedNetwork, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = closed_file(tmp_path_factory.mktemp("elsewhere"), "p", PASSWORD)
    enter(netraven, lab(network, "sw1", "linux"), "--password-from", f"file:{place}")
    database = Database(f"sqlite:///{netraven.folder / 'netraven.db'}")
    with database.read() as connection:
        (login,) = keyring.read(connection).all_logins(Vault(netraven.folder / "vault.key"))
    database.close()
    assert login.password is None
    assert login.password_from
    assert login.password_from.text == f"file:{place}"
    shown = netraven.well("credential", "show", "lab", "--json").json
    assert (shown["has_password"], shown["password_from"]) == (True, f"file:{place}")
    (netraven.folder / "vault.key").unlink()
    assert netraven.well("credential", "show", "lab", "--json").json["has_password"]


def test_a_rotated_secret_is_used_without_telling_netraven(
    netraven: Installed, network: SimulatedNetwork, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = closed_file(tmp_path_factory.mktemp("elsewhere"), "p", PASSWORD)
    device = lab(network, "sw1", "linux")
    enter(netraven, device, "--password-from", f"file:{place}")
    netraven.well("run", "backup", **QUICK)
    network.change(device, password="an0ther-Pa55")
    place.write_text("an0ther-Pa55\n")
    netraven.well("run", "backup", **QUICK)
    assert device.logins_refused == 0


def test_a_command_runs_once_for_many_devices(
    netraven: Installed, network: SimulatedNetwork, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("elsewhere")
    place, count = closed_file(folder, "p", PASSWORD), folder / "count"
    script = f"echo x >> {count}; cat {place}"
    devices = [lab(network, f"sw{number}", "linux") for number in range(12)]
    enter(netraven, devices[0], "--password-from", f"cmd:sh -c {shlex.quote(script)}")
    rows = [f"{one.name},{one.address},{one.port},{one.platform}" for one in devices[1:]]
    netraven.well("device", "import", "-", stdin="\n".join(["name,address,port,platform", *rows]))
    assert netraven.well("run", "backup", "--json", **QUICK).summary["succeeded"] == 12
    assert count.read_text() == "x\n"


def test_a_secret_that_cannot_be_read_refuses_nobody_and_the_next_credential_is_tried(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    device = lab(network, "sw1", "linux")
    enter(netraven, device, "--password-from", "env:NOT_THERE")
    failed = netraven("run", "backup", "--json", NETRAVEN_RETRY__ATTEMPTS="1", **QUICK)
    assert (failed.status, failed.lines[0]["error_class"]) == (1, "resource")
    assert "the environment variable NOT_THERE is not set" in failed.lines[0]["reason"]
    assert netraven.well("credential", "stats", "--json").json["items"][0]["refused"] == 0
    assert not device.sessions
    netraven.well("credential", "add", "second", "-u", "backup", "--password-from", "stdin", stdin=PASSWORD)
    netraven.well("run", "backup", **QUICK)
    netraven.well("credential", "edit", "lab", "--password-from", "stdin", stdin=PASSWORD)
    assert netraven.well("credential", "show", "lab", "--json").json["password_from"] is None
    assert netraven.well("credential", "test", "lab", "sw1", "--json").json["items"][0]["outcome"] == "succeeded"


def test_a_configuration_that_holds_a_secret_kept_elsewhere_never_gets_to_git(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    device = lab(network, "sw1", "cisco_ios", config=f"version 15.2\nhostname sw1\n! note {PASSWORD}\nend\n")
    enter(netraven, device, "--password-from", "env:P", "--enable-from", "env:E")
    hidden = {
        "NETRAVEN_ARCHIVE__SECRETS": "redact",
        "NETRAVEN_RETRY__ATTEMPTS": "1",
        "P": PASSWORD,
        "E": ENABLE,
        **QUICK,
    }
    failed = netraven("run", "backup", "--json", **hidden)
    assert failed.lines[0]["error_class"] == "secret"
    assert "the password of the credential lab is still in line 3" in failed.lines[0]["reason"]
    assert [place for place, content in told(netraven, failed).items() if PASSWORD.encode() in content] == []


@pytest.mark.parametrize("reference", ["prompt", "stdin", "env:", "secret-of-the-lab", "vault:x"])
def test_what_nobody_could_read_later_is_not_kept_as_a_reference(reference: str, netraven: Installed) -> None:
    said = netraven("credential", "add", "lab", "-u", "x", "--keep-reference", "--password-from", reference)
    assert (said.status, "secret-of-the-lab" in said.out + said.err) == (64, False)
    assert netraven.well("credential", "list", "--json").json["items"] == []


def test_a_command_is_shown_without_its_arguments(netraven: Installed) -> None:
    reference = "cmd:reader --token t0ken-in-the-words"
    netraven.well("credential", "add", "lab", "-u", "x", "--keep-reference", "--password-from", reference)
    shown = netraven.well("credential", "show", "lab", "--json")
    assert shown.json["password_from"] == "cmd:reader …"
    files = [path for path in netraven.folder.rglob("*") if path.is_file()]
    assert not [path for path in files if b"t0ken-in-the-words" in path.read_bytes()]
