"""Sessions on a real OpenSSH server with the login shell of whoever runs the tests."""

from __future__ import annotations

import functools
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncssh
import pytest

from netraven_cli.device.session import Fetched, Limits, fetch
from netraven_cli.errors import AttemptError, ErrorClass
from netraven_cli.model import Device, Login, Secret
from tests.device.conftest import PLATFORMS
from tests.sshd import OpenSshServer, running_sshd

if TYPE_CHECKING:
    from collections.abc import Iterator

LINUX = PLATFORMS["linux"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenSshServer]:
    with running_sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running


def fetch_linux(server: OpenSshServer, *commands: str, **changed: Any) -> Fetched:
    device = Device(
        id=1,
        name="box",
        address=server.address,
        port=server.port,
        platform="linux",
        host_key=changed.pop("host_key", None),
    )
    platform = replace(LINUX, commands=commands or LINUX.commands, prepare=changed.pop("prepare", ()))
    given = {"username": server.username, "key_file": str(server.key_file), **changed}
    options = {name: given.pop(name) for name in ("on_abort",) if name in given}
    return fetch(device, platform, Login(credential="lab", **given), Limits(idle_timeout_seconds=10), **options)


@functools.cache
def prompt(server: OpenSshServer) -> str:
    """The prompt of the login shell, as it shows itself when asked to; bash only."""
    return fetch_linux(server, 'echo "${PS1@P}"').text.strip()


def test_the_files_of_a_linux_box_are_fetched(server: OpenSshServer) -> None:
    fetched = fetch_linux(server)
    assert fetched.ended is None
    assert fetched.text.startswith("==> /etc/")
    assert Path("/etc/hosts").read_text().rstrip() in fetched.text
    assert fetched.text.endswith("\n# end of configuration\n")
    assert fetched.host_key == server.host_key


def test_a_file_is_fetched_byte_for_byte(server: OpenSshServer, tmp_path: Path) -> None:
    text = "".join(f"line {number}  äöü $ # > \t blanks  \n" for number in range(20_000)) + "end\n"
    (tmp_path / "config").write_text(text)
    assert fetch_linux(server, f"cat {tmp_path / 'config'}").text == text


def test_a_shell_that_pauses_after_a_line_like_its_prompt_is_waited_for(server: OpenSshServer) -> None:
    fetched = fetch_linux(server, f"echo first; echo '{prompt(server)}'; sleep 0.3; echo last")
    assert fetched.text == f"first\n{prompt(server)}\nlast\n"
    assert fetched.ended is None


def pausing(server: OpenSshServer, seconds: float) -> str:
    return f"echo first; printf '%s' '{prompt(server)}'; sleep {seconds}; echo; echo last"


def test_a_shell_that_goes_on_after_what_looks_like_its_prompt_is_asked_again(server: OpenSshServer) -> None:
    fetched = fetch_linux(server, pausing(server, 0.4))
    assert fetched.text == f"first\n{prompt(server)}\nlast\n"
    assert fetched.ended is None


def test_a_shell_that_does_so_again_is_not_taken_at_its_word(server: OpenSshServer) -> None:
    fetched = fetch_linux(server, pausing(server, 2.2))
    assert fetched.text.startswith(f"first\n{prompt(server)}")
    assert fetched.text.endswith("\nlast\n")
    assert fetched.ended is not None
    assert "went on after what looked like its prompt" in fetched.ended


def test_a_preparing_command_may_change_the_prompt(server: OpenSshServer) -> None:
    assert fetch_linux(server, "pwd", prepare=("cd /tmp", "cd /usr")).text == "/usr\n"


def test_a_command_that_is_not_there_shows_the_shells_error(server: OpenSshServer) -> None:
    assert "not found" in fetch_linux(server, "no-such-command").text


def test_a_shell_that_dies_mid_answer_gives_what_came(server: OpenSshServer) -> None:
    fetched = fetch_linux(server, "echo first; kill -9 $$")
    assert fetched.text.startswith("first\n")
    assert fetched.ended is not None
    assert "the connection was lost" in fetched.ended


def test_a_key_that_the_server_does_not_know_is_refused(server: OpenSshServer, tmp_path: Path) -> None:
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(tmp_path / "id"))
    (tmp_path / "id").chmod(0o600)
    with pytest.raises(AttemptError, match="refused the login") as caught:
        fetch_linux(server, key_file=str(tmp_path / "id"))
    assert caught.value.error_class is ErrorClass.AUTHENTICATION


def test_a_password_where_the_server_takes_keys_only_says_so(server: OpenSshServer) -> None:
    with pytest.raises(AttemptError, match="it takes publickey only") as caught:
        fetch_linux(server, key_file=None, password=Secret("s3cret"))
    assert caught.value.error_class is ErrorClass.AUTHENTICATION


def test_another_host_key_than_the_one_on_record_is_refused(server: OpenSshServer) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key("openssh").decode().split()
    assert fetch_linux(server, host_key=server.host_key).prompt_seen
    with pytest.raises(AttemptError, match="another host key") as caught:
        fetch_linux(server, host_key=" ".join(other[:2]))
    assert caught.value.error_class is ErrorClass.PROTOCOL


def test_an_abort_ends_a_command_that_never_ends(server: OpenSshServer) -> None:
    with pytest.raises(AttemptError) as caught:
        fetch_linux(server, "sleep 600", on_abort=lambda close: threading.Timer(1, close).start())
    assert caught.value.error_class is ErrorClass.CANCELLED


def test_many_sessions_at_once_do_not_disturb_each_other(server: OpenSshServer) -> None:
    with ThreadPoolExecutor(10) as pool:
        texts = [pool.submit(fetch_linux, server, f"seq {first} {first + 3000}") for first in range(10)]
    for first, future in enumerate(texts):
        assert future.result().text == "".join(f"{number}\n" for number in range(first, first + 3001))
