"""A PostgreSQL whose disk is full, for real: its data lie on a small tmpfs, in a mount namespace of this process.

usage, as root: unshare --mount python -m tests.lab.full_server
"""

from __future__ import annotations

import os
import pwd
import subprocess
import tempfile
from pathlib import Path

from tests.acceptance.test_backup import QUICK, enter, lab
from tests.installed import Installed, Said
from tests.postgres import PostgresServer
from tests.simulator import SimulatedNetwork

SIZE = "110m"


class SmallServer(PostgresServer):
    """Its folder of data is a file system of its own."""

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def _initialize(self) -> None:
        owner = pwd.getpwnam("nobody")
        self.data.mkdir()
        options = f"size={SIZE},mode=700,uid={owner.pw_uid},gid={owner.pw_gid}"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.data)], check=True)
        super()._initialize()

    def stop(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.data)], check=True)
        super().stop()

    def fill(self) -> None:
        with (self.data / "filler").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(1 << 16))
            except OSError as error:
                print(f"filled with {file.tell() >> 20} MiB: {error.strerror}")

    def free(self) -> None:
        (self.data / "filler").unlink()


def expect(what: str, truth: bool, said: object = "") -> None:
    print(f"{'ok' if truth else 'FAILED'}: {what}")
    if not truth:
        raise SystemExit(f"{said}")


def backups(netraven: Installed, server: SmallServer, network: SimulatedNetwork) -> None:
    devices = [lab(network, f"core-{n}", "cisco_ios", seed=n) for n in range(8)]
    enter(netraven, devices)
    netraven.well("run", "backup")
    server.fill()
    refused: list[Said] = []
    turns = 0
    while not refused and turns < 60:  # small rows fit into what the tables have already
        turns += 1
        for device in devices:
            routes = "\n".join(f"ip route 192.0.2.{os.urandom(1)[0]} {os.urandom(24).hex()}" for _ in range(500))
            network.change(device, config=device.config.replace("\nend\n", f"\n{routes}\nend\n"))
        said = netraven("run", "backup")
        if said.status:
            refused.append(said)
    print(f"after {turns} runs: {refused[-1].err.splitlines()[-1]}")
    expect("a full disk is said, with 74", refused[-1].status == 74 and "no space left" in refused[-1].err, refused)
    expect("no trace of the program", "Traceback" not in refused[-1].err)
    server.free()
    netraven.well("run", "backup")
    for device in devices:
        expect(f"{device.name} is in git", netraven.git("show", f"main:{device.name}.cfg") == device.configuration)
    jobs = netraven.well("job", "list", "--json").json["items"]
    expect("no job is left", {job["state"] for job in jobs} == {"succeeded"}, jobs)
    expect("the database is sound", netraven("database", "check").status == 0)


def main() -> None:
    server = SmallServer()
    try:
        with tempfile.TemporaryDirectory() as folder, SimulatedNetwork() as network:
            url = server.url(server.create())
            netraven = Installed(Path(folder), {"NETRAVEN_DATABASE__URL": url, **QUICK})
            netraven.well("init", "--dir", folder)
            backups(netraven, server, network)
    finally:
        server.stop()


if __name__ == "__main__":
    main()
