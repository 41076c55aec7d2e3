"""The runner is killed again and again; one clean run later everything is as it should be."""

from __future__ import annotations

import itertools
import os
import random
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing, suppress
from subprocess import TimeoutExpired
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.test_backup import PLATFORMS, enter, lab

if TYPE_CHECKING:
    from tests.installed import Installed
    from tests.simulator import SimulatedDevice, SimulatedNetwork

KILLS = int(os.environ.get("NETRAVEN_KILLS", "20"))


@pytest.mark.timeout(600)
def test_a_runner_killed_at_random_moments_loses_and_doubles_nothing(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    seed = int(os.environ.get("NETRAVEN_SEED", random.randrange(10**6)))
    print(f"NETRAVEN_SEED={seed}")
    chance = random.Random(seed)
    devices = [lab(network, f"{platform}-{n}", platform, seed=n) for platform in PLATFORMS for n in range(4)]
    enter(netraven, devices)

    began = time.monotonic()
    netraven.well("run", "backup")
    length = time.monotonic() - began
    for number in range(KILLS):
        for device in chance.sample(devices, 6):
            change(network, device, number)
        kill_after(netraven, chance.uniform(0.1, length * 1.1))
    said = netraven("run", "backup", "--json")

    assert said.status == 0, said.err
    for device in devices:
        assert netraven.git("show", f"main:{device.name}.cfg") == device.configuration, device.name
        assert (netraven.folder / "archive" / f"{device.name}.cfg").read_text() == device.configuration
        blobs = netraven.git("log", "--format=", "--raw", "--no-abbrev", "--", f"{device.name}.cfg").split()[3::6]
        assert all(later != earlier for later, earlier in itertools.pairwise(blobs)), device.name
        assert device.max_concurrent <= 1, device.name
    netraven.git("fsck", "--strict")
    trailers = netraven.git("log", "--format=%(trailers:key=NetRaven-Snapshot,valueonly,separator=%x2C)").split()
    assert set(Counter(trailers).values()) == {1}
    assert_records(netraven, len(trailers))


def change(network: SimulatedNetwork, device: SimulatedDevice, number: int) -> None:
    """Replace or add a word in the configuration that every platform takes."""
    text = device.config
    old = next((word for word in text.split() if word.startswith("Vlan-note-")), None)
    if old is None:
        words = (word for word in text.split() if word.isalpha() and len(word) > 6 and text.count(word) == 1)
        old = next(word for word in words if word != "version")  # which no configuration may lack
    network.change(device, config=text.replace(old, f"Vlan-note-{number}", 1))


def kill_after(netraven: Installed, seconds: float) -> None:
    process = netraven.start("run", "backup")
    with suppress(TimeoutExpired):
        process.wait(seconds)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)


def assert_records(netraven: Installed, commits: int) -> None:
    """The database says the same as git, and nothing twice."""
    with closing(sqlite3.connect(netraven.folder / "netraven.db")) as database:

        def ask(query: str) -> list[tuple[int, ...]]:
            return database.execute(query).fetchall()

        assert ask("SELECT id FROM job WHERE state NOT IN ('succeeded')") == []
        assert ask("SELECT id FROM runner") == []
        twice = "SELECT job_id FROM attempt WHERE outcome = 'succeeded' GROUP BY job_id HAVING count(*) > 1"
        assert ask(twice) == []
        assert ask("SELECT snapshot_id FROM archive_pending") == []
        assert ask("SELECT count(*), count(DISTINCT snapshot_id) FROM revision") == [(commits, commits)]
        assert ask("SELECT count(*) FROM snapshot") == [(commits,)]
