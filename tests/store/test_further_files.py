"""Further files of a device, what caused them, and where they should stand, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from netraven_cli.model import Capture, NewJob, Written
from netraven_cli.store import archives, history, inventory, moves, queue, snapshots
from netraven_cli.store.retention import SNAPSHOTS, doomed
from tests.store.make import NOW, new_device

if TYPE_CHECKING:
    from netraven_cli.store.database import Database

RUNNER = "da2c3d23-09bd-45c8-b751-2f425f63d933"


def show(database: Database, text: str, file: str = "", job_id: int = 1, hours: int = 0) -> bool | None:
    with database.write() as connection:
        one = inventory.get(connection, "core")
        at = NOW + timedelta(hours=hours)
        origin = snapshots.Origin(
            device_id=one.id, job_id=job_id, run_id="r", attempt=1, captured_at=at, file=file
        )  # fmt: skip
        return snapshots.keep(connection, origin, Capture(text=text, digest=text, lines=1))


@pytest.fixture
def core(database: Database) -> Database:
    with database.write() as connection:
        inventory.add_devices(connection, [new_device("core", tags=("west", "access"))], NOW)
        archives.register(connection, "archive", "here", NOW)
    return database


def test_each_file_has_versions_of_its_own(core: Database) -> None:
    assert [show(core, "a"), show(core, "a", "startup"), show(core, "a", "startup"), show(core, "b", hours=1)] == [
        True, True, False, True,
    ]  # fmt: skip
    with core.read() as connection:
        one = inventory.get(connection, "core")
        assert [record.digest for record in history.newest(connection, [one.id], None)] == ["b"]
        both = history.newest(connection, [one.id], None, further_too=True)
        assert [(record.file, record.digest, record.valid_until) for record in both] == [
            ("", "b", None),
            ("startup", "a", None),
        ]
        assert snapshots.known_for(connection, [one.id])[one.id].digest == "b"
        before = [record.valid_until for record in history.of_device(connection, one.id, None, 9)]
        assert before == [None, NOW + timedelta(hours=1)]


def test_the_newest_version_of_each_file_is_kept_however_old(core: Database) -> None:
    for number, (text, file) in enumerate([("v", "version"), ("a", ""), ("b", "")]):
        show(core, text, file, hours=number)
    with core.write() as connection:
        owed = snapshots.pending(connection, "archive", after=0, limit=9)
        snapshots.record_revisions(connection, "archive", [_written(one.snapshot_id) for one in owed])
        (gone,) = doomed(connection, SNAPSHOTS, NOW + timedelta(days=9), 9)
    assert gone == next(one.snapshot_id for one in owed if one.text == "a")


def _written(snapshot_id: int) -> Written:
    return Written(snapshot_id=snapshot_id, commit="c" * 40, path=f"{snapshot_id}.cfg", committed_at=NOW)


@pytest.mark.parametrize(
    ("schedule", "who", "cause"),
    [("nightly", "alice", "schedule nightly"), (None, "alice", "alice"), (None, RUNNER, "")],
)
def test_a_snapshot_says_who_or_what_caused_it(core: Database, schedule: str | None, who: str, cause: str) -> None:
    with core.write() as connection:
        job = NewJob(type="backup", subject="core", schedule=schedule)
        (job_id,) = queue.submit(connection, [job], now=NOW, run_id=None, who=who).ids
    show(core, "a", job_id=job_id)
    with core.read() as connection:
        (owed,) = snapshots.pending(connection, "archive", after=0, limit=9)
    assert (owed.cause, owed.tag) == (cause, "access")


def test_a_snapshot_outlives_its_job(core: Database) -> None:
    show(core, "a", job_id=4711)
    with core.read() as connection:
        (owed,) = snapshots.pending(connection, "archive", after=0, limit=9)
    assert owed.cause == ""


def test_a_file_is_owed_again_where_it_stands_until_it_stands_elsewhere(core: Database) -> None:
    show(core, "a")
    show(core, "a", "startup")
    with core.write() as connection:
        owed = snapshots.pending(connection, "archive", after=0, limit=9)
        snapshots.record_revisions(connection, "archive", [_written(one.snapshot_id) for one in owed])
        found = moves.standing(connection, "archive")
        assert sorted((one.file, one.path, one.tag) for one in found) == [
            ("", f"{owed[0].snapshot_id}.cfg", "access"),
            ("startup", f"{owed[1].snapshot_id}.cfg", "access"),
        ]
        for _ in range(2):
            moves.owe(connection, "archive", [one.snapshot_id for one in found])
        assert len(snapshots.pending(connection, "archive", after=0, limit=9)) == 2
        inventory.remove(connection, [inventory.get(connection, "core")], NOW)
        assert moves.standing(connection, "archive") == []
