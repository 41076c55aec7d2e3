"""What the tests of the archive share: snapshots, and a look at the repository by git itself."""

from __future__ import annotations

import subprocess
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from netraven_cli.model import PendingSnapshot

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


def pending(number: int, device: str, text: str, zone: str = "default") -> PendingSnapshot:
    return PendingSnapshot(
        snapshot_id=number,
        device=device,
        platform="cisco_ios",
        zone=zone,
        text=text,
        captured_at=NOON + timedelta(seconds=number),
        job_id=1000 + number,
        run_id="6fd3c3a0-run",
    )


def git(folder: Path, *arguments: str, given: str = "") -> str:
    identity = ("-c", "user.name=Somebody", "-c", "user.email=somebody@localhost")
    command = ["git", *identity, "-C", str(folder), *arguments]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=True).stdout.strip()


def commits_of_snapshots(folder: Path) -> dict[int, list[str]]:
    log = git(folder, "log", "--format=%H %(trailers:key=NetRaven-Snapshot,valueonly,separator=%x20)", "main")
    found: dict[int, list[str]] = {}
    for line in log.splitlines():
        commit, *snapshots = line.split()
        for snapshot in snapshots:
            found.setdefault(int(snapshot), []).append(commit)
    return found
