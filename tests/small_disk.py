"""A small disk that a test can fill: a tmpfs in a mount namespace of its own, which nobody else sees."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest


class SmallDisk:
    """tmpfs at some folders, for the commands that are run `within`."""

    def __init__(self, *folders: Path, size: str) -> None:
        as_user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        mount = f"mount -t tmpfs -o size={size},mode=700 tmpfs"
        mounts = "".join(f"mkdir -p '{folder}' && {mount} '{folder}' && " for folder in folders)
        command = ["unshare", *as_user, "--mount", "sh", "-c", f"{mounts} echo mounted && exec cat"]
        self._holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._holder.stdout
        if self._holder.stdout.readline() != "mounted\n":
            self.close()
            _refuse("no file system may be mounted in a namespace of this machine")
        enter = ["--user", "--preserve-credentials"] if as_user else []
        self.within = ("nsenter", "--target", str(self._holder.pid), *enter, "--mount")

    def path(self, path: Path) -> Path:
        """Where this process finds what the others see at a path."""
        return Path(f"/proc/{self._holder.pid}/root{path}")

    def fill(self, folder: Path, *, but_kib: int = 0) -> None:
        """Leave no room, or so much."""
        with (self.path(folder) / "filler").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                file.truncate(max(file.tell() - but_kib * 1024, 0))

    def free(self, folder: Path) -> None:
        """Make room again."""
        (self.path(folder) / "filler").unlink()

    def remount(self, folder: Path, how: str) -> None:
        """Make it read-only (`ro`) or writable (`rw`)."""
        subprocess.run([*self.within, "mount", "-o", f"remount,{how}", str(folder)], check=True)

    def close(self) -> None:
        """Let the namespace go."""
        self._holder.communicate()


def _refuse(why: str) -> None:
    if os.environ.get("NETRAVEN_CI"):
        pytest.fail(f"{why}, and NETRAVEN_CI allows no skipping")
    pytest.skip(why)
