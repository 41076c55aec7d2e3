"""What the archive step costs: all of a fleet for the first time, then 1 %, 10 % and all of it changed.

    python -m benchmarks.archive [DEVICES] [device|run] [KEY]

The configurations are in the database already, as a run leaves them; with KEY, an SSH private key, commits are signed.
"""

from __future__ import annotations

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
    from collections.abc import Sequence

    from netraven_cli.model import Device
    from netraven_cli.plugin import Context

NETRAVEN = Path(sys.executable).with_name("netraven")
BEGIN = datetime(2026, 1, 1, tzinfo=timezone.utc)
LINES = 500  # of a configuration: about 20 KB
CHANCE = random.Random(1)


def main() -> None:
    given = sys.argv[1:]
    count = int(given[0]) if given else 2000
    mode, key = (given[1] if len(given) > 1 else "device"), (given[2] if len(given) > 2 else None)
    with tempfile.TemporaryDirectory(prefix="netraven-archive-") as name:
        folder = Path(name)
        subprocess.run([NETRAVEN, "init", "--dir", name], check=True, capture_output=True)
        with (folder / "config.yml").open("a") as file:
            file.write(f"\narchive:\n  commit: {mode}\n" + (f"  signing_key: {key}\n" if key else ""))
        with open_context(folder / "config.yml") as context:
            _measure(context, count, f"{count} devices, a commit a {mode}{', signed' if key else ''}")


def _measure(context: Context, count: int, title: str) -> None:
    names = [f"device-{number:05}" for number in range(count)]
    new = [NewDevice(name=name, address="192.0.2.1", platform="cisco_ios") for name in names]
    with context.database.write() as connection:
        inventory.add_devices(connection, new, BEGIN)
        devices = list(inventory.by_names(connection, names).values())
    for round_, share in enumerate((100, 1, 10, 100)):
        _show(context, devices[: count * share // 100], BEGIN + timedelta(hours=round_))
        began = time.monotonic()
        written = archive_pending(context)
        what = "all, for the first time" if round_ == 0 else f"{share} % changed"
        print(f"{title}: {what:24} {written:6} in {time.monotonic() - began:7.2f} s", flush=True)


def _show(context: Context, devices: Sequence[Device], at: datetime) -> None:
    with context.database.write() as connection:
        for device in devices:
            lines = [f"interface Vlan{n}\n description {CHANCE.random()}" for n in range(LINES // 2)]
            text = f"hostname {device.name}\n" + "\n".join(lines) + "\nend\n"
            origin = snapshots.Origin(device_id=device.id, job_id=1, run_id="r", attempt=1, captured_at=at)
            digest = sha256(text.encode()).hexdigest()
            snapshots.keep(connection, origin, Capture(text=text, digest=digest, lines=LINES))


if __name__ == "__main__":
    main()
