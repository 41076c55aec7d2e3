"""Canary secrets: a full run writes, prints and shows none of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.acceptance.test_backup import QUICK, enter, lab

if TYPE_CHECKING:
    from tests.installed import Installed
    from tests.simulator import SimulatedNetwork

CANARIES = (b"secret-of-the-lab", b"enable-of-the-lab")


def test_no_secret_is_in_anything_that_a_full_run_writes_prints_or_shows(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    devices = [
        lab(network, "ios", "cisco_ios"),
        lab(network, "junos", "juniper_junos"),
        lab(network, "cut", "arista_eos", fault="cut"),
        lab(network, "refuses", "linux", password="another one"),
        lab(network, "no-enable", "cisco_ios", enable="another one"),
    ]
    enter(netraven, devices)
    loud = {"NETMIKO_PRESERVE_LOGS": "always", "NETRAVEN_LOGGING__LEVEL": "debug", **QUICK}
    said = []
    process = netraven.start("-v", "run", "backup", "--json", **loud)
    seen = bytearray()
    while process.poll() is None:
        seen += processes()
    said += [text.encode() for text in process.communicate()]
    netraven.well("schedule", "add", "nightly", "--type", "backup", "--daily", "02:30")
    for command in (
        ("schedule", "sync", "--dir", "units"), ("schedule", "sync", "--target", "supercronic", "--dir", "cron"),
        ("status", "--json"), ("doctor", "--json"), ("settings", "show", "--json"), ("device", "list", "--json"),
        ("credential", "list", "--json"), ("credential", "show", "lab", "--json"), ("job", "list", "--json"),
        ("snapshot", "list", "--quarantined", "--json"), ("device", "test", "ios"),
        ("credential", "test", "lab", "cut"), ("device", "show", "ios", "--explain"), ("job", "log", "1"), ("metrics",),
        ("run", "maintenance", "--json"), ("maintenance", "list", "--json"), ("doctor", "--fix", "--json"),
    ):  # fmt: skip
        done = netraven(*command, **loud)
        said += [done.out.encode(), done.err.encode()]

    transcripts = list((netraven.folder / "netmiko_logs").iterdir())
    assert len(transcripts) >= len(devices)
    assert b"netraven" in seen, "the process list was not seen"
    written = {str(path): path.read_bytes() for path in netraven.folder.rglob("*") if path.is_file()}
    places = {**written, "output": b"".join(said), "process list": bytes(seen)}
    assert {place for place, content in places.items() if any(canary in content for canary in CANARIES)} == set()
    for path in [*transcripts, netraven.folder / "netraven.db", netraven.folder / "vault.key"]:
        assert path.stat().st_mode & 0o077 == 0, path


def processes() -> bytes:
    """The command lines of all processes, as `ps` shows them."""
    lines = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(place.read_bytes())
        except OSError:  # it has ended
            continue
    return b"\n".join(lines)
