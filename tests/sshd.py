"""A real OpenSSH sshd on loopback, run by whoever runs the tests, for tests of sessions and of the whole product."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import asyncssh
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

SEPARATION_DIR = Path("/run/sshd")  # where an sshd of root confines its unprivileged part


@dataclass(frozen=True, kw_only=True)
class OpenSshServer:
    """Where it listens, and who may log in with which key."""

    address: str
    port: int
    username: str
    key_file: Path
    host_key: str  # "type base64"


def sshd_program() -> str | None:
    """The path of sshd, if this machine has one; its folder is not in the PATH of everybody."""
    return shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/sbin")


def find_sshd() -> str:
    """The path of sshd; skips the test where there is none, and fails it in CI."""
    if found := sshd_program():
        return found
    reason = "there is no OpenSSH server (sshd) on this machine"
    if os.environ.get("NETRAVEN_CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def running_sshd(folder: Path) -> Iterator[OpenSshServer]:
    """Start sshd with all its files in a folder, and end it afterwards."""
    program = find_sshd()
    if os.geteuid() == 0:
        SEPARATION_DIR.mkdir(mode=0o755, exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = prepare(folder, "127.0.0.1", port, asyncssh.generate_private_key("ssh-ed25519"))
    command = [program, "-D", "-e", "-f", str(folder / "sshd_config")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        reading = threading.Thread(target=process.stderr.read)
        try:
            _wait_until_it_listens(process)
            reading.start()  # a full pipe would stop it
            yield server
        finally:
            process.terminate()
            if reading.ident:
                reading.join()


def prepare(folder: Path, address: str, port: int, user_key: asyncssh.SSHKey) -> OpenSshServer:
    """What an sshd needs to let whoever runs the tests in with a key."""
    folder.mkdir(exist_ok=True)
    host_key = asyncssh.generate_private_key("ssh-ed25519")
    for key, name in ((host_key, "host_key"), (user_key, "id")):
        key.write_private_key(str(folder / name))
        (folder / name).chmod(0o600)
    user_key.write_public_key(str(folder / "authorized_keys"))
    lines = {
        "ListenAddress": f"{address}:{port}",
        "HostKey": folder / "host_key",
        "AuthorizedKeysFile": folder / "authorized_keys",
        "PidFile": "none",
        "StrictModes": "no",  # the folder of a test lies beneath /tmp
        "UsePAM": "no",
        "PasswordAuthentication": "no",
        "KbdInteractiveAuthentication": "no",
        "PermitRootLogin": "prohibit-password",
        "PrintMotd": "no",
        "MaxStartups": "200",
    }
    (folder / "sshd_config").write_text("".join(f"{key} {value}\n" for key, value in lines.items()))
    public = host_key.export_public_key("openssh").decode().split()
    return OpenSshServer(
        address=address,
        port=port,
        username=getpass.getuser(),
        key_file=folder / "id",
        host_key=" ".join(public[:2]),
    )


def _wait_until_it_listens(process: subprocess.Popen[str]) -> None:
    assert process.stderr
    said = []
    for line in process.stderr:
        said.append(line)
        if "Server listening" in line:
            return
    pytest.fail(f"sshd did not start: {''.join(said)}")
