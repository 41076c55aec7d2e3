"""Canary secrets of every kind in every platform: where none are to be kept, none is in anything that a run writes."""

from __future__ import annotations

import sqlite3
import subprocess
import zlib
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from netraven_cli.device.platforms import load_platforms
from netraven_cli.model import Selector
from netraven_cli.snapshot.clean import clean
from netraven_cli.store import history, inventory, text_key
from netraven_cli.store.database import Database
from netraven_cli.store.vault import Vault
from tests.acceptance.test_backup import QUICK, enter, lab
from tests.snapshot.canaries import CANARY, PLATFORMS, configuration

if TYPE_CHECKING:
    from tests.installed import Installed, Said
    from tests.simulator import SimulatedNetwork

LOUD = {
    "NETMIKO_PRESERVE_LOGS": "always",
    "NETRAVEN_LOGGING__LEVEL": "debug",
    "NETRAVEN_METRICS__TEXTFILE": "netraven.prom",
    "NETRAVEN_RETRY__ATTEMPTS": "1",
    **QUICK,
}
LEAKING = "version 15.2\nhostname leaks\ninterface e0\n description CanaryOfTheLab12345 secret-of-the-lab\nend\n"
CLEAR_KEY = (
    "version 9.3(8)\na\nb\nc\nd\ne\n-----BEGIN RSA PRIVATE KEY-----\nCanary12345678901234\nCanary1234567890123x\n"
)


def told(netraven: Installed, said: Said) -> dict[str, bytes]:
    """Everything that was written or said, by its place; what is packed, as it is unpacked."""
    database = netraven.folder / "netraven.db"
    with closing(sqlite3.connect(database)) as connection:
        contents = [zlib.decompress(row[0]) for row in connection.execute("SELECT content FROM capture")]
    git = ["git", "-C", str(netraven.folder / "archive"), "cat-file", "--batch-all-objects", "--batch"]
    objects = subprocess.run(git, capture_output=True, check=True).stdout
    files = {str(path): path.read_bytes() for path in netraven.folder.rglob("*") if path.is_file()}
    places = {**files, "captures": b"\n".join(contents), "git": objects}
    return {**places, "output": (said.out + said.err).encode()}


def unsealed(netraven: Installed) -> dict[str, str]:
    """The full text of each device's newest configuration."""
    database = Database(f"sqlite:///{netraven.folder / 'netraven.db'}")
    with closing(database), database.read() as connection:
        key = text_key.read(connection, Vault(netraven.folder / "vault.key"))
        ids = [device.id for device in inventory.find(connection, Selector(all=True), disabled_too=True)]
        found = history.newest(connection, ids, None)
        return {one.device: text_key.unsealed(connection, key, snapshot_id=one.id) for one in found}


def asked(netraven: Installed) -> bytes:
    """What the commands say that show configurations."""
    said = []
    for command in (
        ("snapshot", "list", "--quarantined", "--json"), ("snapshot", "show", "cut", "--quarantined"),
        ("snapshot", "show", "leaks", "--quarantined", "--json"), ("snapshot", "search", "Canary", "--json"),
        ("snapshot", "export", "--output", "out", "--json"), ("snapshot", "blame", "cisco_ios-1"),
        ("job", "list", "--json"), ("job", "log", "1"), ("device", "test", "arista_eos-1", "--json"), ("metrics",),
    ):  # fmt: skip
        done = netraven(*command)
        said.append(done.out + done.err)
    return "".join(said).encode()


def assert_nowhere(places: dict[str, bytes]) -> None:
    """No place has a canary, or what the devices are logged in on with."""
    found = {place: CANARY.findall(text.decode(errors="replace"))[:3] for place, text in places.items()}
    assert {place: canaries for place, canaries in found.items() if canaries} == {}
    words = (b"CanaryOfTheLab", b"secret-of-the-lab", b"enable-of-the-lab")
    assert [place for place, text in places.items() if any(word in text for word in words)] == []


def assert_held_back(run: Said) -> None:
    reasons = {one["subject"]: (one["error_class"], one["reason"]) for one in run.lines if one["event"] == "attempt"}
    assert reasons["leaks"][0] == reasons["nokey"][0] == "secret"
    assert reasons["leaks"][1].startswith("secret: the password of the credential lab is still in line 4 ")
    assert reasons["nokey"][1].startswith("secret: a private key is still in line 7 ")
    assert reasons["cut"][0] == "incomplete"


@pytest.mark.timeout(240)
@pytest.mark.parametrize("mode", ["redact", "seal"])
def test_no_secret_of_a_configuration_is_anywhere_and_sealed_ones_come_back_byte_for_byte(
    netraven: Installed, network: SimulatedNetwork, mode: str
) -> None:
    # Both modes hide by the same patterns: one of them goes through all families, the other through every second.
    chosen = PLATFORMS if mode == "seal" else PLATFORMS[::2]
    whole = [lab(network, f"{platform}-1", platform, config=configuration(platform)) for platform in chosen]
    cut = lab(network, "cut", "cisco_ios", config=configuration("cisco_ios", 1), fault="truncated")
    leaking = lab(network, "leaks", "cisco_ios", config=LEAKING)
    unended = lab(network, "nokey", "cisco_nxos", config=CLEAR_KEY)
    enter(netraven, [*whole, cut, leaking, unended])
    netraven.environ |= {"NETRAVEN_ARCHIVE__SECRETS": mode, **LOUD}

    first = netraven("-v", "run", "backup", "--json")
    assert first.status == 1, first.err
    assert (first.summary["changed"], first.summary["dead"]) == (len(whole), 3), first.out
    assert_held_back(first)
    for name in ("cut", "leaks", "nokey"):
        netraven.well("device", "disable", name)
    second = netraven.well("run", "backup", "--json")
    assert (second.summary["unchanged"], second.summary["changed"]) == (len(whole), 0), second.out

    assert_nowhere(told(netraven, second) | {"said": asked(netraven), "first": (first.out + first.err).encode()})
    assert len(list((netraven.folder / "netmiko_logs").iterdir())) >= 2 * len(whole)
    netraven.well("snapshot", "verify", *(device.name for device in whole))
    if mode == "redact":
        refused = netraven("snapshot", "show", "arista_eos-1", "--unseal")
        assert refused.status == 66
        assert "not kept" in refused.err
        return
    full = unsealed(netraven)
    for device in whole:
        assert full[device.name] == clean(device.shown[0], load_platforms()[device.platform]), device.name
    assert netraven.well("snapshot", "show", "leaks", "--quarantined", "--unseal").out == LEAKING
    netraven.well("credential", "rotate-key", "--yes")
    assert netraven.well("snapshot", "show", "vyos-1", "--unseal").out == configuration("vyos")
    netraven.well("snapshot", "export", "vyos-1", "--unseal", "--output", "full")
    assert (netraven.folder / "full" / "vyos-1.cfg").read_text() == configuration("vyos")
    assert netraven.well("run", "backup", "--json").summary["changed"] == 0


def test_what_was_captured_in_clear_goes_to_git_without_secrets_once_they_are_not_to_be_kept(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    device = lab(network, "ios", "cisco_ios", config=configuration("cisco_ios"), fault="truncated")
    enter(netraven, [device])
    netraven.environ |= {**QUICK, "NETRAVEN_RETRY__ATTEMPTS": "1"}
    assert netraven("run", "backup").status == 1
    assert CANARY.search(netraven.well("snapshot", "show", "ios", "--quarantined").out)

    netraven.environ["NETRAVEN_ARCHIVE__SECRETS"] = "seal"
    netraven.well("snapshot", "accept", "ios", "--yes")
    assert not CANARY.search(netraven.git("show", "main:ios.cfg"))
    assert "redacted-" in netraven.git("show", "main:ios.cfg")
    assert not CANARY.search(netraven.well("snapshot", "show", "ios").out)
    assert CANARY.search(netraven.well("snapshot", "show", "ios", "--unseal").out)
    netraven.well("snapshot", "verify", "ios")

    netraven.environ["NETRAVEN_ARCHIVE__SECRETS"] = "keep"
    network.change(device, fault=None)
    assert netraven.well("run", "backup", "--json").summary["changed"] == 1
    assert netraven.git("show", "main:ios.cfg") == device.configuration
