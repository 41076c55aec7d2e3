"""What an operator breaks, or the machine: a clear sentence, the right exit status, and the next run completes it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.test_backup import QUICK, enter, lab

if TYPE_CHECKING:
    from tests.installed import Installed
    from tests.simulator import SimulatedDevice, SimulatedNetwork


@pytest.fixture
def device(netraven: Installed, network: SimulatedNetwork) -> SimulatedDevice:
    found = lab(network, "core-1", "cisco_ios")
    enter(netraven, [found, lab(network, "core-2", "arista_eos")])
    return found


def is_archived(netraven: Installed, device: SimulatedDevice) -> bool:
    return netraven.git("show", f"main:{device.name}.cfg") == device.configuration


def test_a_database_that_another_program_has_locked_means_try_later(
    netraven: Installed, device: SimulatedDevice
) -> None:
    with closing(sqlite3.connect(netraven.folder / "netraven.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        said = netraven("run", "backup", NETRAVEN_DATABASE__BUSY_TIMEOUT_SECONDS="0.3")
        assert (said.status, "locked by another program" in said.err) == (75, True), said
    netraven.well("run", "backup")
    assert is_archived(netraven, device)
    assert list((netraven.folder / "runners").iterdir()) == []


def test_an_archive_that_was_deleted_is_made_again_from_the_captures(
    netraven: Installed, device: SimulatedDevice
) -> None:
    netraven.well("run", "backup")
    shutil.rmtree(netraven.folder / "archive")
    assert "netraven run backup" in netraven("doctor").out
    said = netraven.well("run", "backup")
    assert "there was no archive" in said.err
    assert is_archived(netraven, device)
    assert len(netraven.git("rev-list", "main").split()) == 2


def test_an_archive_that_was_deleted_is_made_again_by_the_wake_up_each_minute(
    netraven: Installed, device: SimulatedDevice
) -> None:
    netraven.well("run", "backup")
    netraven.well("run", "--due")  # idle from here on
    shutil.rmtree(netraven.folder / "archive" / ".git")
    (netraven.folder / "archive" / "core-2.cfg").write_text("edited meanwhile\n")
    netraven.well("run", "--due")
    assert is_archived(netraven, device)
    assert netraven.git("status", "--porcelain") == "?? core-2.cfg.by-hand\n"


def test_a_missing_vault_key_stops_the_run_with_a_sentence_and_loses_no_job(
    netraven: Installed, device: SimulatedDevice
) -> None:
    key = netraven.folder / "vault.key"
    key.rename(netraven.folder / "elsewhere")
    said = netraven("run", "backup", **QUICK)
    assert (said.status, "vault.key" in said.err, "Traceback" in said.err) == (78, True, False), said
    waiting = {job["state"] for job in netraven.well("job", "list", "--json").json["items"]}
    assert waiting <= {"ready"}
    (netraven.folder / "elsewhere").rename(key)
    netraven.well("run", "--due", **QUICK)
    netraven.well("run", "backup", **QUICK)
    assert is_archived(netraven, device)


def test_a_damaged_archive_is_put_aside_and_made_again(netraven: Installed, device: SimulatedDevice) -> None:
    netraven.well("run", "backup")
    for pack in (netraven.folder / "archive" / ".git" / "objects" / "pack").glob("*.pack"):
        pack.chmod(0o600)
        pack.write_bytes(os.urandom(pack.stat().st_size))
    found = {one["check"]: one for one in netraven("doctor", "--json").json["items"]}["archive"]
    assert (found["health"], "netraven doctor --fix" in found["detail"]) == ("FAIL", True), found
    said = netraven.well("run", "backup")
    assert ("was damaged" in said.err, "Traceback" in said.err) == (True, False), said
    assert is_archived(netraven, device)
    assert len(netraven.git("rev-list", "main").split()) == 2
    assert netraven("doctor", "--json").json["failed"] == 0


def test_an_archive_that_cannot_be_made_is_said_and_completed_by_the_next_run(
    netraven: Installed, device: SimulatedDevice
) -> None:
    shutil.rmtree(netraven.folder / "archive")
    (netraven.folder / "archive").write_text("a file where its folder is to be\n")  # root cannot write there either
    said = netraven("run", "backup")
    assert (said.status, "no archive of NetRaven" in said.err, "Traceback" in said.err) == (73, True, False), said
    (netraven.folder / "archive").unlink()
    netraven.well("run", "--due")
    assert is_archived(netraven, device)
    assert len(netraven.git("rev-list", "main").split()) == 2
