"""Kill `credential rotate-key` with SIGKILL at one boundary after the other, and look at what is left each time.

A process of its own, since it forks: called with a key file and the address of a migrated database.
"""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path

from netraven_cli.model import Credential, Secret
from netraven_cli.store import credentials, keyring, text_key
from netraven_cli.store.database import Database
from netraven_cli.store.vault import Vault, read_keys, rotating
from tests.crash.doom import Doom
from tests.crash.journal import Journal

MOST = 200  # more boundaries than a rotation has
NAMES = [f"c{number}" for number in range(5)]
NOW = datetime(2026, 3, 1, tzinfo=timezone.utc)


def main(key_file: Path, url: str) -> None:
    fill(key_file, url)
    journal = Journal.open(key_file.parent / "journal")
    for boundary in range(1, MOST):
        if not killed(boundary, key_file, url, journal):
            break
        assert_whole(key_file, url)
    assert len(read_keys(key_file)) == 1
    failed = journal.all("failed")
    assert not failed, failed
    kills = journal.all("killed")
    print(len(kills), sorted({one["before"].split()[0] for one in kills}))


def fill(key_file: Path, url: str) -> None:
    vault = Vault(key_file)
    with closing(Database(url)) as database:
        text_key.have(database, vault, NOW)
        with database.write() as connection:
            for name in NAMES:
                new = Credential(id=0, name=name, username="u", priority=1)
                kept = {"password": Secret(f"canary-{name}"), "enable_from": Secret(f"env:{name}")}
                credentials.add(connection, vault, new, kept, NOW)


def rotate(key_file: Path, url: str) -> None:
    with closing(Database(url)) as database, rotating(key_file) as vault, database.write() as connection:
        credentials.reseal(connection, vault)


def killed(boundary: int, key_file: Path, url: str, journal: Journal) -> bool:
    """Rotate in a process that dies at that boundary; False if it came to its end before."""
    child = os.fork()
    if child == 0:
        try:
            Doom(at=boundary, group=False, later_seconds=0).arm(journal)
            rotate(key_file, url)
        except BaseException:
            journal.note("failed", trace=traceback.format_exc())
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def assert_whole(key_file: Path, url: str) -> None:
    """Every secret opens, all of them with the same key of the file, and others cannot read it."""
    vault, keys = Vault(key_file), read_keys(key_file)
    assert len(set(keys)) == len(keys)
    assert key_file.stat().st_mode & 0o077 == 0
    with closing(Database(url)) as database, database.read() as connection:
        ring = keyring.read(connection)
        found = {one.credential: one for one in ring.all_logins(vault)}
        assert text_key.read(connection, vault)
    alone = [opened_by(key_file, key, url) for key in keys]
    for name in NAMES:
        login = found[name]
        assert login.password and login.password.reveal() == f"canary-{name}"
        assert login.enable_from and login.enable_from.text == f"env:{name}"
    assert sorted(alone) == [0] * (len(keys) - 1) + [len(NAMES) + 1]


def opened_by(key_file: Path, key: bytes, url: str) -> int:
    """How many secrets one key opens by itself."""
    single = key_file.with_name("single.key")
    single.touch(0o600)
    single.write_bytes(key)
    vault = Vault(single)
    with closing(Database(url)) as database, database.read() as connection:
        foreign = len(keyring.sealed_otherwise(connection, vault)) + text_key.is_sealed_otherwise(connection, vault)
    return len(NAMES) + 1 - foreign


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
