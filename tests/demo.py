"""`make demo`: a simulated network on loopback, and the installed product in the hands of an operator.

python -m tests.demo PATH_OF_NETRAVEN
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.simulator import SimulatedDevice, SimulatedNetwork
from tests.sshd import OpenSshServer, running_sshd, sshd_program

PLATFORMS = ("cisco_ios", "cisco_nxos", "arista_eos", "juniper_junos", "mikrotik_routeros", "linux")
NAMES = ("core-1", "dc-leaf-1", "dc-spine-1", "edge-1", "branch-1", "jump-1")
PASSWORD = "demo-password"


class Shell:
    """Runs commands where the operator stands, and shows them."""

    def __init__(self, netraven: Path, folder: Path) -> None:
        self.folder = folder
        path = os.pathsep.join([str(netraven.parent.absolute()), os.environ["PATH"]])
        self.environ = {
            "PATH": path,
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "NETRAVEN_ENV": "test",
            "LAB_PASSWORD": PASSWORD,
        }

    def __call__(self, *command: str, stdin: str = "", expect: int = 0) -> str:
        """Run a command; end the demo if it does not end as it should."""
        print(
            "\n$ " + " ".join(word if word.isascii() and " " not in word else repr(word) for word in command),
            flush=True,
        )
        done = subprocess.run(
            command, cwd=self.folder, env=self.environ, input=stdin, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        print(done.stdout.rstrip("\n"), flush=True)
        if done.returncode != expect:
            raise SystemExit(f"the demo stops: that ended with {done.returncode}, not with {expect}")
        return done.stdout


def main() -> None:
    """The whole story."""
    began = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="netraven-demo-")))
        network = stack.enter_context(SimulatedNetwork())
        devices = [
            network.add(name=name, platform=platform, username="backup", password=PASSWORD, enable=PASSWORD)
            for name, platform in zip(NAMES, PLATFORMS, strict=True)
        ]
        rows = [f"{one.name},{one.address},{one.port},{one.platform},demo,default" for one in devices]
        print(f"A simulated network of {len(devices)} SSH devices is up on loopback.")
        sshd = stack.enter_context(running_sshd(folder / "sshd")) if sshd_program() else None
        print(
            "A real OpenSSH sshd is up beside it." if sshd else "This machine has no OpenSSH sshd: simulated ones only."
        )
        story(Shell(Path(sys.argv[1]), folder), network, devices, rows, sshd)
    print(f"\nDone in {time.monotonic() - began:.0f} s; nothing is left running.")


def story(
    shell: Shell, network: SimulatedNetwork, devices: list[SimulatedDevice], rows: list[str], sshd: OpenSshServer | None
) -> None:
    """From an empty folder to a schedule."""
    shell("netraven", "init", "--dir", ".")
    shell(
        "netraven", "credential", "add", "lab", "--username", "backup",
        "--password-from", "env:LAB_PASSWORD", "--enable-from", "env:LAB_PASSWORD", "--tag", "demo",
    )  # fmt: skip
    shell("netraven", "device", "import", "-", stdin="\n".join(["name,address,port,platform,tags,zone", *rows, ""]))
    count = len(devices)
    if sshd:
        shell(
            "netraven", "credential", "add", "key", "--username", sshd.username, "--key-file", str(sshd.key_file),
            "--tag", "server",
        )  # fmt: skip
        shell(
            "netraven", "device", "add", "server-1", "--address", "127.0.0.1", "--port", str(sshd.port),
            "--platform", "linux", "--credential", "key",
        )  # fmt: skip
        count += 1
    shell("netraven", "run", "backup")
    shell("git", "-C", "archive", "log", "--oneline", "--stat", "-3")

    print("\nSomebody changes the configuration of core-1 …")
    changed = devices[0].config.replace("\nend\n", "\nip route 203.0.113.0 255.255.255.0 192.0.2.254\nend\n")
    network.change(devices[0], config=changed)
    summary = json.loads(shell("netraven", "run", "backup", "--json").splitlines()[-1])
    if (summary["changed"], summary["unchanged"]) != (1, count - 1):
        raise SystemExit("the demo stops: exactly one configuration should have changed")
    if "+ip route 203.0.113.0" not in shell("netraven", "snapshot", "diff", "core-1"):
        raise SystemExit("the demo stops: the difference does not show the change")

    shell("netraven", "schedule", "add", "nightly", "--type", "backup", "--daily", "02:30")
    shell("netraven", "schedule", "sync", "--dir", "units")
    shell("ls", "units")
    shell("netraven", "status")


if __name__ == "__main__":
    main()
