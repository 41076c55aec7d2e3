"""Real hosts: each in namespaces of its own, with an OpenSSH server, and reached from one more that has no way out."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import asyncssh
import pytest

from tests.sshd import SEPARATION_DIR, OpenSshServer, find_sshd, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = Path(__file__).with_suffix(".sh")
PORT = 2222


@dataclass(frozen=True, kw_only=True)
class SeparateHosts:
    """The servers by the names of their hosts, and the command that runs another one where it reaches them."""

    servers: dict[str, OpenSshServer]
    within: tuple[str, ...]
    own_addresses: tuple[str, ...]  # of the network that they are reached from


@contextmanager
def separate_hosts(folder: Path, count: int) -> Iterator[SeparateHosts]:
    """So many of them; skips the test where no namespaces may be made, and fails it in CI."""
    sshd, user_key, numbers = find_sshd(), asyncssh.generate_private_key("ssh-ed25519"), range(1, count + 1)
    folder.mkdir()
    servers = {f"box-{n}": prepare(folder / str(n), f"10.251.{n}.2", PORT, user_key) for n in numbers}
    as_user = [] if os.geteuid() == 0 else ["--user", "--map-current-user", "--keep-caps"]
    if not as_user:
        SEPARATION_DIR.mkdir(mode=0o755, exist_ok=True)
    command = ["unshare", *as_user, "--net", str(SCRIPT), str(folder), sshd, *map(str, numbers)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        if holder.stdout.readline() != "ready\n":
            _refuse("no networks may be made in namespaces of this machine")
        for number in numbers:
            _wait_for(folder / str(number) / "log", "Server listening")
        enter = ["--user", "--preserve-credentials"] if as_user else []
        yield SeparateHosts(
            servers=servers,
            within=("nsenter", "--target", str(holder.pid), *enter, "--net"),
            own_addresses=tuple(f"10.251.{n}.1" for n in numbers),
        )


def _wait_for(log: Path, sentence: str) -> None:
    until = time.monotonic() + 30
    while not (log.exists() and sentence in log.read_text()):
        assert time.monotonic() < until, log.read_text() if log.exists() else f"there is no {log}"
        time.sleep(0.05)


def _refuse(why: str) -> None:
    if os.environ.get("NETRAVEN_CI"):
        pytest.fail(f"{why}, and NETRAVEN_CI allows no skipping")
    pytest.skip(why)
