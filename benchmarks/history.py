"""What questions about the archive cost: 2,000 devices with 50 versions each, 20 of them with 500.

    python -m benchmarks.history [DEVICES] [VERSIONS]

Every question is a whole command line, its start included, beside `netraven --version`.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from netraven_cli.app import open_context
from netraven_cli.handlers.archiving import archive_pending
from netraven_cli.model import Capture, NewDevice
from netraven_cli.store import inventory, snapshots

if TYPE_CHECKING:
    from netraven_cli.plugin import Context

NETRAVEN = Path(sys.executable).with_name("netraven")
BEGIN = datetime(2026, 1, 1, tzinfo=timezone.utc)
LINES = 200  # of a configuration: about 8 KB
ROUNDS = 5
BUSY, BUSY_VERSIONS = 20, 500


def main() -> None:
    devices, versions = (int(text) for text in [*sys.argv[1:3], "2000", "50"][:2])
    with tempfile.TemporaryDirectory(prefix="netraven-history-") as name:
        folder = Path(name)
        subprocess.run([NETRAVEN, "init", "--dir", name], check=True, capture_output=True)
        began = time.monotonic()
        with open_context(folder / "config.yml") as context:
            count = _fill(context, devices, versions)
            print(f"{count} snapshots of {devices} devices in the database: {time.monotonic() - began:.0f} s")
            began = time.monotonic()
            archive_pending(context)
            print(f"in git: {time.monotonic() - began:.0f} s")
        _ask(folder, versions)


def _fill(context: Context, devices: int, versions: int) -> int:
    chance, count = random.Random(1), 0
    names = [f"device-{number:04}" for number in range(devices)]
    new = [
        NewDevice(name=name, address="192.0.2.1", platform="cisco_ios", zone=f"zone-{n // 100}")
        for n, name in enumerate(names)
    ]
    with context.database.write() as connection:
        inventory.add_devices(connection, new, BEGIN)
        found = inventory.by_names(connection, names)
    texts = {name: [f"interface Vlan{n}\n description {chance.random()}" for n in range(LINES // 2)] for name in names}
    for version in range(max(versions, BUSY_VERSIONS)):
        shown = names if version < versions else names[:BUSY]
        at = BEGIN + timedelta(hours=version)
        with context.database.write() as connection:
            for name in shown:
                texts[name][chance.randrange(LINES // 2)] = f"interface Vlan9\n description {chance.random()}"
                text = f"hostname {name}\n" + "\n".join(texts[name]) + "\nend\n"
                origin = snapshots.Origin(device_id=found[name].id, job_id=1, run_id="r", attempt=1, captured_at=at)
                digest = sha256(text.encode()).hexdigest()
                snapshots.keep(connection, origin, Capture(text=text, digest=digest, lines=LINES))
        count += len(shown)
    return count


def _ask(folder: Path, versions: int) -> None:
    middle = (BEGIN + timedelta(hours=versions // 2)).isoformat()
    last = (BEGIN + timedelta(hours=versions - 1)).isoformat()
    questions = {
        "--version": ["--version"],
        "search, all devices": ["snapshot", "search", "^interface Vlan77$"],
        "search, as of the middle": ["snapshot", "search", "^interface Vlan77$", "--at", middle],
        "search --missing": ["snapshot", "search", "^interface Vlan9$", "--missing"],
        "changes of one hour, all devices": ["snapshot", "changes", "--since", last, "--until", last],
        f"list, {BUSY_VERSIONS} versions": ["snapshot", "list", "device-0000", "--limit", "1000"],
        "list, all devices": ["snapshot", "list"],
        "diff": ["snapshot", "diff", "device-0000"],
        f"blame, {BUSY_VERSIONS} versions": ["snapshot", "blame", "device-0000"],
        "show at a time": ["snapshot", "show", "device-1000", "--at", middle],
    }
    for title, arguments in questions.items():
        seconds = [_seconds(folder, arguments) for _ in range(ROUNDS)]
        print(f"{title:36} {min(seconds):6.2f} s (median {sorted(seconds)[ROUNDS // 2]:.2f})")


def _seconds(folder: Path, arguments: list[str]) -> float:
    began = time.monotonic()
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    subprocess.run([NETRAVEN, *arguments], cwd=folder, env=environ, check=True, capture_output=True)
    return time.monotonic() - began


if __name__ == "__main__":
    main()
